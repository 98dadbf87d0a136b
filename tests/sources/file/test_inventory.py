"""An inventory table: its columns, its defects by line and column, its many shapes."""

import csv

import openpyxl
import pytest

from app.errors import SourceAnswerError
from app.formats.ocpi.parse import read_location
from app.model.batch import Kind
from app.model.opening_hours import written_hours
from app.sources.file.columns import COLUMNS, Level
from tests.sources.conftest import DATA
from tests.sources.pulled import pull

FILES = DATA / "file"


def bodies(pulled):
    return {raw.body["id"]: pulled.batches[0].parse(raw).record.body for raw in pulled.records}


def problems(pulled):
    return pulled.problems + [str(p) for raw in pulled.records for p in pulled.batches[0].parse(raw).problems]


def test_a_line_is_a_connector_and_the_first_line_speaks_for_its_location(files):
    pulled = pull(files(inventory=FILES / "inventory.csv"))
    assert pulled.last.complete
    assert problems(pulled) == []
    found = bodies(pulled)
    assert found["RATHAUS"]["postal_code"] == "01067"
    assert found["RATHAUS"]["facilities"] == ["WIFI", "CAFE"]
    assert found["RATHAUS"]["opening_times"] == {"twentyfourseven": True}
    one, two = found["RATHAUS"]["evses"]
    assert one["connectors"][0]["max_electric_power"] == 22000
    assert [connector["id"] for connector in two["connectors"]] == ["1", "2"]
    assert [connector["standard"] for connector in two["connectors"]] == ["IEC_62196_T2_COMBO", "CHADEMO"]
    assert two["connectors"][1]["max_electric_power"] == 62500
    assert found["HAFEN"]["country"] == "DEU"
    assert found["HAFEN"]["time_zone"] == "Europe/Berlin"
    assert len(found["HAFEN"]["opening_times"]["regular_hours"]) == 7


def test_nothing_is_invented_for_an_empty_cell(files):
    connector = bodies(pull(files(inventory=FILES / "inventory.csv")))["HAFEN"]["evses"][0]["connectors"][0]
    assert set(connector) == {"id", "standard", "format", "power_type", "max_voltage", "max_amperage"}


def test_defects_name_line_and_column_and_the_rest_goes_through(files):
    pulled = pull(files(inventory=FILES / "inventory-defects.csv"))
    assert not pulled.last.complete, "two lines do not say what they are of, so nothing counts as missing"
    parsed = [pulled.batches[0].parse(raw) for raw in pulled.records]
    own = [f"{problem.where}: {problem.what}" for problem in pulled.last.problems]
    readers = [f"{problem.where}: {problem.path}" for read in parsed for problem in read.problems]
    assert own + readers == (FILES / "inventory-defects.txt").read_text().splitlines()
    assert [evse["uid"] for evse in bodies_of_sound(pulled)["A"]["evses"]] == ["DE*TST*E2"]


def bodies_of_sound(pulled):
    read = [pulled.batches[0].parse(raw).record for raw in pulled.records]
    return {record.id: record.body for record in read if record}


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_every_usual_csv_is_read(files, tmp_path, delimiter, encoding):
    source = tmp_path / "inventory.csv"
    with (FILES / "inventory.csv").open(newline="") as given, source.open("w", newline="", encoding=encoding) as made:
        csv.writer(made, delimiter=delimiter).writerows(csv.reader(given, delimiter=";"))
    assert bodies(pull(files(inventory=source))) == bodies(pull(files(inventory=FILES / "inventory.csv")))


def test_xlsx_says_the_same_as_csv(files, tmp_path):
    book = openpyxl.Workbook()
    with (FILES / "inventory.csv").open(newline="") as given:
        for row in csv.reader(given, delimiter=";"):
            typed = [float(cell) if cell.replace(".", "", 1).isdigit() and cell != "01067" else cell for cell in row]
            book.active.append(typed)
    book.save(tmp_path / "inventory.xlsx")
    assert bodies(pull(files(inventory=tmp_path / "inventory.xlsx"))) == bodies(
        pull(files(inventory=FILES / "inventory.csv"))
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"location_id;city\nA;Ort\n", r"inventory\.csv:1: the header lacks address, country, latitude, "),
        (
            "location_id;city\nA;K\xf6ln\n".encode("latin-1"),
            r"inventory\.csv:2: not UTF-8 \(byte 0xf6\)\. Save it as `CSV UTF-8`",
        ),
        (b"", r"inventory\.csv:1: no header"),
        (b'location_id;city\n"A;Ort\n', r"inventory\.csv:.*: (no CSV|the header lacks)"),
        (b"PK\x03\x04nonsense", r"inventory\.csv: no XLSX workbook"),
    ],
)
def test_what_is_no_table_says_so(files, tmp_path, content, says):
    (tmp_path / "inventory.csv").write_bytes(content)
    with pytest.raises(SourceAnswerError, match=rf"source files, .*{says}"):
        pull(files(inventory=tmp_path / "inventory.csv"))


def test_a_table_that_breaks_off_is_not_read(files, tmp_path):
    text = (FILES / "inventory.csv").read_bytes()
    (tmp_path / "inventory.csv").write_bytes(text[:-20])
    with pytest.raises(SourceAnswerError, match=r"inventory\.csv:6: the last line breaks off after \d+ of 22 columns"):
        pull(files(inventory=tmp_path / "inventory.csv"))


def test_every_column_is_a_field_of_ocpi():
    """Each column's path names a field, so that nobody documents what the reader drops."""
    from app.model.connector import Connector
    from app.model.evse import EVSE
    from app.model.location import Location

    models = {Level.LOCATION: Location, Level.EVSE: EVSE, Level.CONNECTOR: Connector}
    for column in COLUMNS:
        assert column.path.split(".")[0] in models[column.level].model_fields, column.name
        assert column.meaning


@pytest.mark.parametrize(
    ("text", "days"),
    [("Mo 08:00-12:00", [1]), ("Sa-Mo 8:00-12:00", [6, 7, 1]), ("Mo,We-Fr 08:00-12:00", [1, 3, 4, 5])],
)
def test_opening_times(text, days):
    assert [period["weekday"] for period in written_hours(text)["regular_hours"]] == days


@pytest.mark.parametrize("text", ["always", "Mo-Xx 08:00-12:00", "08:00-12:00", ";"])
def test_opening_times_that_mean_nothing_are_reported_by_the_reader(text):
    assert written_hours(text) == text
    read = read_location({"opening_times": text}, "2.3.0", country_code="DE", party_id="TST")
    assert any(problem.path == "opening_times" for problem in read.problems)


def test_the_owner_may_stand_in_the_table(files, tmp_path):
    lines = (FILES / "inventory.csv").read_text().splitlines()
    lines = [f"{line};{'country_code;party_id' if number == 0 else 'AT;OTH'}" for number, line in enumerate(lines)]
    (tmp_path / "inventory.csv").write_text("\n".join(lines) + "\n")
    pulled = pull(files(inventory=tmp_path / "inventory.csv", country_code=None, party_id=None))
    assert [raw.key for raw in pulled.records] == ["at*oth/rathaus", "at*oth/hafen"]


def test_without_an_owner_each_line_says_so(files):
    pulled = pull(files(inventory=FILES / "inventory.csv", country_code=None, party_id=None))
    assert pulled.records == []
    assert pulled.problems[0] == (
        "inventory.csv:2 column party_id: names no owner; fill country_code and party_id, or set them for the source"
    )


def test_locations_are_what_a_table_is_for(files):
    assert files(inventory=FILES / "inventory.csv").kinds == {Kind.LOCATIONS}
