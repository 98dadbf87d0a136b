"""`chargefeed report evchart` and `chargefeed evchart submit`, as a person or a script runs them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app import evchart_cli
from app.cli import main
from app.clock import SystemClock
from app.registry.apply import Registry
from tests.evchart_server import EMAIL, KEY, RECIPIENT, Federal
from tests.filing.evchart.material import HOUR, HandMade, outage, port
from tests.registry.backend import Backend, evse, location
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "evchart"
CONFIG = f"""
operator: {{name: ABC}}
database: sqlite:///feed.db
sources: [{{name: abc, type: demo}}]
private: {{database: 'sqlite:///sessions.db', keys: ['{Fernet.generate_key().decode()}']}}
evchart:
  network_provider: example_net
  no_error: none
  other_payment: unknown
"""
Answer = tuple[int, str, str]
Command = Callable[..., Answer]


@pytest.fixture
def chargefeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """(exit code, output, errors)"""
    monkeypatch.setenv("CHARGEFEED_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text(CONFIG)

    def command(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


@pytest.fixture
def network(tmp_path: Path) -> None:
    clock = SystemClock()
    backend = Backend(Registry.open(f"sqlite:///{tmp_path}/feed.db", clock=clock), clock)
    funded = {"country_code": "US", "country": "USA", "funding": ["NEVI"], "operational_since": "2020-05-01"}
    plain = location("L2", evse("E9"), country_code="US", country="USA")
    first = location("US-1", evse("P1", charger_id="C1"), evse("P2"), network_provider="Example Network", **funded)
    second = location("US-2", evse("P5"), network_provider="other_net", **funded)
    backend.locations(first, second, plain, location("L3", evse("E8")))


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> None:
    made = HandMade(broken=(outage(port("US-1", "P1"), "2026-07-01T10:00:00Z", HOUR),))
    monkeypatch.setattr(evchart_cli, "Measured", lambda *_: made)


def test_a_quarter_is_filed_with_a_summary_and_what_a_person_has_to_look_at(
    chargefeed: Command, network: None, figures: None, tmp_path: Path
) -> None:
    assert chargefeed("sessions", "import", DATA / "sessions.csv")[0] == 0
    code, out, _ = chargefeed("report", "evchart", "--period", "2026Q3", "--out", tmp_path / "filed")
    assert code == 1
    lines = [line.split("\t") for line in out.splitlines()]
    assert lines[0] == ["2026Q3, due 2026-10-31"]
    assert [line[0] for line in lines[1:4]] == ["2 Charging Sessions", "3 Uptime", "4 Outages"]
    assert any(line[:3] == ["2", "left out", "sessions that end before they begin"] for line in lines)
    summary = json.loads((tmp_path / "filed" / "evchart.json").read_text())
    files = [file for module in summary["modules"] for file in module["files"]]
    assert [file["file"] for file in files] == ["module2.csv", "module3.csv", "module4.csv"]
    for file in files:
        body = (tmp_path / "filed" / file["file"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == file["sha256"]
    assert chargefeed("validate", tmp_path / "filed" / "module2.csv")[0] == 0
    assert "US-2,other_net,P5" in (tmp_path / "filed" / "module2.csv").read_text()


def test_what_is_missing_is_said(chargefeed: Command, network: None) -> None:
    code, out, _ = chargefeed("report", "evchart", "--period", "2026Q3", "--modules", "3,5")
    assert code == 1
    lines = [line.split("\t") for line in out.splitlines()]
    assert [line[0] for line in lines if "missing" in line] == ["5"]
    assert ["3", "left out", "figures with time that nobody observed"] in [line[:3] for line in lines]


def test_a_template_is_written_filled_and_read_back(chargefeed: Command, network: None, tmp_path: Path) -> None:
    template = tmp_path / "facts.xlsx"
    code, _, err = chargefeed("report", "evchart", "--period", "2026", "--template", template)
    assert (code, err) == (0, f"chargefeed: {template}: 2 stations to fill in\n")
    code, out, _ = chargefeed("report", "evchart", "--period", "2026", "--facts", template)
    assert (code, [line.split("\t")[1:] for line in out.splitlines()[1:]]) == (0, [["0", "0", "ok"]] * 5)


def test_a_station_whose_network_is_not_known_is_named(chargefeed: Command, network: None, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("  network_provider: example_net\n", ""))
    code, out, err = chargefeed("report", "evchart", "--period", "2026Q3", "--modules", "2")
    assert code == 1
    assert "US*ABC/US-1: its network is not known" in err
    assert out.splitlines()[1].split("\t")[:3] == ["2 Charging Sessions", "1", "1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--period", "2026Q5"], "Write it as 2026Q3"),
        (["--period", "2026Q3", "--modules", "2,12"], "'12' is no module"),
        (["--period", "2026", "--modules", "2"], "module 2 is per quarter. Write it as 2026Q1"),
        (["--period", "2026Q3", "--submit"], "EV-ChART's interface is not set up"),
        (["--period", "2026Q3", "--party", "DE*XYZ"], "no station reports under 23 CFR 680"),
    ],
)
def test_what_cannot_be_done_is_exit_2(chargefeed: Command, network: None, arguments: list[str], said: str) -> None:
    code, _, err = chargefeed("report", "evchart", *arguments)
    assert code == 2
    assert said in err


def test_what_is_sound_is_sent(chargefeed: Command, network: None, tmp_path: Path) -> None:
    with Federal(looks=0) as federal:
        account = f"  url: {federal.url}\n  key: {KEY}\n  email: {EMAIL}\n  direct_recipient_id: '{RECIPIENT}'\n"
        config = tmp_path / "config.yaml"
        config.write_text(config.read_text() + account)
        chargefeed("sessions", "import", DATA / "sessions-sound.csv")
        code, out, _ = chargefeed(
            "report", "evchart", "--period", "2026Q3", "--modules", "2", "--submit", "--out", tmp_path
        )
        assert (code, out.splitlines()[-1]) == (0, "module2.csv\tupload-1\tDraft\tok")
        assert federal.uploads["upload-1"]["body"] == (tmp_path / "module2.csv").read_bytes()
        assert json.loads((tmp_path / "evchart.json").read_text())["sent"][0]["upload"] == "upload-1"
        again = chargefeed("evchart", "submit", tmp_path / "module2.csv", "--period", "2026Q3")
        assert (again[0], again[1]) == (0, f"{tmp_path}/module2.csv\tupload-2\tDraft\tok\n")
        code, out, _ = chargefeed("evchart", "submit", DATA / "module2-broken.csv", "--period", "2026Q3")
        assert code == 1
        assert "is no such time" in out
        assert len(federal.uploads) == 2, "what is not sound is not sent"
