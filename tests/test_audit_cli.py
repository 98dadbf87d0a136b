"""`chargefeed audit`, as a person or a regulator's script runs it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app import archiving
from app.archiving import HistoryDuty
from app.cli import main
from app.clock import ManualClock, SystemClock, format_time
from app.ledger.note import Signer, parse_verifier
from app.ledgering import LedgerDuty
from app.registry.apply import Registry
from app.registry.leases import Leases
from app.settings import load
from tests.registry.backend import Backend, connector, evse, location, tariff

CONFIG = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
store: {directory: public}
sources: [{name: abc, type: demo}]
ledger: {origin: charging.example/ledger, key: keys/ledger.key}
"""
Answer = tuple[int, str, str]


@pytest.fixture
def chargefeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Answer]:
    """(exit code, output, errors)"""
    monkeypatch.setenv("CHARGEFEED_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text(CONFIG)

    def command(*arguments: str | Path) -> Answer:
        capsysbinary.readouterr()  # what the operator's worker logged
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsysbinary.readouterr()
        return int(ended.value.code or 0), said.out.decode(), said.err.decode()

    return command


class Operator:
    def __init__(self, folder: Path) -> None:
        self.settings = settings = load(folder / "config.yaml")
        self.registry = Registry.open(settings.database, clock=SystemClock())
        self.backend = Backend(self.registry, SystemClock())
        self.duty = LedgerDuty(
            settings.model_copy(update={"ledger": settings.ledger.model_copy(update={"every": 0})}),
            self.registry,
            settings.store.open(),
        )

    def publish(self, number: int) -> None:
        """A tariff at an EVSE of its own, sealed."""
        self.backend.tariffs(tariff(f"T{number}"), complete=False)
        point = evse(f"E{number}", connector(tariff_ids=[f"T{number}"]))
        self.backend.locations(location(f"L{number}", point), complete=False)
        lease = Leases(self.registry.engine, "one").acquire("duty:ledger")
        assert lease is not None
        self.duty(lease)

    def archive(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The days that are over the day after tomorrow."""
        later = ManualClock(SystemClock().now() + 2 * 86_400_000)
        monkeypatch.setattr(self.registry, "clock", later)
        lease = Leases(self.registry.engine, "one").acquire("duty:history")
        assert lease is not None
        HistoryDuty(self.settings, self.registry, self.settings.store.open())(lease)


@pytest.fixture
def operator(chargefeed: Callable[..., Answer], tmp_path: Path) -> Operator:
    operator = Operator(tmp_path)
    operator.publish(1)
    return operator


@pytest.fixture
def key(operator: Operator, chargefeed: Callable[..., Answer]) -> str:
    return chargefeed("audit", "key")[1].strip()


def test_the_history_is_asked_in_sql_and_answers_as_table_csv_or_json(operator, chargefeed, monkeypatch, tmp_path):
    code, _, errors = chargefeed("audit", "sql")
    assert (code, "there is no history" in errors) == (2, True)
    operator.archive(monkeypatch)
    code, columns, _ = chargefeed("audit", "sql")
    assert (code, "prices\tcurrency\tVARCHAR\n" in columns) == (0, True)
    query = "SELECT DISTINCT evse_id, currency, components[1].amount AS amount, NULL AS nothing FROM prices"
    assert chargefeed("audit", "sql", query)[1] == "DE*ABC*E1\tEUR\t0.5\t\n"
    assert chargefeed("audit", "sql", query, "--format", "csv")[1].splitlines()[1] == "DE*ABC*E1,EUR,0.5,"
    said = json.loads(chargefeed("audit", "sql", query, "--format", "json", "--store", tmp_path / "public")[1])
    assert said == [{"evse_id": "DE*ABC*E1", "currency": "EUR", "amount": "0.5", "nothing": None}]
    code, _, errors = chargefeed("audit", "sql", "SELECT * FROM nowhere")
    assert (code, "nowhere does not exist" in errors) == (2, True)


def test_asking_the_history_without_its_packages_says_what_to_install(chargefeed, monkeypatch):
    monkeypatch.setattr(archiving, "PACKAGES", ("no_such_package",))
    code, _, errors = chargefeed("audit", "sql")
    assert (code, "pip install 'chargefeed[history]'" in errors) == (2, True)


def test_a_key_is_made_shown_and_rotated(chargefeed, tmp_path):
    first = chargefeed("audit", "key")[1]
    assert parse_verifier(first).name == "charging.example/ledger"
    assert chargefeed("audit", "key")[1] == first
    new, old = chargefeed("audit", "key", "--rotate")[1].splitlines()
    assert (new != old, old) == (True, first.strip())


def test_a_price_is_told_with_what_it_rests_on(operator, chargefeed):
    code, told, _ = chargefeed("audit", "price", "DE*ABC*E1")
    rows = dict(line.split("\t") for line in told.splitlines())
    assert code == 0
    assert rows["charger"] == "DE*ABC*E1, connector 1"
    assert "0.50\N{NO-BREAK SPACE}€/kWh" in rows["price"]
    assert rows["in time"].startswith("yes")
    assert rows["entries"] == "0, 1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("DE*ABC*E9",), "no price was ever published"),
        (("DE*ABC*E1", "--at", "2001-01-01T00:00:00Z"), "the log begins at"),
        (("DE*ABC*E1", "--at", "yesterday"), "--at: 'yesterday' is no time"),
    ],
)
def test_what_cannot_be_told_is_an_error(operator, chargefeed, arguments, words):
    code, _, errors = chargefeed("audit", "price", *arguments)
    assert code == 2
    assert words in errors


def test_a_bundle_is_verified_offline_and_against_the_log(operator, key, chargefeed, tmp_path):
    assert (
        chargefeed("audit", "export", "DE*ABC*E1", "--from", "2020-01-01T00:00:00Z", "--out", tmp_path / "a.zip")[0]
        == 0
    )
    operator.publish(2)
    code, told, _ = chargefeed("audit", "verify", tmp_path / "a.zip", "--key", key, "--log", tmp_path / "public/ledger")
    assert code == 0
    assert [line.split("\t")[:2] for line in told.splitlines()] == [
        ["signature", "ok"],
        ["entries", "ok"],
        ["answers", "ok"],
        ["completeness", "cannot tell"],
        ["log", "ok"],
    ]
    assert "has 4 entries and continues the bundle's; 2 are later" in told


def test_a_wrong_key_is_said_plainly(operator, chargefeed, tmp_path):
    chargefeed("audit", "export", "DE*ABC*E1", "--out", tmp_path / "a.zip")
    other = Signer("charging.example/ledger", b"\x01" * 32).verifier.text
    code, told, _ = chargefeed("audit", "verify", tmp_path / "a.zip", "--key", other)
    assert code == 1
    assert "not by a trusted key" in told
    assert chargefeed("audit", "verify", tmp_path / "a.zip", "--key", "x")[0] == 2


def test_a_log_is_verified_from_scratch(operator, key, chargefeed, tmp_path):
    log = tmp_path / "public" / "ledger"
    assert chargefeed("audit", "verify", log, "--key", key)[0] == 0
    tile = log / "tile/entries/000.p/2"
    tile.write_bytes(tile.read_bytes()[:-1])
    code, told, _ = chargefeed("audit", "verify", log, "--key", key)
    assert code == 1
    assert "cut off" in told


def test_a_monitor_follows_and_finds_a_rewritten_history(operator, key, chargefeed, tmp_path):
    log, state = tmp_path / "public" / "ledger", tmp_path / "seen"
    look = ("audit", "monitor", log, "--key", key, "--state", state, "--once")
    assert chargefeed(*look)[1].endswith("2 entries, 2 new\n")
    operator.publish(2)
    assert chargefeed(*look)[1].endswith("4 entries, 2 new\n")

    shutil.rmtree(tmp_path / "public")
    (tmp_path / "feed.db").unlink()
    other = Operator(tmp_path)
    for number in (3, 4, 5):
        other.publish(number)
    code, _, errors = chargefeed(*look)
    assert code == 1
    assert "history was rewritten" in errors
    assert (tmp_path / "seen.contradicted-by").read_bytes() == (log / "checkpoint").read_bytes()


def test_an_older_checkpoint_than_one_already_seen_is_an_alarm(operator, key, chargefeed, tmp_path):
    log, state = tmp_path / "public" / "ledger", tmp_path / "seen"
    old = (log / "checkpoint").read_bytes()
    operator.publish(2)
    look = ("audit", "monitor", log, "--key", key, "--state", state, "--once")
    chargefeed(*look)
    (log / "checkpoint").write_bytes(old)
    code, _, errors = chargefeed(*look)
    assert code == 1
    assert "of 2 entries, and one of 4 was seen before" in errors


def test_sessions_are_checked_against_the_price_of_their_start(operator, chargefeed, tmp_path):
    now = format_time(SystemClock().now())
    rows = [("DE*ABC*E1", now, now, "20", "60", total) for total in ("10.00", "12.60")]
    (tmp_path / "r.csv").write_text(
        "\n".join(map(",".join, [("evse_id", "start", "end", "kwh", "minutes", "total"), *rows])) + "\n"
    )
    code, told, _ = chargefeed("audit", "session", tmp_path / "r.csv")
    assert code == 1
    assert [line.partition("\t")[2][:7] for line in told.splitlines() if line.startswith("verdict")] == [
        "Holds: ",
        "Differs",
    ]
    code, told, _ = chargefeed("audit", "session", tmp_path / "r.csv", "--json")
    assert [one["holds"] for one in json.loads(told)] == [True, False]
    assert json.loads(told)[0]["price"]["evidence"]["entries"]
