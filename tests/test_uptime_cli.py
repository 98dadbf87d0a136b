"""`chargefeed report uptime` and `chargefeed exclusion`, as a person or a script runs them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from app.cli import main
from app.clock import ManualClock
from app.compliance.evaluation import Evaluator
from app.compliance.judging import RuleBook
from app.compliance.uptime.evaluation import UptimeEvaluator
from app.model.batch import Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.database import open_engine
from app.registry.downtime import follow
from tests.compliance.uptime.year import DATA, FIRST, NOW, Year, body
from tests.registry.backend import DAY, Backend

CONFIG = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
sources: [{name: abc, type: demo}]
"""
Answer = tuple[int, str, str]
Command = Callable[..., Answer]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("told") / "feed.db"
    year = Year(f"sqlite:///{path}")
    year.run()
    year.registry.engine.dispose()
    return path


@pytest.fixture
def chargefeed(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Command:
    """(exit code, output, errors), over the simulated year."""
    shutil.copy(told, tmp_path / "feed.db")
    monkeypatch.setenv("CHARGEFEED_CONFIG", str(tmp_path / "config.yaml"))
    for module in ("app.uptime_cli", "app.exclusion_cli"):
        monkeypatch.setattr(f"{module}.SystemClock", lambda: ManualClock(NOW))
    (tmp_path / "config.yaml").write_text(CONFIG)

    def command(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsysbinary.readouterr()
        return int(ended.value.code or 0), said.out.decode(), said.err.decode()

    return command


def lines(output: str, kind: str) -> list[list[str]]:
    return [line.split("\t")[1:] for line in output.splitlines() if line.split("\t")[0] == kind]


def test_every_port_is_a_line_and_one_that_fails_is_exit_1(chargefeed: Command) -> None:
    code, out, err = chargefeed("report", "uptime", "--period", "2028-09")
    assert (code, err) == (1, "")
    found = {row[2]: row for row in lines(out, "port")}
    assert found["H-LEAP"][6:9] == ["2880.0000", "0.0000", "360.0000"]
    assert found["H-LEAP"][9:12] == ["99.3835", "99.4520", "pass"]
    assert found["H-CLAMP"][9:12] == ["0.0000", "0.0000", "fail"]
    assert found["N-YOUNG"][9:12] == ["", "", "no figure"]
    assert out.splitlines()[-1] == "23 CFR 680.116(b): 3 fail, 1 no figure, 2 not decided, 7 pass"


def test_the_events_behind_the_figures(chargefeed: Command) -> None:
    _, out, _ = chargefeed("report", "uptime", "--period", "2028-09", "--events")
    (silence, outage) = [row for row in lines(out, "event") if row[2] == "H-LATE"]
    assert silence[3:9] == [
        "2028-05-10T00:00:00.000Z",
        "2028-05-10T01:00:00.000Z",
        "60.0000",
        "unobserved",
        "UNKNOWN",
        "stale",
    ]
    assert outage[5:8] == ["60.0000", "outage", "OUTOFORDER"]


def test_a_folder_gets_every_form(chargefeed: Command, tmp_path: Path) -> None:
    chargefeed("report", "uptime", "--sheet", "uk", "--period", "2028", "--out", tmp_path)
    report = json.loads((tmp_path / "uptime.json").read_text())
    assert [port["port_id"] for port in report["ports"]] == ["G-ONE", "G-TWO"]
    (network,) = report["networks"]
    assert [(one["reading"], one["uptime"]) for one in network["readings"]] == [
        ("UNKNOWN is reliable", "99.8463"),
        ("UNKNOWN is left out", "99.8462"),
    ]
    page = (tmp_path / "uptime.html").read_text()
    assert "99.8462 %" in page
    assert "SI 2023/1168" in page
    assert len(list(csv.DictReader(io.StringIO((tmp_path / "uptime.csv").read_text())))) == 2
    assert len(list(csv.DictReader(io.StringIO((tmp_path / "uptime-events.csv").read_text())))) == 3


def test_a_workbook_has_ports_events_and_networks(chargefeed: Command, tmp_path: Path) -> None:
    path = tmp_path / "book"
    chargefeed("report", "uptime", "--sheet", "uk", "--period", "2028", "--format", "xlsx", "--out", path)
    assert [one.name for one in path.iterdir()] == ["uptime.xlsx"]
    book = openpyxl.load_workbook(path / "uptime.xlsx")
    sheets = {sheet.title: [*sheet.iter_rows(values_only=True)] for sheet in book}
    ports, networks = (
        [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for rows in (sheets["ports"], sheets["networks"])
    )
    assert [(one["port_id"], one["outage_min"], one["result"]) for one in ports] == [
        ("G-ONE", 960, "pass"),
        ("G-TWO", 0, "pass"),
    ]
    assert len(sheets["events"]) == 4
    assert [(one["reading"], one["uptime"]) for one in networks] == [
        ("UNKNOWN is reliable", 99.8463),
        ("UNKNOWN is left out", 99.8462),
    ]


def test_the_report_of_a_regime_has_its_uptime_as_the_worker_evaluated_it(chargefeed: Command, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/feed.db")
    assert "nevi-uptime" not in json.loads(chargefeed("report", "nevi", "--format", "json")[1])["rules"]
    follow(engine)
    Evaluator(engine, RuleBook([]), ManualClock(NOW)).step()
    uptime = UptimeEvaluator(engine, RuleBook([]), ManualClock(NOW + 1000))
    while uptime.step():
        pass
    code, out, _ = chargefeed("report", "nevi", "--format", "json")
    found = json.loads(out)["rules"]["nevi-uptime"]
    assert (code, found["present"] + found["missing"] + found["undecided"]) == (1, 13)
    assert found["examples"][0]["places"] == "evses[H-CLAMP]"
    assert found["examples"][0]["what"].startswith("0.0000 % from 2028-01-01 to 2028-12-31, due is more than 97 %; ")
    rows = {row["rule"]: row for row in csv.DictReader(io.StringIO(chargefeed("report", "nevi", "--format", "csv")[1]))}
    assert rows["nevi-uptime"]["examples"].startswith("US*ABC/HWY (evses[H-CLAMP]): 0.0000 %")
    located = json.loads(chargefeed("report", "nevi", "--format", "json", "--location", "OLD")[1])["rules"][
        "nevi-uptime"
    ]
    assert located["present"] + located["missing"] + located["undecided"] == 1
    opened = [line for line in chargefeed("report", "findings", "--open")[1].splitlines() if "\tnevi-uptime\t" in line]
    assert len(opened) == found["missing"]


def test_a_wrong_period_or_sheet_names_what_is_right(chargefeed: Command) -> None:
    code, _, err = chargefeed("report", "uptime", "--period", "2028-13")
    assert (code, "Write it as 2026, 2026Q3 or 2026-09" in err) == (2, True)
    code, _, err = chargefeed("report", "uptime", "--sheet", "us_tx")
    assert (code, "There are uk, us_ca, us_nevi" in err) == (2, True)
    code, _, err = chargefeed("report", "uptime", "--period", "2028", "--country", "FR")
    assert (code, "no public port is under 23 CFR 680.116(b)" in err) == (2, True)


def test_a_sheet_of_ones_own_needs_no_code(chargefeed: Command, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        (Path("app/compliance/uptime/sheets/us_nevi.yaml")).read_text().replace("97", "50")
    )
    _, out, _ = chargefeed("report", "uptime", "--sheet", tmp_path / "own.yaml", "--period", "2028-09")
    found = {row[2]: row[11] for row in lines(out, "port")}
    assert found["H-LIMIT"] == "pass"


def test_a_decision_and_an_exclusion_change_the_figure_until_they_are_revoked(chargefeed: Command) -> None:
    who = ("--who", "Operations", "--why", "Sold energy")
    span = ("--since", "2028-05-10T00:00:00Z", "--until", "2028-05-10T06:00:00Z")

    def result() -> list[str]:
        _, out, _ = chargefeed("report", "uptime", "--period", "2028-09")
        return next(row for row in lines(out, "port") if row[2] == "H-BRINK")[7:12]

    assert result()[-1] == "not decided"
    code, out, err = chargefeed("exclusion", "decide", "up", "--port", "H-BRINK", *span, *who)
    assert (code, err) == (0, "")
    assert out.startswith("1\tport us*abc/h-brink, 2028-05-10T00:00:00.000Z to")
    assert result()[1:] == ["0.0000", "97.0509", "97.0509", "pass"]
    june = ("--since", "2028-06-01T00:00:00Z", "--until", "2028-06-02T00:00:00Z")
    code, _, err = chargefeed("exclusion", "add", "--cause", "vandalism", "--port", "H-BRINK", *june, *who)
    assert (code, err) == (0, "")
    assert result()[0] == "1440.0000"
    assert chargefeed("exclusion", "revoke", "1", *who)[0] == 0
    assert chargefeed("exclusion", "revoke", "1", *who)[0] == 1
    assert result()[1] == "360.0000"
    _, out, _ = chargefeed("exclusion", "list", "--all")
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["1", "up"], ["2", "vandalism"]]
    assert "Operations: Sold energy" in out.splitlines()[0]


def test_a_file_is_imported_row_by_row(chargefeed: Command) -> None:
    code, out, err = chargefeed("exclusion", "import", DATA / "wrong.csv")
    assert code == 1
    assert out.splitlines()[-1] == "1 entered, 1 known, 6 refused"
    assert "wrong.csv:3, since: 2028-02-28T12:00 has no zone" in err
    code, out, err = chargefeed("exclusion", "import", DATA / "exclusions.csv", "--sheet", "us_ca")
    assert (code, out.splitlines()[-1]) == (0, "7 entered, 0 known, 0 refused")
    assert "exclusion 4: longer than the outages in it: of 28 h only 4 h count" in err
    assert "exclusion 3: overlaps exclusion 2 for 6 h of outage, which counts once" in err


def test_what_a_charger_says_of_its_outage_is_suggested_and_can_be_imported(
    chargefeed: Command, tmp_path: Path
) -> None:
    clock = ManualClock(FIRST + 500 * DAY)
    backend = Backend(Registry.open(f"sqlite:///{tmp_path}/feed.db", clock=clock), clock)
    site = body("network.json")[0]
    point = {**site["evses"][0], "uid": "S1", "evse_id": "US*ABC*ES1"}
    backend.locations({**site, "id": "SAID", "evses": [point]}, complete=False)
    for days, status, detail in (
        (510, "OUTOFORDER", {"mrec": "CX015", "vendor_code": "CX015"}),
        (511, "AVAILABLE", None),
    ):
        clock.set(FIRST + days * DAY)
        backend.events(StatusRecord("S1", status, clock.now(), Origin.CHARGER, detail=detail))
    code, _, err = chargefeed("exclusion", "suggest", "--period", "2028-09", "--out", tmp_path / "suggested.csv")
    assert (code, err) == (0, "chargefeed: 1 suggestions. Fill in `who`, delete what is wrong, and import them\n")
    written = (tmp_path / "suggested.csv").read_text()
    assert "US*ABC/S1" in written
    assert "utility_interruption,,MREC CX015 PowerLoss" in written
    assert chargefeed("exclusion", "import", tmp_path / "suggested.csv")[0] == 1
    (tmp_path / "suggested.csv").write_text(
        written.replace("utility_interruption,,", "utility_interruption,Operations,")
    )
    assert chargefeed("exclusion", "import", tmp_path / "suggested.csv")[0] == 0
