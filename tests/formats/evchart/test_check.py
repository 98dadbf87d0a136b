from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from app.formats.evchart.cell import defects
from app.formats.evchart.check import NOTHING, Registered, check
from app.formats.evchart.module import Need, modules
from app.formats.report import Report
from app.formats.validate import validate
from app.model.problem import Severity
from tests.formats.evchart import federal

DATA = Path(__file__).parents[2] / "data" / "evchart"
CELLS = {
    "text": ["a", " ", "   ", "x" * 36, "x" * 37, "x" * 255, "x" * 256, "12345", "NY", "1234", "solar", "null"],
    "time": [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00.5Z",
        "2026-01-31T12:00:00.123456Z",
        "2026-01-31T12:00:00+00:00",
        "2026-02-30T12:00:00Z",
        "2026-01-31",
        "2026-01-31 12:00:00",
        "2026-01-31T12:00Z",
        "2026-01-31T24:00:00Z",
        "31/01/2026",
    ],
    "flag": ["TRUE", "true", "False", "1", "yes", "NULL"],
    "integer": ["2026", "+2026", "-2026", "26", "1", "6", "7", "0", "2026.0", "x", "1_0"],
    "decimal": [
        "0", "0.00", "0.01", "-0.01", "1.5", "1.50", "1.505", "+1.5", ".5", "5.", "1e3", " 1", "x", "1,5",
        "99999", "99999.99", "100000", "999", "1000", "999999.99", "1000000", "9999999", "999999999", "1000000000",
    ],
}  # fmt: skip


def checked(name: str, module: int, registered: Registered = NOTHING) -> Report:
    return check((DATA / name).read_bytes(), modules()[module], registered)


def said(report: Report, severity: Severity | None = None) -> list[tuple[int, str, str]]:
    findings = [*report.findings, *(finding for record in report.records for finding in record.findings)]
    return [
        (finding.line, finding.problem.path, finding.problem.what)
        for finding in findings
        if severity in (None, finding.problem.severity)
    ]


def test_a_sound_file_is_taken_and_recognised_by_its_header() -> None:
    report = validate((DATA / "module2.csv").read_bytes())
    assert report.format == "evchart-2"
    assert report.valid
    assert not said(report)
    assert [record.id for record in report.records] == ["US-1/P1/S1", "US-1/P1/S2", "US-1/P2"]


def test_what_is_wrong_with_sessions_is_said_by_line_column_rule_and_remedy() -> None:
    report = checked("module2-broken.csv", 2)
    assert said(report, Severity.REFUSED) == [
        (2, "session_start", "is no such time (no offset but Z is taken)"),
        (2, "energy_kwh", "has more than 2 decimal places"),
        (3, "energy_kwh", "has more than 5 digits before the point"),
        *((4, name, "is blank") for name in ("session_id", "session_start", "session_end", "session_error")),
        *((4, name, "is blank") for name in ("energy_kwh", "power_kw")),
        (5, "station_id", "has a space in it"),
        (5, "network_provider", "is no key of a network"),
        (7, "", "the same station_id, port_id, session_id as in line 6"),
        (8, "session_start", "is no time of the calendar"),
        (8, "session_error", "is nothing but spaces"),
        (8, "power_kw", "is less than 0"),
        (10, "", "the row has fewer cells than the header"),
    ]
    problems = [finding.problem for record in report.records for finding in record.findings]
    assert all(problem.rule and problem.remedy for problem in problems)
    blank = next(problem for problem in problems if problem.what == "is blank")
    assert blank.remedy.endswith("where the port had no session in the quarter, leave blank also payment_method")


def test_what_is_taken_and_then_left_out_of_the_dashboard_is_noted() -> None:
    assert said(checked("module2-broken.csv", 2), Severity.NOTE) == [
        (5, "session_end", "the session ends when, or before, it begins: left out"),
        (8, "energy_kwh", "is taken, though it is no plain decimal"),
        (9, "session_end", "the session is longer than a day: left out"),
    ]


def test_an_uptime_may_be_blank_only_in_the_first_year_of_a_station() -> None:
    young, old = ({"US-1": date(year, 9, 1)} for year in (2025, 2023))
    blank = "blank is refused where the station opened before 2024-10-01"
    assert said(checked("module3.csv", 3)) == [
        (3, "total_outage_excl", "more than the whole outage"),
        (3, "uptime", "from the outages follows 100.19"),
        (4, "uptime_reporting_end", "less than a year: left out"),
        (4, "uptime", blank),
    ]
    assert (4, "uptime", blank) not in said(checked("module3.csv", 3, Registered(young)))
    refused = said(checked("module3.csv", 3, Registered(old)), Severity.REFUSED)
    assert refused == [(4, "uptime", "blank, and the station opened on 2023-09-01, more than a year before")]


def test_a_window_in_the_first_year_of_a_station_is_left_out() -> None:
    found = said(checked("module3.csv", 3, Registered({"US-1": date(2025, 8, 15)})))
    assert (2, "uptime_reporting_end", "the station opened on 2025-08-15: left out in its first year") in found
    assert 3 not in [line for line, _, what in found if "first year" in what]


def test_an_outage_has_a_begin_and_a_duration_or_neither() -> None:
    report = checked("module4.csv", 4, Registered(ports=frozenset({("US-1", f"P{n}") for n in (1, 2, 3)})))
    assert said(report, Severity.REFUSED) == [
        (3, "excluded_outage_reason", "is more than 6"),
        (3, "", "the same station_id, outage_id, port_id as in line 2"),
        (5, "outage_duration", "is blank"),
        (6, "outage_duration", "is less than 0.01"),
        (6, "excluded_outage", "is neither TRUE nor FALSE"),
    ]
    notes = said(report, Severity.NOTE)
    assert [what for _, path, what in notes if path.startswith("excluded")] == [
        "a newer column, refused as unknown where it is not switched on"
    ] * 3
    assert (6, "port_id", "the port is not known here; one that is not registered is left out") in notes


def test_costs_are_all_there_or_all_blank() -> None:
    report = checked("module9.csv", 9)
    assert {line for line, _, _ in said(report)} == {4}
    lines = (DATA / "module9.csv").read_text().splitlines()
    absent = [",".join(cell for at, cell in enumerate(line.split(",")) if at != 15) for line in lines]
    without = check("\n".join(absent).encode(), modules()[9])
    assert {line for line, _, _ in said(without)} == {3, 4}, "a column that is not there is not blank"


@pytest.mark.parametrize(
    ("header", "path", "what"),
    [
        ("station_id,network_provider,operator_name", "operator_address", "the column is missing"),
        ("station_id,Network_Provider,operator_name", "Network_Provider", "the column is not known"),
        ("station_id,station_id,network_provider", "station_id", "the column is there 2 times"),
    ],
)
def test_one_wrong_column_has_every_row_refused(header: str, path: str, what: str) -> None:
    report = check(f"{header}\nUS-1,example_net,x\n".encode(), modules()[6])
    assert (1, path, what) in said(report)
    assert not report.valid
    assert [record.verdict.value for record in report.records] == ["refused"]


def test_a_mark_blank_rows_and_the_lines_that_explain_a_template_are_read_past() -> None:
    head, *rows = (DATA / "module2.csv").read_text().splitlines()
    types, needs = ",".join(["String(36)"] * 14), ",".join(["Required"] * 14)
    text = "\r\n".join([f"\ufeff{head}", types, needs, *rows, "," * 13, ""])
    report = check(text.encode(), modules()[2])
    assert report.valid
    assert [record.line for record in report.records] == [4, 5, 6]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b'"'])
def test_what_is_no_csv_or_has_no_row_is_said(data: bytes) -> None:
    assert not check(data, modules()[2]).valid


def test_what_the_government_takes_of_a_cell_is_taken_and_what_it_refuses_refused() -> None:
    told = 0
    for module in modules().values():
        for column in module.columns:
            for text in CELLS[column.type]:
                ours = not any(problem.severity is Severity.REFUSED for problem in defects(column, text))
                assert ours == federal.takes(column, text), (module.module, column.key, text)
                told += ours
    assert told > 100


def test_the_tables_have_the_limits_of_the_governments_definitions() -> None:
    """`limits.csv`: as read in US-JOET/ev-chart-open-source at 6664664, December 2025."""
    with (DATA / "limits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(int(row["module"]), row["column"]): row for row in rows}
    ours = {
        (module.module, one.key): one for module in modules().values() for one in module.columns if not one.switched
    }
    assert list(found) == list(ours)
    for key, row in found.items():
        column = ours[key]
        blank = Need.BLANK_WHEN_NOTHING if row["may_be_blank"] == "yes" else Need.REQUIRED
        assert column.need is (blank if row["required"] == "yes" else Need.OPTIONAL), key
        assert _TYPES[column.type] == row["type"], key
        assert str(column.most or "") in (row["longest"], "255"), key
        assert str(column.exactly or "") == row["exactly"], key
        assert str(column.digits or "") == row["digits"], key
        assert column.least == (float(row["least"]) if row["least"] and column.type == "decimal" else None), key


_TYPES = {"text": "string", "time": "datetime", "decimal": "decimal", "flag": "boolean", "integer": "integer"}
