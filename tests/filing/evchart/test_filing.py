"""A filing: its files are sound by the federal rules, whatever it is made of; what was left out is named."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from app.errors import ChargefeedError
from app.filing.evchart.facts import read_facts, write_template
from app.filing.evchart.filing import Filed, Material, filed
from app.filing.evchart.period import Period
from app.filing.evchart.sessions import Words
from app.formats.evchart.check import check
from app.model.problem import Severity
from tests.filing.evchart.material import HOUR, HandMade, outage, places, port, sessions, stations

Q3, YEAR = Period(2026, 3), Period(2026, None)
WORDS = Words("none", {}, "unknown")


def material() -> Material:
    broken = (outage(port("US-1", "P1"), "2026-07-01T10:00:00Z", HOUR),)
    return Material(lambda since, until: sessions(), lambda name: True, HandMade(broken=broken), None, WORDS)


def sound(one: Filed) -> bool:
    return all(check(file.body, one.module).valid for file in one.files)


def test_files_are_sound_and_a_row_that_would_be_refused_is_left_out_and_named() -> None:
    one = filed(2, Q3, places(), material())
    assert sound(one)
    assert (one.rows, one.stations) == (7, 2)
    (refused,) = [problem for problem in one.problems if problem.severity is Severity.REFUSED]
    assert (refused.path, refused.what) == ("session_id", "is longer than 36 characters")
    assert refused.record == "US-1/P1/an id of more than 36 characters in all"


def test_uptime_and_outages_are_sound() -> None:
    three, four = (filed(number, Q3, places(), material()) for number in (3, 4))
    assert sound(three)
    assert sound(four)
    assert (three.rows, four.rows) == (7, 3)
    assert b"excluded" not in four.files[0].body
    newer = filed(4, Q3, places(), material(), switched=True)
    assert b"excluded_outage_reason" in newer.files[0].body
    assert not newer.problems, "what was asked for is no problem"


def test_what_there_is_nothing_to_make_of_is_missing() -> None:
    missing = {number: filed(number, Q3, places(), Material()).missing for number in (2, 3, 5)}
    assert missing[2].startswith("no sessions are kept: add `private`")
    assert missing[3] == "there are no figures of uptime"
    assert missing[5].startswith("nobody has said it: fill what --template")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "facts.xlsx"
    assert write_template(stations(), 2026, path) == 2
    return path


def fill(path: Path, sheet: str, row: int, **cells: object) -> None:
    book = openpyxl.load_workbook(path)
    columns = {cell.value: cell.column for cell in book[sheet][1]}
    for name, value in cells.items():
        book[sheet].cell(row, columns[name], value)
    book.save(path)


def test_the_template_names_stations_and_what_may_stand_where(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    assert book.sheetnames == [*(f"Module {number}" for number in range(5, 10)), "what may stand where"]
    first = [cell.value for cell in book["Module 6"][2]]
    assert first[:3] == ["US-1", "example_net", "Example Charging"]
    explained = {row[1]: row[4] for row in book["what may stand where"].iter_rows(min_row=3, values_only=True)}
    assert explained["operator_zip"] == "text, exactly 5 characters"
    assert explained["caas"] == "TRUE or FALSE"


def test_an_empty_template_is_no_file(template: Path) -> None:
    facts = read_facts(template.read_bytes(), "facts.xlsx")
    one = filed(5, YEAR, places(), Material(facts=facts))
    assert (one.files, one.problems) == ((), ())


def test_what_was_filled_is_filed_and_what_is_wrong_is_named_by_sheet_row_and_column(template: Path) -> None:
    fill(template, "Module 5", 2, caas=True, maintenance_cost_total=1200.5, maintenance_cost_federal=0)
    fill(template, "Module 5", 3, maintenance_cost_total="a lot", maintenance_cost_federal=0)
    fill(template, "Module 9", 3, project_id="A-1", real_property_acq_date="2026-01-31")
    facts = read_facts(template.read_bytes(), "facts.xlsx")
    five, nine = (filed(number, YEAR, places(), Material(facts=facts)) for number in (5, 9))
    assert sound(five)
    assert b"US-1,example_net,,2026-01-01T00:00:00Z,2026-12-31T23:59:59Z,TRUE,1200.5,0,\n" in five.files[0].body
    (problem,) = five.problems
    assert (problem.where, problem.path) == ("facts.xlsx, sheet Module 5, row 3", "maintenance_cost_total")
    assert nine.files == ()
    assert {problem.where for problem in nine.problems} == {"facts.xlsx, sheet Module 9, row 3"}
    assert {problem.path for problem in nine.problems} >= {"real_property_cost_federal", "service_cost_federal"}
    assert "real_property_acq_date" not in {problem.path for problem in nine.problems}


def test_a_column_or_a_station_that_is_not_known_is_named(template: Path) -> None:
    fill(template, "Module 8", 2, station_id="US-9", der_onsite=False, der_type="solar", der_kw=0, der_kwh=0)
    book = openpyxl.load_workbook(template)
    book["Module 8"]["I1"] = "colour"
    book.save(template)
    one = filed(8, YEAR, places(), Material(facts=read_facts(template.read_bytes(), "facts.xlsx")))
    assert [(problem.path, problem.where) for problem in one.problems] == [
        ("colour", "facts.xlsx, sheet Module 8, row 1")
    ]
    assert [doubt.examples for doubt in one.doubts] == [["facts.xlsx, sheet Module 8, row 2"]]


@pytest.mark.parametrize("content", [b"a,b\n", b"PK\x03\x04nonsense"])
def test_what_is_no_such_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(ChargefeedError, match=r"facts\.xlsx: no "):
        read_facts(content, "facts.xlsx")
