"""The annual statement of reliability: what an operator in the United Kingdom puts on its website."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.clock import parse_time
from app.compliance.uptime.counting import verdict
from app.compliance.uptime.figures import Figure, NetworkUptime
from app.compliance.uptime.network import NetworkReliability
from app.compliance.uptime.sheet import read_sheet
from app.compliance.uptime.statement import contact_of, percent_text, write_statement
from app.errors import ConfigError
from app.registry.views import View
from app.settings import load
from app.statement_cli import write_statements
from tests.shared import ROOT
from tests.test_report_cli import CONFIG

SINCE, UNTIL = parse_time("2026-01-01T00:00:00Z"), parse_time("2027-01-01T00:00:00Z")
HOUR = 3_600_000
UK = read_sheet("uk")
BY_THE_LAW = Figure("UNKNOWN is reliable", 1000 * HOUR, round(9.99 * HOUR), 0)
LEFT_OUT = Figure("UNKNOWN is left out", 800 * HOUR, round(9.99 * HOUR), 2 * HOUR)


def stated(*readings: Figure, party: str = "GB*ABC", left_out: int = 48 * HOUR) -> NetworkReliability:
    passed = verdict(readings, UK)
    return NetworkReliability(
        2026, NetworkUptime(party, "GBR", SINCE, UNTIL, 12, readings, passed, affected=2), left_out
    )


FIGURES = stated(BY_THE_LAW, LEFT_OUT)
SITES: list[dict[str, Any]] = [
    {"operator": {"name": "Example"}, "help_phone": "+44 2012345678", "service_providers": [{"name": "Roam <Ltd>"}]},
    {"operator": {"name": "Example"}, "evses": [{"accepted_service_providers": ["Roam <Ltd>", "Other"]}]},
]


def written(folder: Path, figures: NetworkReliability = FIGURES) -> tuple[str, list[dict[str, str]]]:
    page, table = write_statement(folder, figures, contact_of(SITES), UNTIL, ROOT / "templates")
    assert (page.name, table.name) == ("reliability-GB-ABC-2026.html", "reliability-GB-ABC-2026.csv")
    return page.read_text(), list(csv.DictReader(table.read_text().splitlines()))


def test_both_readings_of_unknown_are_given(tmp_path: Path) -> None:
    page, rows = written(tmp_path)
    assert "99.00 %" in page
    assert "98.50 to 98.75 %" in page
    assert [(row["reliability_lowest_percent"], row["hours"]) for row in rows] == [
        ("99.00", "1000.0"),
        ("98.50", "800.0"),
    ]
    for said in (
        "12",
        "+44 2012345678",
        "Roam &lt;Ltd&gt;, Other",
        "48.0 hours, of all charge points together, outside their opening hours",
        "The figures of 2 charge points are affected",
    ):
        assert said in page
    assert (rows[0]["left_out_hours"], rows[0]["affected_points"]) == ("48.0", "2")
    assert (rows[0]["first_day"], rows[0]["last_day"]) == ("2026-01-01", "2026-12-31")
    assert rows[0]["helpline"] == "+44 2012345678"


def test_of_many_helplines_the_commonest_are_written_out() -> None:
    numbers = [number for number in range(1, 7) for _ in range(number)]
    contact = contact_of({"help_phone": f"+44 {number}"} for number in numbers)
    assert contact.helpline == "+44 6, +44 5, +44 4 and 3 more"


@pytest.mark.parametrize(
    ("readings", "passed"),
    [
        ((BY_THE_LAW,), True),
        ((LEFT_OUT,), False),
        ((BY_THE_LAW, LEFT_OUT), None),
        ((replace(BY_THE_LAW, unobserved=HOUR),), None),
        ((replace(BY_THE_LAW, total=0, down=0),), None),
        ((replace(BY_THE_LAW, down=10 * HOUR),), True),
        ((replace(BY_THE_LAW, down=10 * HOUR + 1),), False),
    ],
    ids=["reached", "missed", "readings differ", "unobserved decides", "no hours", "exactly 99", "just below"],
)
def test_whether_99_percent_is_reached(readings: tuple[Figure, ...], passed: bool | None) -> None:
    assert stated(*readings).network.passed is passed


def test_what_is_not_known_is_no_figure_and_never_100(tmp_path: Path) -> None:
    nothing = replace(BY_THE_LAW, total=0, down=0)
    page, rows = written(tmp_path, stated(nothing, left_out=0))
    assert "no figure" in page
    assert "100" not in page.partition("<main")[2]
    assert rows[0]["reliability_lowest_percent"] == ""
    assert percent_text(Decimal("98.99999")) == "98.99"


def test_the_command_writes_one_per_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    asked: list[tuple[int, View]] = []

    def measure(_: object, __: object, year: int, view: View) -> Sequence[NetworkReliability]:
        asked.append((year, view))
        return [FIGURES, stated(BY_THE_LAW, party="GB*XYZ")]

    write_statements("uk", load(tmp_path / "config.yaml", plain=True), "2026", tmp_path / "out", "gb-abc", measure)
    assert asked == [(2026, View(frozenset({"GB*ABC"}), frozenset({"GBR"})))]
    assert len(capsys.readouterr().out.splitlines()) == len(list((tmp_path / "out").iterdir())) == 4


@pytest.mark.parametrize(
    ("regime", "year", "out", "says"),
    [
        ("uk", "26", "out", "'26' is no year of the regulation. Write it as 2026; 2024 is the first"),
        ("uk", "1999", "out", "'1999' is no year"),
        ("uk", "2026", None, "Name a folder for them by --out"),
        ("afir", "2026", "out", "`afir` asks for no yearly statement. uk does"),
    ],
)
def test_what_cannot_be_stated_is_said(tmp_path: Path, regime: str, year: str, out: str | None, says: str) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    with pytest.raises(ConfigError) as refused:
        write_statements(
            regime, load(tmp_path / "config.yaml", plain=True), year, out and tmp_path / out, None, lambda *_: []
        )
    assert says in str(refused.value)
