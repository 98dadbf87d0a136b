"""`evse_ids`: what a backend calls its EVSEs, whichever source it is, inline or in a table."""

from pathlib import Path

import pytest

from app.errors import ConfigError
from app.model.batch import Kind
from app.sources.naming import read_evse_ids
from tests.sources.conftest import DATA
from tests.sources.pulled import pull, statuses_of

NAMING = DATA / "naming"


@pytest.mark.parametrize(
    "evse_ids", [NAMING / "ids.csv", {"CP1/1": "DE*TST*E0001", "1001": "DE*TST*E0003"}], ids=["table", "inline"]
)
def test_statuses_go_by_the_evse_id_of_the_name(files, evse_ids):
    pulled = pull(files(statuses=NAMING / "status.csv", evse_ids=evse_ids), Kind.STATUSES)
    found = {evse: record.status for evse, record in statuses_of(pulled).items()}
    assert found == {"DE*TST*E0001": "AVAILABLE", "DE*TST*E0003": "UNKNOWN", "DE*TST*E0004": "CHARGING"}
    [problem] = pulled.last.parse(pulled.records[1]).problems
    assert (problem.where, problem.record) == ("status.csv:3 column status", "1001")


def test_locations_get_the_evse_ids_that_they_lack(files):
    source = files(inventory=DATA / "file" / "inventory.csv", evse_ids={"DE*TST*E0001": "DE*TST*E7"})
    pulled = pull(source)
    [first, *_] = [record for raw in pulled.records if (record := pulled.batches[0].parse(raw).record)]
    assert first.body["evses"][0]["evse_id"] == "DE*TST*E7"
    plain = pull(files(inventory=DATA / "file" / "inventory.csv"))
    assert pulled.batches[0].rules != plain.batches[0].rules


@pytest.mark.parametrize(
    ("table", "says", "notes"),
    [
        (
            "defects.csv",
            r"defects\.csv:3: CP1/1 comes twice: DE\*TST\*E0001 and DE\*TST\*E0009\. Correct the line",
            ["defects.csv:4: `charger` and `evse_id` (up to 48 characters) are needed. Correct the line"],
        ),
        ("header.csv", r"header\.csv:1: the header lacks connector, evse_id\. Write charger;connector;evse_id", []),
        ("absent.csv", r"absent\.csv: cannot be read: No such file", []),
    ],
)
def test_defects_of_a_table_name_file_and_line(table, says, notes):
    with pytest.raises(ConfigError, match=says) as refused:
        read_evse_ids(NAMING / table)
    assert [note.removeprefix(f"{NAMING}/") for note in getattr(refused.value, "__notes__", [])] == notes


def test_a_table_that_changes_is_read_again(tmp_path: Path):
    table = tmp_path / "ids.csv"
    table.write_text("charger,connector,evse_id\nCP1,1,DE*ABC*E1\n")
    assert read_evse_ids(table) == {"CP1/1": "DE*ABC*E1"}
    table.write_text("charger,connector,evse_id\nCP1,1,DE*ABC*E1\nCP1,2,DE*ABC*E2\n")
    assert read_evse_ids(table) == {"CP1/1": "DE*ABC*E1", "CP1/2": "DE*ABC*E2"}
