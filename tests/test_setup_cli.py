"""`chargefeed init` writes settings that load and pass `check`; `chargefeed doctor` names what ails an installation."""

from __future__ import annotations

import io
import re
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import text

from app.check import check
from app.cli import main
from app.clock import ManualClock, SystemClock
from app.delivery.states import begin, failed, read_state
from app.doctor import examine
from app.errors import ConfigError, SourceUnreachable
from app.model.batch import Kind
from app.once import publish_once
from app.registry.apply import Registry
from app.registry.database import open_engine, writing
from app.registry.leases import Leases
from app.registry.views import read_head
from app.settings import Settings, load
from app.starting import BACKENDS, SECRETS, TARGETS, WITH_STATUSES, Answers, write_settings
from tests.shared import ROOT

DATABASES = {
    "steve": "mysql://chargefeed:secret@db.example/stevedb",
    "citrineos": "postgresql://chargefeed:secret@db.example/citrine",
}
CONFIG = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
store: {directory: public}
sources:
  - {name: depot, type: file, inventory: FOLDER/inventory.csv, country_code: DE, party_id: SWM}
destinations: [{name: app, type: webhook, url: "https://app.example/hook", secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}]
""".replace("FOLDER", str(ROOT / "tests" / "data" / "file"))
EVERYTHING = [
    (backend, statuses) for backend in BACKENDS for statuses in (("", "here") if backend in WITH_STATUSES else ("",))
]


def answers(backend: str, statuses: str = "", targets: tuple[str, ...] = ()) -> Answers:
    url = DATABASES.get(backend, "https://backend.example/api")
    return Answers('Stadtwerke "Nord" & O\'Brien', "DE", "SWM", backend, url, statuses, targets)


@pytest.mark.parametrize(("backend", "statuses"), EVERYTHING)
def test_every_backend_makes_settings_that_load(tmp_path: Path, backend: str, statuses: str) -> None:
    settings, missing = write_settings(answers(backend, statuses), tmp_path / "my.yaml")
    assert len(settings.sources) == 1
    assert settings.operator.name == 'Stadtwerke "Nord" & O\'Brien'
    assert missing == [
        name for name in ("BACKEND_CLIENT", "BACKEND_TOKEN") if name in (tmp_path / "my.yaml").read_text()
    ]


@pytest.mark.parametrize("target", [(), *((target,) for target in TARGETS), TARGETS])
def test_every_target_makes_settings_that_load(tmp_path: Path, target: tuple[str, ...]) -> None:
    settings, _ = write_settings(answers("demo", targets=target), tmp_path / "my.yaml")
    assert len(settings.destinations) == len(target)


def test_every_secret_is_explained_and_none_is_superfluous(tmp_path: Path) -> None:
    found = set()
    for number, (backend, targets) in enumerate(product(BACKENDS, [TARGETS])):
        write_settings(answers(backend, targets=targets), tmp_path / f"{number}.yaml")
        found |= set(re.findall(r"^([A-Z_]+)=", (tmp_path / f"{number}.env").read_text(), re.MULTILINE))
    assert found == set(SECRETS)


def test_secrets_are_for_their_owner_alone_and_stay_when_settings_are_replaced(tmp_path: Path) -> None:
    file, secrets = tmp_path / "my.yaml", tmp_path / "my.env"
    write_settings(answers("ocpi"), file)
    assert secrets.stat().st_mode & 0o777 == 0o600
    before = secrets.read_text().replace("BACKEND_TOKEN=", "BACKEND_TOKEN=given")
    secrets.write_text(before)
    with pytest.raises(ConfigError, match="--force"):
        write_settings(answers("demo"), file)
    _, missing = write_settings(answers("ocpi", targets=("webhook",)), file, force=True)
    assert missing == []
    assert secrets.read_text().startswith(before)


def test_the_settings_pass_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(answers("demo"), tmp_path / "my.yaml")
    ((name, value),) = re.findall(r"^([A-Z_]+)=(.*)$", (tmp_path / "my.env").read_text(), re.MULTILINE)
    monkeypatch.setenv(name, value)
    assert [row for row in check(load(tmp_path / "my.yaml"), lambda _: None) if not row.ok] == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_it_asks_what_no_option_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("Stadtwerke\nfr\nswm\nirve\nhttps://a.example/s.csv\n\n\n"))
    assert command("init", str(tmp_path / "my.yaml")) == 0
    said = capsys.readouterr().out
    assert "sources: 1, destinations: 1" in said
    assert f"fill in QUALICHARGE_PASSWORD in {tmp_path / 'my.env'}" in said, "France's own target is the usual one"


def test_a_script_is_told_the_option_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("init", str(tmp_path / "my.yaml"), "--operator", "Stadtwerke", "--country", "DE") == 2
    assert "--party" in capsys.readouterr().err
    assert not (tmp_path / "my.yaml").exists()


@pytest.mark.parametrize(("option", "given", "says"), [("--country", "UK", "GB"), ("--party", "SW", "Three letters")])
def test_an_answer_that_does_not_fit_is_told_what_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, given: str, says: str
) -> None:
    sound = {"--operator": "Stadtwerke", "--country": "DE", "--party": "SWM", "--backend": "demo"}
    options = [word for pair in {**sound, option: given}.items() for word in pair]
    assert command("init", str(tmp_path / "my.yaml"), *options) == 2
    assert says in capsys.readouterr().err


# doctor


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installation that has published once."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "my.yaml").write_text(CONFIG)
    publish_once(load(folder / "my.yaml"), None, lambda _: None)
    return folder


Diagnosis = dict[str, tuple[bool, str]]


def diagnosis(settings: Settings, later_s: float = 0) -> Diagnosis:
    clock = ManualClock(SystemClock().now() + round(later_s * 1000))
    return {row.what: (row.ok, row.detail) for row in examine(settings, lambda _: None, clock)}


def test_what_no_worker_does_is_named(published: Path) -> None:
    found = diagnosis(load(published / "my.yaml"))
    well = {what for what, (ok, _) in found.items() if ok}
    assert well == {
        "version",
        "disk",
        "keys",
        "database",
        "clock",
        "snapshots",
        "ledger",
        "held",
        "retention",
        "sources gone",
        "source depot",
    }
    assert "Start `chargefeed run`" in found["workers"][1]
    assert "does not answer" in found["web"][1]
    assert "nothing was ever sent there" in found["destination app"][1]


def test_what_is_public_of_a_source_that_is_gone_is_named(published: Path) -> None:
    """Who runs the demo network first, or renames a source, publishes what nobody gives any more."""
    settings = load(published / "my.yaml")
    renamed = settings.sources[0].model_copy(update={"name": "renamed"})
    settings = settings.model_copy(update={"sources": (renamed,)})
    tried = {row.what: (row.ok, row.detail) for row in check(settings, lambda _: None)}
    for ok, detail in (diagnosis(settings)["sources gone"], tried["sources gone"]):
        assert not ok
        assert re.match(
            r"\d+ locations and \d+ tariffs of depot, of which `sources` knows nothing\. .* let it go", detail
        )


def test_what_cannot_be_written_is_named(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(published / "my.yaml")
    monkeypatch.setattr("os.access", lambda path, _: path != settings.store.directory)
    ok, said = diagnosis(settings)["disk"]
    assert not ok
    assert said.startswith(f"{settings.store.directory} cannot be written. Nothing is published until")


def test_what_is_late_fails_or_waits_is_named_with_the_reason(published: Path) -> None:
    settings = load(published / "my.yaml")
    registry = Registry.open(settings.database)
    leases = Leases(registry.engine, "host/1")
    for name in ("worker:host/1", "source:depot"):
        leases.acquire(name)
    registry.failed("depot", Kind.LOCATIONS, SourceUnreachable("no connection"), lease=leases.acquire("source:depot"))
    with writing(registry.engine) as connection:
        begin(connection, "app", target="t", rules="r", epoch="e", cursor=0, known=False)
        state = read_state(connection, "app")
        assert state is not None
        failed(connection, state, 1, "404 no such hook", 2, refused=False)
    registry.engine.dispose()
    found = diagnosis(settings)
    assert "no connection" in found["source depot"][1]
    assert "chargefeed check --source depot" in found["source depot"][1]
    assert "404 no such hook" in found["destination app"][1]
    assert "chargefeed destinations retry app" in found["destination app"][1]
    assert found["workers"] == (False, found["workers"][1])
    assert "destination:app" in found["workers"][1]


def test_an_hour_of_silence_is_seen_and_a_clock_that_is_wrong(published: Path) -> None:
    found = diagnosis(load(published / "my.yaml"), later_s=3600)
    assert "no news for too long" in found["source depot"][1]
    assert "old and stand at" in found["snapshots"][1]
    assert "NTP" in found["clock"][1]


def test_who_has_changes_kept_for_longer_than_set_is_named(published: Path) -> None:
    settings = load(published / "my.yaml")
    engine = open_engine(settings.database)
    with writing(engine) as connection:
        begin(connection, "app", target="t", rules="r", epoch=read_head(connection).epoch, cursor=0, known=False)
    engine.dispose()
    assert diagnosis(settings, later_s=6 * 86400)["retention"][0]
    well, said = diagnosis(settings, later_s=8 * 86400)["retention"]
    assert not well
    assert "kept for longer for destination app" in said


def test_a_key_that_others_may_read_is_named(published: Path) -> None:
    key = published / "data" / "ledger.key"
    key.chmod(0o644)
    try:
        assert f"chmod 600 {key}" in diagnosis(load(published / "my.yaml"))["keys"][1]
    finally:
        key.chmod(0o600)


def altered(folder: Path, sql: str) -> Settings:
    (folder / "my.yaml").write_text(CONFIG)
    settings = load(folder / "my.yaml")
    engine = Registry.open(settings.database).engine
    with writing(engine) as connection:
        connection.execute(text(sql))
    engine.dispose()
    return settings


@pytest.mark.parametrize(("revision", "remedy"), [("0006", "brings it up to date"), ("9999", "newer version")])
def test_a_database_of_another_version_is_named_and_left_alone(tmp_path: Path, revision: str, remedy: str) -> None:
    settings = altered(tmp_path, f"UPDATE alembic_version SET version_num = '{revision}'")
    found = diagnosis(settings)
    assert remedy in found["database"][1]
    assert "source depot" not in found
    engine = open_engine(settings.database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == revision
    engine.dispose()


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.yaml").write_text(CONFIG)
    assert command("doctor", "--config", str(tmp_path / "my.yaml")) == 1
    assert "there is no file" in capsys.readouterr().out
    assert not (tmp_path / "feed.db").exists()
