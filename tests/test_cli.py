from __future__ import annotations

import json
import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from app import __version__, archiving
from app.cli import main
from app.delivering import couriers
from app.delivery.states import note
from app.duties import open_feed, open_registry
from app.formats.base import formats
from app.model.batch import Kind
from app.model.problem import Problem, Severity
from app.registry.apply import Registry
from app.registry.database import open_engine, writing
from app.registry.leases import Leases
from app.settings import load, shipped
from tests.processes import free_port

BOARD = Path(__file__).parent / "plugin"
CONFIG = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
store: {directory: public}
sources:
  - {name: board, type: board, board: board.json}
"""

Answer = tuple[int, str, str]


@pytest.fixture
def chargefeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Answer]]:
    """Runs a command in a folder with a config, a database, a store and the sample plug-in: (exit code, output, errors)."""
    monkeypatch.syspath_prepend(str(BOARD))
    formats.cache_clear()  # the plug-in brings one
    monkeypatch.setenv("CHARGEFEED_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text(CONFIG)
    shutil.copy(BOARD / "board.json", tmp_path)
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level

    def command(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err.replace(f"{tmp_path}/", "")

    yield command
    formats.cache_clear()
    root.handlers[:] = handlers
    root.setLevel(level)


def points(folder: Path, *ids: str) -> None:
    board = json.loads((BOARD / "board.json").read_text())
    (folder / "board.json").write_text(json.dumps([point for point in board if point["id"] in ids]))


def test_version(chargefeed: Callable[..., Answer]) -> None:
    assert chargefeed("--version") == (0, f"chargefeed {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("nonsense",), ("run", "--port", "many"), ("held", "release"), ("publish",)])
def test_a_wrong_argument_is_2(chargefeed: Callable[..., Answer], arguments: tuple[str, ...]) -> None:
    code, out, err = chargefeed(*arguments)
    assert (code, out) == (2, "")
    assert "Usage:" in err


@pytest.mark.parametrize(
    "command",
    [
        ("run",),
        ("worker",),
        ("web",),
        ("check",),
        ("publish", "--once"),
        ("held", "list"),
        ("destinations", "list"),
        ("replay", "--since", "0"),
    ],
)
def test_a_wrong_setting_is_2_with_one_line_each_and_no_traceback(
    chargefeed: Callable[..., Answer], tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG + "web: {prot: 1}\nlicense: https://example.org\n")
    assert chargefeed(*command) == (
        2,
        "",
        "chargefeed: config.yaml:7: unknown setting `web.prot`. Did you mean `port`?\n"
        "chargefeed: config.yaml:8: unknown setting `license`. Did you mean `licence`?\n",
    )


@pytest.mark.parametrize("command", [("worker",), ("stream",), ("publish", "--once"), ("held", "list")])
def test_a_database_that_does_not_answer_is_2_with_one_line_without_its_password(
    chargefeed: Callable[..., Answer], tmp_path: Path, command: tuple[str, ...]
) -> None:
    away = f"postgresql://feed:s3cret@127.0.0.1:{free_port()}/feed"
    (tmp_path / "config.yaml").write_text(CONFIG.replace("sqlite:///feed.db", away))
    code, out, err = chargefeed(*command)
    assert (code, out) == (2, "")
    assert err.startswith("chargefeed: postgresql+psycopg://feed:***@127.0.0.1:")
    assert err.count("\n") == 1
    assert err.endswith("Check `database`\n")
    assert "s3cret" not in err


def test_a_file_that_is_no_database_is_2(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "feed.db").write_text("not a database, but long enough to look like one" * 100)
    code, _, err = chargefeed("held", "list")
    assert code == 2
    assert (
        err == "chargefeed: sqlite:///feed.db: the database cannot be read: file is not a database. Check `database`\n"
    )


def test_check_says_a_line_for_each_thing(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    points(tmp_path, "P1", "P2")
    code, out, _ = chargefeed("check")
    rows = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert [row[:2] for row in rows] == [
        ["settings", "ok"],
        ["database", "ok"],
        ["pulls", "ok"],
        ["sources gone", "ok"],
        ["store", "ok"],
        ["history", "ok"],
        ["source board", "ok"],
    ]
    assert [rows[2][2], rows[6][2]] == ["no worker has pulled yet", "2 locations"]
    assert not any(path.is_file() for path in (tmp_path / "public").rglob("*")), "nothing is left in the store"


def test_check_says_how_old_what_was_pulled_is_and_what_fails(
    chargefeed: Callable[..., Answer], tmp_path: Path
) -> None:
    points(tmp_path, "P1", "P2")
    chargefeed("publish", "--once")
    assert "pulls\tok\tboard locations " in chargefeed("check")[1]
    (tmp_path / "board.json").unlink()
    chargefeed("publish", "--once")
    code, out, _ = chargefeed("check")
    assert code == 1
    assert re.search(
        r"pulls\tproblem\tboard locations (just now|\d+ s ago), 1 failed since: .*board\.json: No such file", out
    )


def test_check_says_that_the_history_is_off_where_its_packages_are_missing(
    chargefeed: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "PACKAGES", ("pyarrow", "no_such_package"))
    _, out, _ = chargefeed("check")
    assert "history\tok\toff, since no_such_package is missing: pip install 'chargefeed[history]'" in out


def test_check_is_1_where_records_are_bad(chargefeed: Callable[..., Answer]) -> None:
    code, out, _ = chargefeed("check")
    assert code == 1
    assert "source board\tproblem\t3 locations; 1 problems; P3: no coordinates; Give `lat` and `lon`" in out


def test_check_reads_files_to_the_last(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    for name in ("fast-afir", "free", "idle-grace"):
        shutil.copy(shipped("config") / "plans" / f"{name}.yaml", tmp_path / "plans")
    config = tmp_path / "config.yaml"
    config.write_text(
        CONFIG.replace("name: board, type: board, board: board.json", "name: f, type: file, tariffs: plans")
    )
    code, out, _ = chargefeed("check")
    assert code == 0
    assert "source f\tok\t5 tariffs; 3 problems" in out
    plan = tmp_path / "plans" / "free.yaml"
    plan.write_text(plan.read_text().replace("currency", "currenzy"))
    code, out, _ = chargefeed("check")
    assert code == 1
    assert (
        "source f\tproblem\t4 tariffs; 5 problems; free.yaml:3 DE*ABC/free currency: `currency` is missing; "
        "config/plans/ shows every setting; free.yaml:5 DE*ABC/free currenzy: unknown setting `currenzy`; "
        "Did you mean `currency`?" in out
    )


def test_check_says_which_official_schemas_there_are(
    chargefeed: Callable[..., Answer], shared_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(shared_data / "irve" / "statique", tmp_path / "schemas" / "irve")
    with (tmp_path / "config.yaml").open("a") as config:
        config.write("schemas: schemas\n")
    _, out, _ = chargefeed("check")
    assert "schemas\tok\tirve/schema-statique.json; none for datex2-de-01-00-00-status-json, " in out
    shutil.rmtree(tmp_path / "schemas" / "irve")
    code, out, _ = chargefeed("check")
    assert code == 1
    assert f"schemas\tproblem\t{tmp_path}/schemas: no official schemas in it. Put there those of DATEX II" in out


def test_check_goes_on_after_a_problem(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "board.json").unlink()
    (tmp_path / "public").write_text("in the way")
    code, out, err = chargefeed("check")
    assert (code, err) == (1, "")
    assert "store\tproblem\t" in out
    assert f"source board\tproblem\t{tmp_path}/board.json: No such file or directory. Check `board`" in out


def test_publish_once_writes_the_snapshots(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    code, out, _ = chargefeed("publish", "--once")
    assert code == 0
    assert "files written" in out
    manifest = orjson.loads((tmp_path / "public/open/manifest.json").read_bytes())
    assert manifest["sequence"] > 0
    code, out, _ = chargefeed("publish", "--once", "--to", tmp_path / "elsewhere")
    assert code == 0
    assert (tmp_path / "elsewhere/open/manifest.json").exists()


def test_publish_once_seals_the_ledger_with_the_manifest(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    chargefeed("publish", "--once")
    manifest = (tmp_path / "public/open/manifest.json").read_bytes()
    assert sha256(manifest).hexdigest().encode() in (tmp_path / "public/ledger/tile/entries/000.p/1").read_bytes()
    assert chargefeed("audit", "verify", tmp_path / "public/ledger")[0] == 0


def test_publish_once_publishes_the_last_good_data_and_says_what_failed(
    chargefeed: Callable[..., Answer], tmp_path: Path
) -> None:
    chargefeed("publish", "--once")
    (tmp_path / "board.json").write_text("<html>")
    code, out, err = chargefeed("publish", "--once", "--to", tmp_path / "elsewhere")
    assert code == 1
    assert "chargefeed: board locations: board.json: not JSON" in err
    assert (tmp_path / "elsewhere/open/manifest.json").exists()
    assert "files written" in out


def test_held_lists_and_releases(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    chargefeed("publish", "--once")
    assert chargefeed("held", "list") == (0, "", "")
    points(tmp_path, "P1")
    (tmp_path / "config.yaml").write_text(CONFIG + "guards: {pulls: 1, after: 0s}\n")
    chargefeed("publish", "--once")
    code, out, _ = chargefeed("held", "list")
    number, source, kind, evses, *_ = out.split("\t")
    assert (code, source, kind, evses) == (0, "board", "locations", "1")
    assert chargefeed("held", "release", number)[0] == 0
    assert chargefeed("held", "list") == (0, "", "")
    code, _, err = chargefeed("held", "discard", number)
    assert code == 2
    assert "`chargefeed held list` shows what is" in err
    registry = Registry.open(f"sqlite:///{tmp_path / 'feed.db'}")
    with registry.feed().read() as reader:
        gone = reader.find(Kind.LOCATIONS, "DE", "BRD", "P2")
    assert gone
    assert gone.body["evses"][0]["status"] == "REMOVED"


PUSHED = (
    CONFIG
    + """destinations:
  - {name: wall, type: board-file, folder: wall, delta_every: 0}
  - {name: shop, type: board-file, folder: shop}
"""
)


@pytest.fixture
def pushed(chargefeed: Callable[..., Answer], tmp_path: Path) -> Iterator[Callable[..., Answer]]:
    """A network with two destinations, of which one was delivered to."""
    formats.cache_clear()
    (tmp_path / "config.yaml").write_text(PUSHED)
    (tmp_path / "wall").mkdir()
    chargefeed("publish", "--once")
    settings = load(tmp_path / "config.yaml")
    registry = open_registry(settings)
    courier = couriers(settings, registry, open_feed(registry), threading.Event())["wall"]
    lease = Leases(registry.engine, "one").acquire("destination:wall")
    assert lease
    courier(lease)
    yield chargefeed
    formats.cache_clear()


def rows(answer: Answer) -> list[list[str]]:
    assert answer[0] == 0, answer
    return [line.split("\t") for line in answer[1].splitlines()]


def test_destinations_are_listed_with_how_they_are_doing(pushed: Callable[..., Answer], tmp_path: Path) -> None:
    wall, shop = rows(pushed("destinations", "list"))
    assert wall[:3] == ["wall", "board-file", "ok"]
    assert (int(wall[3]) > 0, wall[4:7], wall[8]) == (True, ["0", "", "0"], "")
    assert shop == ["shop", "board-file", "new", *[""] * 6]
    assert rows(pushed("destinations", "problems", "wall")) == []
    assert len(list((tmp_path / "wall").iterdir())) == 1


def test_a_destination_is_paused_and_resumed(pushed: Callable[..., Answer]) -> None:
    assert pushed("destinations", "pause", "wall") == (0, "wall is paused: nothing is sent there\n", "")
    assert rows(pushed("destinations", "list"))[0][2] == "paused"
    assert pushed("destinations", "resume", "wall")[0] == 0
    assert pushed("destinations", "retry", "wall") == (0, "wall is tried again\n", "")
    assert rows(pushed("destinations", "list"))[0][2] == "ok"
    code, _, err = pushed("destinations", "pause", "shop")
    assert (code, err) == (2, "chargefeed: destination shop: nothing was ever sent there. Start a worker first\n")
    code, _, err = pushed("destinations", "pause", "wal")
    assert (code, err) == (2, "chargefeed: no destination is called `wal`. Known: wall, shop\n")


def test_replay_says_what_will_be_sent_again(pushed: Callable[..., Answer]) -> None:
    assert pushed("replay", "--since", "0", "--to", "wall") == (0, "wall: everything will be sent again\n", "")
    code, out, _ = pushed("replay", "--since", "1")
    assert code == 0
    assert out.splitlines()[0].startswith("wall: ")
    assert pushed("replay", "--since", "-1")[0] == 2


def test_check_counts_what_a_person_should_look_at(pushed: Callable[..., Answer], tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'feed.db'}")
    with writing(engine) as connection:
        note(
            connection,
            "wall",
            [Problem("refused there", record="nl*brd/p1"), Problem("x", Severity.NOTE, record="k")],
            0,
        )
    engine.dispose()
    told = "2 objects with something to look at, 1 of them refused: `chargefeed destinations problems wall`"
    assert [line for line in pushed("check")[1].splitlines() if line.startswith("destination wall") and told in line]


def test_check_tries_each_destination(pushed: Callable[..., Answer], tmp_path: Path) -> None:
    points(tmp_path, "P1")
    code, out, _ = pushed("check")
    assert code == 1
    assert f"destination wall\tok\t{tmp_path}/wall is there" in out
    assert f"destination shop\tproblem\t{tmp_path}/shop: no such folder. Make it" in out


def test_validate_says_file_line_and_path(chargefeed: Callable[..., Answer], shared_data: Path, tmp_path: Path) -> None:
    example = shared_data / "ocpi-examples" / "2.2.1" / "location_example.json"
    code, out, _ = chargefeed("validate", example)
    assert code == 0
    assert out.endswith("1 records: 1 taken, 0 partly, 0 refused\n")
    broken = tmp_path / "broken.json"
    text = example.read_text()
    broken.write_text(text.replace('"country": "', '"country": "TOO LONG '))
    line = broken.read_text()[: broken.read_text().index("TOO LONG")].count("\n") + 1
    code, out, _ = chargefeed("validate", broken, "--as", "ocpi-2.2.1")
    assert code == 1
    assert out.startswith(f"{broken}:{line}: ")
    assert " country: refused: " in out.splitlines()[0]


def test_validate_takes_datex_ii_with_its_schemas(chargefeed: Callable[..., Answer], shared_data: Path) -> None:
    folder = shared_data / "datex2"
    good, bad = "authored-v3.7-afir/table.xml", "real-world/be-energyvision-table.v3.7-afir-shape.xml"
    code, out, _ = chargefeed("validate", folder / "samples" / good, "--schemas", folder / "xsd")
    assert code == 0
    assert out.endswith("datex2, 1 records: 1 taken, 0 partly, 0 refused\n")
    code, out, _ = chargefeed("validate", folder / "samples" / bad, "--as", "datex2", "--schemas", folder / "xsd")
    assert code == 1
    assert ":9: payload: refused: Element '{d2Payload}payload': The attribute 'lang' is required but missing" in out


def test_validate_explains_what_it_cannot_read(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    assert chargefeed("validate", tmp_path / "none.json")[0] == 2
    page = tmp_path / "page.json"
    page.write_text("<html>")
    code, out, _ = chargefeed("validate", page)
    assert code == 1
    assert "HTML" in out
    assert chargefeed("validate", page, "--as", "ocpi-9")[0] == 2


IRVE = Path(__file__).parent / "data" / "irve"


def test_validate_checks_french_files_with_what_lies_beside(
    chargefeed: Callable[..., Answer], shared_data: Path, tmp_path: Path
) -> None:
    static, dynamic, schemas = IRVE / "statique.csv", IRVE / "dynamique.csv", shared_data / "irve"
    assert chargefeed("validate", static, "--as", "irve-statique", "--schemas", schemas) == (
        0,
        f"{static}: irve-statique, 2 records: 2 taken, 0 partly, 0 refused\n",
        "",
    )
    code, out, _ = chargefeed("validate", dynamic, "--static", static, "--schemas", schemas)
    assert (code, "irve-dynamique" in out, "no-static-row" in out) == (0, True, False)
    other = tmp_path / "other.csv"
    other.write_text(static.read_text().replace("FRABCE212", "FRABCE219").replace(",150,", ",-150,"))
    code, out, _ = chargefeed("validate", dynamic, "--static", other)
    assert (code, "no-static-row" in out) == (1, True)
    code, out, _ = chargefeed("validate", other)
    assert code == 1
    assert f"{other}:2: FRABCE211 puissance_nominale: refused: less than 0" in out


def test_validate_says_which_official_schema_is_missing(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    code, _, err = chargefeed("validate", IRVE / "statique.csv", "--schemas", tmp_path)
    assert code == 2
    assert "no schema-statique.json in it" in err
    assert "etalab/schema-irve" in err


def test_check_names_the_profiles_that_hold(chargefeed: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG + "profiles: [nl, cz]\n")
    _, out, _ = chargefeed("check")
    assert "profiles\tok\tNetherlands (verified), Czechia (unverified)" in out.splitlines()
    (tmp_path / "config.yaml").write_text(CONFIG + "profiles: [zz]\n")
    code, out, _ = chargefeed("check")
    assert code == 1
    assert "profiles\tproblem\tprofiles: no profile 'zz'. There are at, be" in out


CHARGERS = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
store: {directory: public}
private: {database: "sqlite:///sessions.db", keys: ["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]}
sources:
  - {name: hardware, type: ocpp, security_profile: 0, charge_points: {CP1: {evses: {1: E1, 2: E2}}}}
"""


def test_check_says_where_charge_points_connect_and_sessions_are_kept(
    chargefeed: Callable[..., Answer], tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text(CHARGERS)
    code, out, _ = chargefeed("check")
    assert code == 0
    assert f"private\tok\tsqlite:///{tmp_path}/sessions.db, kept for 400 days" in out
    assert (
        "source hardware\tok\tws://127.0.0.1:9000/ocpp/…, answers by itself, 1 charge points, 2 EVSEs"
        in out.splitlines()
    )


def test_listen_without_a_source_that_pushes_is_2(chargefeed: Callable[..., Answer]) -> None:
    code, _, err = chargefeed("listen")
    assert (code, err) == (
        2,
        "chargefeed: there is nothing to listen for: all sources are pulled. Add one that pushes to `sources`, such as `ocpp`\n",
    )


def test_ocpp_without_such_a_source_is_2(chargefeed: Callable[..., Answer]) -> None:
    code, _, err = chargefeed("ocpp")
    assert (code, err) == (2, "chargefeed: no source is of type `ocpp`. Add one to `sources`\n")
