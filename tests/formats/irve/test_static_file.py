"""Static files of others: whatever wrote them, what is right goes through, and what is not is named by line and column."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import timedelta

import pytest

from app.clock import from_millis
from app.errors import SourceAnswerError
from app.formats.irve.static_file import StaticFile, read_static
from app.model.batch import LocationRecord
from tests.formats.irve.examples import AT, DATA, altered, document, location, rows
from tests.formats.irve.examples import context as given

NOW = from_millis(AT) + timedelta(days=1)
FILE = (DATA / "statique.csv").read_bytes()
HEADER, *ROWS = list(csv.reader(io.StringIO(FILE.decode())))


def read(data: bytes | str, **owner: str) -> StaticFile:
    return read_static(data.encode() if isinstance(data, str) else data, "statique.csv", NOW, **owner)


def records(found: StaticFile) -> list[LocationRecord]:
    return [record for raw in found.raws if (record := found.parse(raw).record)]


def written(lines: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(lines)
    return text.getvalue()


def test_a_station_is_a_location_with_all_that_its_rows_say():
    (record,) = records(read(FILE))
    body = record.body
    assert (record.country_code, record.party_id, record.id) == ("FR", "ABC", "FRABCP21")
    assert (body["address"], body["postal_code"], body["city"]) == ("1 cour de la Gare", "21000", "Dijon")
    assert body["operator"] == {
        "name": "Recharge Exemple SAS",
        "brand": 'Réseau "Exemple"',
        "email": "contact@operateur.example",
    }
    assert body["owner"]["registration_ids"] == [{"scheme": "SIREN", "id": "130025265"}]
    assert body["stations"][0]["external_ids"] == [{"scheme": "IRVE", "id": "FRABCP21"}]
    assert body["time_zone"] == "Europe/Paris"
    assert [point["evse_id"] for point in body["evses"]] == ["FRABCE211", "FRABCE212"]
    fast, plug = body["evses"][0]["connectors"][::-1]
    assert (fast["standard"], fast["power_type"], fast["max_electric_power"]) == ("IEC_62196_T2_COMBO", "DC", 150_000)
    assert plug["standard"], plug["format"] == ("IEC_62196_T2", "CABLE")


def test_nothing_is_invented_for_direct_current_or_a_plug_that_gives_less_than_its_point():
    fast, plug = records(read(FILE))[0].body["evses"][0]["connectors"][::-1]
    assert (fast["max_voltage"], fast["max_amperage"]) == (0, 0)
    assert "max_electric_power" not in plug, "the row says what its point gives at most, not what this plug gives"


@pytest.mark.parametrize(
    ("kilowatts", "phases", "ampere"), [("3.7", 1, 16), ("7.4", 1, 32), ("11", 3, 16), ("22", 3, 32)]
)
def test_alternating_current_is_that_of_the_public_grid(kilowatts, phases, ampere):
    row = rows("statique", location())[0] | {"prise_type_combo_ccs": "false", "puissance_nominale": kilowatts}
    (connector,) = records(read(altered(row)))[0].body["evses"][0]["connectors"]
    assert connector["power_type"] == f"AC_{phases}_PHASE"
    assert (connector["max_voltage"], connector["max_amperage"]) == (230, ampere)
    assert connector["max_electric_power"] == round(float(kilowatts) * 1000)


WRITINGS = {
    "byte order mark": b"\xef\xbb\xbf" + FILE,
    "UTF-16": FILE.decode().encode("utf-16"),
    "Windows-1252, semicolons": written([HEADER, *ROWS], ";").encode("cp1252"),
    "tabs": written([HEADER, *ROWS], "\t"),
    "header in capitals, blanks around it": written([[f" {name.upper()} " for name in HEADER], *ROWS]),
    "another order and a column more": written([[*reversed(line), "x"] for line in (HEADER, *ROWS)]),
    "blank lines, bare line feeds": b"\n" + FILE.replace(b"\r\n", b"\n\n,,,\n"),
    "carriage returns": FILE.replace(b"\r\n", b"\r"),
    "no line end": FILE.rstrip(),
    "booleans in French": FILE.replace(b"true", b"OUI").replace(b"false", b"non"),
}


@pytest.mark.parametrize("data", WRITINGS.values(), ids=WRITINGS)
def test_whatever_wrote_it_it_says_the_same(data):
    found = read(data)
    assert [record.body for record in records(found)] == [record.body for record in records(read(FILE))]
    assert found.nameless == 0


def test_optional_columns_may_be_missing():
    optional = {"observations", "num_pdl", "cable_t2_attache"}
    kept = [at for at, name in enumerate(HEADER) if name not in optional]
    found = read(written([[line[at] for at in kept] for line in (HEADER, *ROWS)]))
    assert len(records(found)[0].body["evses"]) == 2
    assert {defect.column for defect in found.defects if "column is missing" in defect.what} == optional


def test_defects_name_line_and_column_and_the_rest_goes_through():
    found = read((DATA / "defects-statique.csv").read_bytes())
    told = [str(defect.problem("statique.csv")) for defect in found.defects]
    told += [str(problem) for raw in found.raws for problem in found.parse(raw).problems]
    assert "\n".join([*told, ""]) == (DATA / "defects-statique.csv.txt").read_text()
    points = {record.id: [evse["evse_id"] for evse in record.body["evses"]] for record in records(found)}
    assert points == {
        "FRABCP21": ["FRABCE211", "FRABCE212"],
        "FRABCP25": ["FRABCE215"],
        "FRABCP28": ["FRABCE218"],
    }
    assert found.nameless > 0, "some lines do not say what they are of, so nothing counts as missing"


def test_repaired_values_are_taken():
    body = records(read((DATA / "defects-statique.csv").read_bytes()))[0].body
    assert body["coordinates"] == {"latitude": "47.323400", "longitude": "5.027300"}
    assert body["access_condition"] == "FREE"
    assert body["evses"][0]["connectors"][-1]["max_electric_power"] == 150_500


def test_swapped_coordinates_are_put_right():
    row = rows("statique", location())[0]
    (record,) = records(read(altered(row, coordonneesXY="[47.3234,5.0273]")))
    assert record.body["coordinates"] == {"latitude": "47.323400", "longitude": "5.027300"}


def test_points_without_a_registered_id_belong_to_the_operator_of_the_settings():
    row = rows("statique", location())[0]
    text = altered(row, id_pdc_itinerance="Non concerné", id_station_itinerance="Non concerné")
    assert records(read(text)) == []
    (record,) = records(read(text, country_code="FR", party_id="XYZ"))
    assert (record.party_id, record.id, record.body["evses"][0]["uid"]) == ("XYZ", "GARE-1-A", "P1")
    assert "evse_id" not in record.body["evses"][0]


def test_a_file_holds_several_operators():
    row = rows("statique", location())[0]
    other = altered(row, id_pdc_itinerance="FRXYZE1", id_station_itinerance="FRXYZP1", id_pdc_local="")
    found = read(altered(row) + other.split("\r\n", 1)[1])
    assert [(record.party_id, record.id) for record in records(found)] == [("ABC", "FRABCP21"), ("XYZ", "FRXYZP1")]
    assert len({raw.key for raw in found.raws}) == 2


def test_local_ids_that_tell_no_points_apart_are_not_used():
    row = rows("statique", location())[0]
    second = altered(row, id_pdc_itinerance="FRABCE219").split("\r\n", 1)[1]
    (record,) = records(read(altered(row) + second))
    assert [point["uid"] for point in record.body["evses"]] == ["FRABCE211", "FRABCE219"]


ABSURD = [
    ("nbre_pdc", "1e999999"),
    ("puissance_nominale", "1e400"),
    ("puissance_nominale", "NaN"),
    ("coordonneesXY", "[" * 100_000),
    ("contact_operateur", "a" * 100_000),
    ("adresse_station", " ".join("1" * 60_000)),
    ("horaires", "Mo," * 40_000),
    ("date_maj", "9" * 5000),
    ("observations", "é" * 1001),
]


@pytest.mark.parametrize(("column", "text"), ABSURD, ids=[f"{column}-{text[:8]}" for column, text in ABSURD])
def test_an_absurd_cell_is_left_out_at_once_and_told(column, text):
    found = read(altered(rows("statique", location())[0], **{column: text}))
    (defect,) = (defect for defect in found.defects if defect.column == column and "left out" in defect.what)
    assert len(defect.shown) <= 80


@pytest.mark.parametrize("data", [b"", b"<html>", b"a,b\n1,2\n", b"\x00\xff\xfe", b'{"data": []}'])
def test_what_is_no_such_file_says_so(data):
    with pytest.raises(SourceAnswerError, match=r"statique\.csv:\d: the header lacks id_pdc_itinerance"):
        read(data)


ROUNDED = {
    "coordonneesXY": lambda text: "[{:.6f},{:.6f}]".format(*json.loads(text)),
    "puissance_nominale": lambda text: text.removesuffix(".0"),
}


def test_real_rows_come_back_but_for_what_is_listed(shared_data):
    data = (shared_data / "irve" / "real" / "irve-statique-sample.csv").read_bytes()
    source = {row["id_pdc_itinerance"]: row for row in csv.DictReader(io.StringIO(data.decode()))}
    found = read(data)
    days = {record.id: source[record.body["evses"][0]["evse_id"]]["date_maj"] for record in records(found)}
    bodies = [record.body | {"last_updated": f"{days[record.id]}T12:00:00Z"} for record in records(found)]
    back = csv.DictReader(io.StringIO(document("statique", bodies, given(NONE={})).decode()))
    result = {row["id_pdc_itinerance"]: row for row in back}
    assert result.keys() == source.keys()
    changed = Counter()
    for id_, row in source.items():
        for name, text in row.items():
            if result[id_][name] != ROUNDED.get(name, str)(text):
                changed[name] += 1
                assert (name, text, result[id_][name]) in EXPECTED_LOSSES(row, result[id_]), (id_, name)
    assert set(changed) == {"cable_t2_attache", "nbre_pdc", "id_station_local", "id_pdc_local"}


def EXPECTED_LOSSES(row: dict[str, str], result: dict[str, str]) -> set[tuple[str, str, str]]:
    """A cable without a Type 2 plug is not kept, a Type 2 plug whose cable is not said is a socket (both noted); points are
    counted; a local id that is the registered one is not said twice."""
    return {
        ("cable_t2_attache", "false" if row["prise_type_2"] == "false" else "", result["cable_t2_attache"]),
        ("nbre_pdc", row["nbre_pdc"], result["nbre_pdc"]),
        ("id_station_local", row["id_station_itinerance"], ""),
        ("id_pdc_local", row["id_pdc_itinerance"], ""),
    }
