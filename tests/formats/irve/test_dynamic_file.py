"""Dynamic files of others, as statuses."""

from __future__ import annotations

import pytest

from app.clock import parse_time
from app.errors import SourceAnswerError
from app.formats.irve.dynamic_file import DynamicFile, read_dynamic
from app.model.batch import Origin, StatusRecord
from tests.formats.irve.examples import DATA

FILE = (DATA / "dynamique.csv").read_bytes()


def read(data: bytes) -> DynamicFile:
    return read_dynamic(data, "dynamique.csv")


def statuses(found: DynamicFile) -> dict[str, StatusRecord]:
    read = [found.parse(row).record for row in found.rows]
    return {record.evse: record for record in read if record}


def test_a_row_is_a_status_with_its_time():
    found = read(FILE)
    assert found.whole
    assert statuses(found) == {
        "FRABCE211": StatusRecord("FRABCE211", "CHARGING", parse_time("2026-11-23T10:59:58Z"), Origin.BACKEND),
        "FRABCE212": StatusRecord("FRABCE212", "AVAILABLE", parse_time("2026-11-23T09:30:00Z"), Origin.BACKEND),
    }


@pytest.mark.parametrize(
    ("state", "occupation", "status"),
    [
        ("en_service", "libre", "AVAILABLE"),
        ("en_service", "occupe", "CHARGING"),
        ("en_service", "reserve", "RESERVED"),
        ("en_service", "inconnu", "UNKNOWN"),
        ("hors_service", "inconnu", "OUTOFORDER"),
        ("hors_service", "libre", "OUTOFORDER"),
        ("inconnu", "inconnu", "UNKNOWN"),
        ("inconnu", "libre", "UNKNOWN"),
        ("inconnu", "occupe", "CHARGING"),
        ("", "", "UNKNOWN"),
    ],
)
def test_state_and_occupation_are_a_status(state, occupation, status):
    data = FILE.replace(b"en_service,occupe", f"{state},{occupation}".encode())
    assert statuses(read(data))["FRABCE211"].status == status


def test_defects_name_line_and_column_and_the_rest_goes_through():
    found = read((DATA / "defects-dynamique.csv").read_bytes())
    told = [str(defect.problem("dynamique.csv")) for defect in found.defects]
    told += [str(problem) for row in found.rows for problem in found.parse(row).problems]
    assert told == (DATA / "defects-dynamique.csv.txt").read_text().splitlines()
    assert {evse: record.status for evse, record in statuses(found).items()} == {
        "FRABCE211": "CHARGING",
        "FR*ABC*E21*2": "CHARGING",
        "FRABCE213": "UNKNOWN",
        "FRABCE214": "OUTOFORDER",
        "FRABCE215": "CHARGING",
    }
    assert not found.whole


def test_a_time_without_an_offset_is_not_known():
    found = statuses(read(FILE.replace(b"2026-11-23T11:59:58+01:00", b"2026-11-23T11:59:58")))["FRABCE211"]
    assert (found.occurred_at, found.origin) == (None, Origin.OBSERVED)


def test_what_is_no_such_file_says_so():
    with pytest.raises(SourceAnswerError, match=r"dynamique\.csv:1: the header lacks id_pdc_itinerance"):
        read(b"evse;status\n")
