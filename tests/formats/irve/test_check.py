"""What is said of a file as a whole, and which of the two it is taken for."""

from __future__ import annotations

import pytest

from app.formats.irve.check import check, detect
from app.formats.irve.france import is_in_france, is_swapped
from app.formats.report import Verdict
from app.formats.validate import validate
from app.model.problem import Severity
from tests.formats.irve.examples import DATA

STATIC, DYNAMIC = ((DATA / f"{name}.csv").read_bytes() for name in ("statique", "dynamique"))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (STATIC, "irve-statique"),
        (DYNAMIC, "irve-dynamique"),
        (DYNAMIC.upper(), "irve-dynamique"),
        (STATIC.decode().encode("utf-16"), "irve-statique"),
        (b'[{"id_pdc_itinerance": "FRABCE1"}]', None),
        (b"evse_id,status\n", None),
    ],
)
def test_a_file_is_told_by_its_header(data, name):
    assert detect(data) == name
    if name:
        assert validate(data).format == name


def whole(data: bytes, name: str = "irve-statique") -> dict[str, Severity]:
    return {finding.problem.what: finding.problem.severity for finding in check(data, name, None).findings}


def test_what_a_portal_takes_is_a_note_and_what_it_refuses_is_not():
    assert whole(STATIC) == {}
    assert whole(STATIC.decode().encode("cp1252")) == {"not UTF-8, read as Windows-1252": Severity.REFUSED}
    semicolons = DYNAMIC.replace(b",", b";")
    assert whole(semicolons, "irve-dynamique") == {"the delimiter is ';'": Severity.NOTE}
    assert whole(STATIC.replace(b"nom_enseigne", b"enseigne")) == {
        "no column of the schema: left out": Severity.NOTE,
        "the column is missing": Severity.REFUSED,
    }
    assert whole(STATIC.replace(b"nom_station", b"NOM_STATION")) == {"written otherwise": Severity.REFUSED}
    twice = {"the column occurs twice: the first counts": Severity.REFUSED, "the column is missing": Severity.NOTE}
    assert whole(STATIC.replace(b"observations", b"tarification")) == twice


def test_what_is_no_such_file_is_one_finding():
    report = check(b"<html>", "irve-statique", None)
    assert (report.format, report.valid, report.records) == ("", False, ())
    (finding,) = report.findings
    assert "id_pdc_itinerance" in finding.problem.what


def test_a_row_that_cannot_be_taken_apart_is_a_finding_of_the_file_and_the_others_are_records():
    report = check(STATIC + b'"never closed,1,2\r\n' + STATIC.splitlines(keepends=True)[1], "irve-statique", None)
    assert [finding.line for finding in report.findings] == [4]
    assert [record.verdict for record in report.records] == [Verdict.TAKEN, Verdict.TAKEN, Verdict.REFUSED]


@pytest.mark.parametrize(
    "place",
    [(2.35, 48.86), (-61.55, 16.25), (-61.0, 14.6), (-52.3, 4.9), (55.5, -21.1), (45.2, -12.8), (-63.08, 18.07)],
)
def test_france_is_on_both_sides_of_the_ocean(place):
    longitude, latitude = place
    assert is_in_france(longitude, latitude)
    assert is_swapped(latitude, longitude)


def test_what_is_nowhere_near_is_not_swapped():
    assert not is_in_france(13.4, 52.5)
    assert not is_swapped(13.4, 52.5)
