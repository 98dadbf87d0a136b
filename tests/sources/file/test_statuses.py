"""A status file: plain rows fast, defects by line."""

import pytest

from app.clock import parse_time
from app.errors import SourceAnswerError
from app.model.batch import Kind, Origin
from tests.sources.conftest import DATA
from tests.sources.pulled import pull

FILES = DATA / "file"


def statuses(pulled):
    read = [pulled.batches[0].parse(row).record for row in pulled.records]
    return {record.evse: record.status for record in read}


@pytest.mark.parametrize("name", ["status.csv", "status.json"])
def test_rows_are_plain_tuples_and_are_read_one_by_one(files, name):
    pulled = pull(files(statuses=FILES / name), Kind.STATUSES)
    assert {type(row) for row in pulled.records} == {tuple}
    assert pulled.last.complete
    assert statuses(pulled) == {"DE*TST*E0001": "AVAILABLE", "DE*TST*E0002": "CHARGING", "DE*TST*E0003": "OUTOFORDER"}
    record = pulled.last.parse(pulled.records[0]).record
    assert (record.occurred_at, record.origin) == (parse_time("2026-11-02T10:00:00Z"), Origin.BACKEND)


def test_rows_without_a_time_were_first_seen_here(files, tmp_path):
    (tmp_path / "status.json").write_text('[{"evse_id": "DE*TST*E1", "status": "BLOCKED"}]')
    pulled = pull(files(statuses=tmp_path / "status.json"), Kind.STATUSES)
    record = pulled.last.parse(pulled.records[0]).record
    assert (record.status, record.occurred_at, record.origin) == ("BLOCKED", None, Origin.OBSERVED)


@pytest.mark.parametrize("name", ["status-defects.csv", "status-defects.json"])
def test_defects_name_their_place_and_the_rest_goes_through(files, name):
    pulled = pull(files(statuses=FILES / name), Kind.STATUSES)
    assert not pulled.last.complete
    found = pulled.problems + [str(p) for row in pulled.records for p in pulled.last.parse(row).problems]
    assert found == (FILES / f"{name}.txt").read_text().splitlines()
    assert statuses(pulled)["DE*TST*E0001"] == "AVAILABLE"


def test_words_of_the_backend(files):
    source = files(statuses=FILES / "status-defects.csv", status_map={"WORKING": "AVAILABLE"})
    assert statuses(pull(source, Kind.STATUSES))["DE*TST*E0002"] == "AVAILABLE"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("evse;status\n", r"status\.txt:1: the header lacks evse_id\. Write evse_id;status;occurred_at"),
        ("", r"status\.txt:1: the header lacks evse_id, status"),
        (
            '[{"evse_id": "A", "status": "AVAIL',
            r"status\.txt: not JSON: .*Write it beside|status\.txt: not JSON: .*half-written",
        ),
        ("evse_id;status;occurred_at\nA;AVAILABLE;2026\nB;CHAR", r"status\.txt:3: the last line breaks off"),
    ],
)
def test_what_is_no_status_file_says_so(files, tmp_path, content, says):
    (tmp_path / "status.txt").write_text(content)
    with pytest.raises(SourceAnswerError, match=says):
        pull(files(statuses=tmp_path / "status.txt"), Kind.STATUSES)
