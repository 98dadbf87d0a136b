"""The report as a table: every rule of every operator, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import openpyxl

from app.clock import parse_time
from app.compliance.catalogue import catalogue
from app.compliance.heading import Heading
from app.compliance.judging import RuleBook, judged
from app.compliance.quality import Dimension, Figure
from app.compliance.records import Gaps
from app.compliance.sheets import RULES, write_csv, write_workbook
from app.compliance.tally import Tally
from app.compliance.trend import Trend, line
from app.registry.evaluation.record import Counts
from app.tariffs.adhoc import PriceBook
from tests.compliance.sites import AT, location, site

DAYS = [parse_time(f"2026-11-{day}T00:00:00Z") for day in (22, 23)]
TREND = Trend(
    {DAYS[0]: {"afir-a1": Counts(1, 1)}, DAYS[1]: {"afir-a1": Counts(2, 0), "afir-a2": Counts(1, 0, 1)}},
    [Figure(DAYS[1], Dimension.TIMELINESS, None), Figure(DAYS[1], Dimension.RELIABILITY, 0.98765)],
)
HEADING = Heading("afir", catalogue().regime("afir"), "Stadtwerke", AT, "", TREND)


def tallied() -> tuple[Tally, Gaps]:
    body = location({"name": '=HYPERLINK("https://example.com")', "help_phone": None, "region_nuts1": "FR1"})
    found = judged(site(body).sourced, RuleBook([], ["afir"]), AT, PriceBook())
    assert found is not None
    tally, gaps = Tally(), Gaps()
    for sink in (tally, gaps):
        sink.add(found)
    return tally, gaps


def test_csv_has_every_rule_with_its_remedy_and_examples() -> None:
    file = io.BytesIO()
    write_csv(file, tallied()[0], HEADING)
    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode())))
    assert tuple(rows[0]) == RULES
    assert len(rows) == 37
    phone = next(row for row in rows if row["rule"] == "afir-a5")
    assert (phone["missing"], phone["share"]) == ("1", "0.0")
    assert phone["examples"] == "DE*ABC/L1 (stations[S1]): missing"
    assert phone["remedy"] == "fill `help_phone` in the overlay, by party"


def test_a_workbook_has_findings_trend_and_quality_and_no_formula() -> None:
    file = io.BytesIO()
    write_workbook(file, *tallied(), HEADING)
    book = openpyxl.load_workbook(file)
    assert [row[0].value for row in book["trend"].iter_rows(min_row=2)] == ["2026-11-22", "2026-11-23"]
    assert [row[5].value for row in book["trend"].iter_rows(min_row=2)] == [0.5, 0.75]
    assert [tuple(cell.value for cell in row)[1:] for row in book["quality"].iter_rows(min_row=2)] == [
        ("timeliness", None),
        ("reliability", 0.9877),
    ]
    found = list(book["findings"].iter_rows(min_row=2))
    assert [row[3].value for row in found] == ["afir-a5", "afir-a10"]
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}


def test_a_line_needs_two_points_and_leaves_out_days_without_a_share() -> None:
    assert line([0.5]) == line([None, 0.5]) == ""
    assert line([0.0, None, 1.0], 100, 20) == "0.0,20.0 100.0,0.0"
    assert TREND.of("afir-a2") == [None, 0.5]
