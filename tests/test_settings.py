from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ConfigError
from app.settings import config_file, from_environment, load, shipped

PLUGIN = Path(__file__).parent / "plugin"
LEAST = """
operator: {name: Stadtwerke}
sources: [{name: board, type: board, board: board.json}]
"""


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample plug-in is there as `pip install --target` would leave it."""
    monkeypatch.syspath_prepend(str(PLUGIN))


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


def refusal(folder: Path, text: str, **environment: str) -> str:
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path, environment)
    lines = [str(caught.value), *getattr(caught.value, "__notes__", ())]
    return "\n".join(lines).replace(f"{folder}/", "")


def test_the_demo_config_is_sound_and_writes_below_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(config_file(None, {}), {})
    assert settings.database == f"sqlite:///{tmp_path}/data/demo/chargefeed.db", "apart from what is not fictional"
    assert settings.store.directory == tmp_path / "data/demo/public"
    assert settings.ledger.key == tmp_path / "data/demo/ledger.key"
    assert settings.web.url == "http://127.0.0.1:8080"
    assert settings.web.stream_url == "http://127.0.0.1:8081"


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given, other = tmp_path / "given.yaml", tmp_path / "other.yaml"
    assert config_file(given, {"CHARGEFEED_CONFIG": str(other)}) == given
    assert config_file(None, {"CHARGEFEED_CONFIG": str(other)}) == other
    assert config_file(None, {"CHARGEFEED_CONFIG": ""}) == shipped("config") / "demo.yaml"
    Path("chargefeed.yaml").touch()
    assert config_file(None, {}) == Path("chargefeed.yaml")
    assert config_file(None, {"CHARGEFEED_CONFIG": str(other)}) == other


def test_every_process_of_one_run_reads_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, LEAST)
    environment = {"CHARGEFEED_CONFIG": str(path), "CHARGEFEED_HOST": "0.0.0.0", "CHARGEFEED_PORT": "9000"}
    assert from_environment(environment).web == load(path, {}).with_address("0.0.0.0", 9000).web


def test_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    text = LEAST + "overlay: [facts.yaml, /etc/more.yaml]\ndatabase: sqlite:///feed.db\nstore: {directory: public}\n"
    settings = load(written(tmp_path, text))
    assert settings.overlay == (tmp_path / "facts.yaml", Path("/etc/more.yaml"))
    assert settings.database == f"sqlite:///{tmp_path}/feed.db"
    assert settings.store.directory == tmp_path / "public"


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    text = (
        LEAST + "database: postgresql://feed:${PASSWORD}@db/feed\nweb: {host: '${HOST:-::1}', port: '${PORT:-9000}'}\n"
    )
    settings = load(written(tmp_path, text), {"PASSWORD": "s3cret", "HOST": ""})
    assert settings.database == "postgresql+psycopg://feed:s3cret@db/feed"
    assert settings.web.url == "http://[::1]:9000"


def test_two_dollars_write_a_plain_one(tmp_path: Path) -> None:
    text = LEAST.replace("Stadtwerke", "'$${CITY} AG'")
    assert load(written(tmp_path, text)).operator.name == "${CITY} AG"


def test_an_address_given_on_the_command_line_moves_what_was_not_written_down(tmp_path: Path) -> None:
    settings = load(written(tmp_path, LEAST + "web: {stream_url: https://stream.example}\n"))
    moved = settings.with_address("0.0.0.0", 9000).web
    assert (moved.host, moved.port, moved.stream_port) == ("0.0.0.0", 9000, 9001)
    assert (moved.url, moved.stream_url) == ("http://127.0.0.1:9000", "https://stream.example")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("web: {prot: 80}", "config.yaml:4: unknown setting `web.prot`. Did you mean `port`?"),
        ("web:\n  port: many", "config.yaml:5: `web.port`: input should be a valid integer"),
        ("web: {port: 80}\nweb: {port: 81}", "config.yaml:5: `web` is given twice (first in line 4). Keep one of them"),
        ("web: {port: 80", "config.yaml:4: not YAML: expected ',' or '}'"),
        ("store: {}", "config.yaml:4: `store`: give `directory` or `s3`, and just one of them"),
        ("store: {s3: {}}", "config.yaml:4: `store.s3.bucket` is missing. config/example.yaml shows every setting"),
        ("overlay:\n  - a.yaml\n  - {}", "config.yaml:6: `overlay.1`: input is not a valid path"),
        ("database: mysql://db", "config.yaml:4: `database`: mysql is not supported: use sqlite or postgresql"),
        (
            "database: sqlite://",
            "config.yaml:4: `database`: several processes share the database: SQLite needs a file, ",
        ),
        (
            "retention: {changes: 15min}",
            "`retention.changes` must be twice `snapshots.static_every`: readers go on from",
        ),
        ("licence: ${LICENCE}", "config.yaml:4: the environment variable LICENCE is not set. Set LICENCE, or give"),
        (
            "snapshots: {leave_out: [geo.json]}",
            "config.yaml:4: `snapshots.leave_out`: `geo.json` fits no document; near it: prices.json",
        ),
        ("licence: ${}", "config.yaml:4: `${` without a variable. Write ${NAME}"),
        ("web: &web [*web]", "config.yaml:4: an anchor that contains itself. Write the value out"),
        ("[1]: 2", "config.yaml:4: a key must be a plain word. Write `name: value`"),
    ],
)
def test_an_error_names_file_line_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, LEAST + text)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{name: a, type: board}", "config.yaml:3: `board` is missing"),
        ("{name: a, type: board, board: b, bord: b}", "config.yaml:3: unknown setting `bord`. Did you mean `board`?"),
        ("{name: a}", "config.yaml:3: a source needs a `type`. Known types: amqp, board, "),
        ("{name: a, type: bord}", "config.yaml:3: no source is of type `bord`. Known types: amqp, board, "),
        ("nothing", "config.yaml:3: a source needs a `type`"),
        (
            "{name: a, type: board, board: b}, {name: a, type: board, board: c}",
            "config.yaml:3: `sources`: two sources are called `a`",
        ),
    ],
)
def test_a_source_is_checked_by_the_settings_of_its_type(tmp_path: Path, source: str, said: str) -> None:
    assert said in refusal(tmp_path, f"\noperator: {{name: x}}\nsources: [{source}]\n")


@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ("{name: a, type: board-file}", "config.yaml:4: `folder` is missing"),
        (
            "{name: a, type: board-fil, folder: b}",
            "no destination is of type `board-fil`. Known types: board-file, e-control, mobilithek, mqtt, ocpi",
        ),
        ("{name: a}", "config.yaml:4: a destination needs a `type`"),
        ("{name: a, type: ocpi-push, token: t}", "config.yaml:4: give `locations_url`, `tariffs_url` or both"),
        (
            "{name: a, type: board-file, folder: b}, {name: a, type: board-file, folder: b}",
            "config.yaml:4: `destinations`: two destinations are called `a`",
        ),
        (
            "{name: a, type: board-file, folder: b, pull_token: 0123456789abcdef}, "
            "{name: b, type: board-file, folder: b, pull_token: 0123456789abcdef}",
            "two destinations have the same `pull_token`",
        ),
    ],
)
def test_a_destination_is_checked_by_the_settings_of_its_type(tmp_path: Path, destination: str, said: str) -> None:
    assert said in refusal(tmp_path, f"{LEAST}destinations: [{destination}]\n")


def test_who_does_not_push_reads_what_all_destinations_have(tmp_path: Path) -> None:
    text = LEAST + "destinations: [{name: a, type: nowhere, folder: b, countries: [NLD]}]\n"
    (plain,) = load(written(tmp_path, text), {}, plain=True).destinations
    assert (plain.name, plain.countries) == ("a", {"NLD"})


def test_a_plug_in_in_another_package_is_found_and_its_paths_start_at_the_config(tmp_path: Path) -> None:
    (source,) = load(written(tmp_path, LEAST)).sources
    assert (source.type, source.model_dump()["board"]) == ("board", tmp_path / "board.json")


def test_all_defects_are_said_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, "operator: {nam: x}\nweb: {port: 0}\n")
    assert "`operator.name` is missing" in said
    assert "unknown setting `operator.nam`. Did you mean `name`?" in said
    assert "`web.port`" in said
    assert "`sources` is missing" in said


def test_a_secret_is_not_repeated_in_an_error(tmp_path: Path) -> None:
    said = refusal(
        tmp_path, LEAST + "database: mysql://feed:${PASSWORD}@db/feed\nlicence: ${PASSWORD}\n", PASSWORD="s3cret"
    )
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "cannot be read"),
        (b"- a", "must hold `name: value` pairs"),
        (None, "no such file"),
        (b"a: \x00", "not YAML"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "config.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        load(path)
