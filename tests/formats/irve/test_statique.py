"""The static file: each column, what is left out and why, what cannot be said."""

from __future__ import annotations

import csv
import io
import json

import pytest

from app.formats.irve.columns import STATIC
from tests.formats.irve.examples import DATA, context, document, location, rendered, rows, tariff
from tests.objects import GONE, changed


def first(body, given=None):
    return rows("statique", body, given)[0]


def test_a_complete_location_is_a_row_per_point_in_service():
    assert document("statique", [location()]) == (DATA / "statique.csv").read_bytes()


def test_the_header_is_the_official_one(shared_data):
    official = json.loads((shared_data / "irve" / "statique" / "schema-statique.json").read_text())["fields"]
    assert list(STATIC.names) == [field["name"] for field in official]
    for field, column in zip(official, STATIC.columns, strict=True):
        constraints = field["constraints"]
        assert column.required == constraints["required"], column.name
        assert list(column.values) == constraints.get("enum", []), column.name
        assert column.pattern == constraints.get("pattern", ""), column.name


UNKNOWN = [
    ("operator.email", GONE, "contact_operateur", "operator.email"),
    ("operator", GONE, "nom_enseigne", "operator.brand"),
    ("stations", GONE, "id_station_itinerance", "stations[].external_ids"),
    ("stations[0].external_ids", GONE, "id_station_itinerance", "stations[].external_ids"),
    ("coordinates", {"latitude": "5.027300", "longitude": "47.323400"}, "coordonneesXY", "coordinates"),
    ("access_condition", GONE, "condition_acces", "access_condition"),
    ("opening_times", GONE, "horaires", "opening_times"),
    ("two_wheels_only", GONE, "station_deux_roues", "two_wheels_only"),
    ("last_updated", GONE, "date_maj", "last_updated"),
]


@pytest.mark.parametrize(("path", "value", "column", "fills"), UNKNOWN)
def test_a_row_without_a_required_value_is_left_out_and_the_loss_names_what_fills_it(path, value, column, fills):
    body = changed(location(), path, value)
    if path == "coordinates":
        del body["stations"][0]["coordinates"]
    found = rendered("statique", body)
    assert found.body is None
    (loss,) = (loss for loss in found.losses if column in loss.reason)
    assert loss.path == fills
    assert "row left out" in loss.reason
    assert f"`{fills}` in the overlay" in loss.reason


ONE_POINT = [
    ("evses[0].evse_id", "charger 1", "id_pdc_itinerance"),
    ("evses[0].evse_id", "+33*810*000*438", "id_pdc_itinerance"),
    ("evses[0].evse_id", GONE, "id_pdc_itinerance"),
    ("parking_places[0]", {"id": "B1", "vehicle_types": ["VAN"], "restricted_to_type": False}, "restriction_gabarit"),
    ("evses[1].irve.adhoc_payment", GONE, "paiement_acte"),
]


@pytest.mark.parametrize(("path", "value", "column"), ONE_POINT)
def test_one_point_that_cannot_be_said_does_not_take_the_others_along(path, value, column):
    body = changed(location(), path, value)
    if column == "paiement_acte":
        for name in ("card_payment", "other_payment"):
            del body["evses"][1]["irve"][name]
    (row,) = rows("statique", body)
    assert row["nbre_pdc"] == "2", "the station has as many points as before"
    assert any(column in loss.reason for loss in rendered("statique", body).losses)


def test_an_optional_value_that_the_schema_refuses_is_left_empty_and_told():
    body = changed(location(), "municipality_code", "20004")
    assert first(body)["code_insee_commune"] == ""
    (loss,) = (loss for loss in rendered("statique", body).losses if loss.path == "municipality_code")
    assert (loss.value, "left empty" in loss.reason) == ("20004", True)


SAID = [
    ("siting", GONE, "implantation_station", "Parking public"),
    ("parking_type", "ON_STREET", "implantation_station", "Parking public"),
    ("operator.brand", GONE, "nom_enseigne", "Recharge"),
    ("operator.legal_name", GONE, "nom_operateur", "Recharge"),
    ("stations[0].name", GONE, "nom_station", "Gare de Dijon"),
    ("stations[0].coordinates", GONE, "coordonneesXY", "[5.027200,47.323300]"),
    ("stations[0].help_phone", "+33 199005678", "telephone_operateur", "+33 199005678"),
    ("stations[0].external_ids[0].id", "frabcp21", "id_station_itinerance", "FRABCP21"),
    ("stations[0].opening_times", {"twentyfourseven": True}, "horaires", "24/7"),
    ("address", "Gare, 21000 Dijon", "adresse_station", "Gare, 21000 Dijon"),
    ("city", "21231", "adresse_station", "1 cour de la Gare 21000"),
    ("size_restriction", "Que du poids léger", "restriction_gabarit", "Que du poids léger"),
    ("accessibility", GONE, "accessibilite_pmr", "Accessibilité inconnue"),
    ("evses[0].parking_restrictions", ["DISABLED"], "accessibilite_pmr", "Réservé PMR"),
    ("evses[0].capabilities", ["RFID_READER"], "reservation", "false"),
    ("evses[0].capabilities", ["RFID_READER"], "paiement_cb", ""),
    ("stations[0].payment", {"other": ["QR_CODE"]}, "paiement_autre", "true"),
    ("grid_connection", GONE, "raccordement", ""),
    ("operational_since", GONE, "date_mise_en_service", ""),
    ("evses[0].connectors[0].max_electric_power", GONE, "puissance_nominale", "184"),
    ("evses[0].connectors[1].format", "SOCKET", "cable_t2_attache", "false"),
    ("name", "Été\n😀 à «Dijon»\x00\t", "nom_station", "Gare de Dijon, parvis"),
]


@pytest.mark.parametrize(("path", "value", "column", "said"), SAID)
def test_each_column_says_what_the_location_says(path, value, column, said):
    assert first(changed(location(), path, value))[column] == said


@pytest.mark.parametrize(
    ("parking", "restrictions", "watts", "said"),
    [
        ("ON_STREET", [], 22_000, "Voirie"),
        ("PARKING_GARAGE", [], 22_000, "Parking public"),
        ("PARKING_LOT", ["CUSTOMERS"], 22_000, "Parking privé réservé à la clientèle"),
        ("ALONG_MOTORWAY", [], 22_000, "Station dédiée à la recharge rapide"),
        ("PARKING_LOT", [], 150_000, "Station dédiée à la recharge rapide"),
        (None, [], 22_000, None),
    ],
)
def test_where_a_station_stands_follows_from_parking_and_power(parking, restrictions, watts, said):
    body = changed(location(), "siting", GONE) | {"parking_type": parking}
    for point in body["evses"]:
        point["parking_restrictions"] = restrictions
        point["connectors"][0]["max_electric_power"] = watts
    assert [row["implantation_station"] for row in rows("statique", body)] == ([said] * 2 if said else [])


def test_a_car_park_of_which_nobody_says_whether_it_is_public_is_a_loss():
    losses = rendered("statique", changed(location(), "siting", GONE)).losses
    assert [loss.path for loss in losses if "siting" in loss.reason] == ["parking_type"]


@pytest.mark.parametrize(
    ("tariffs", "free"),
    [
        ({"ADHOC": tariff(0)}, "true"),
        ({"ADHOC": tariff(0.0001)}, "false"),
        ({"ADHOC": tariff(0, min_price={"before_taxes": 1})}, "false"),
        ({"ADHOC": tariff(0, end_date_time="2026-11-23T12:00:00Z")}, ""),
        ({"ADHOC": tariff(0, type="REGULAR")}, ""),
    ],
)
def test_free_is_what_the_valid_ad_hoc_price_says(tariffs, free):
    assert first(location(), context(**tariffs))["gratuit"] == free


def test_prices_that_are_none_of_a_driver_without_a_contract_are_a_loss():
    told = rendered("statique", location(), context(ADHOC=tariff(type="REGULAR")))
    assert "evses[].connectors[].tariff_ids" in {loss.path for loss in told.losses}


def test_the_sentence_is_of_all_prices_of_the_point_and_brings_its_own_losses():
    written = rendered("statique", location(), context(ADHOC=tariff(preauthorize_amount=50)))
    row, without = csv.DictReader(io.StringIO(written.body.decode()), STATIC.names)
    assert (row["tarification"], without["tarification"]) == ("0,40 €/kWh TTC", "Gratuit pour les abonnés")
    assert "preauthorize_amount" in {loss.path for loss in written.losses}


def test_points_without_a_station_are_one_assumed_station_under_the_id_of_the_location():
    body = changed(location(), "stations", GONE) | {"id": "FR*ABC*P99"}
    found = rows("statique", body)
    assert {(row["id_station_itinerance"], row["id_station_local"]) for row in found} == {("FRABCP99", "FR*ABC*P99")}


def test_what_has_no_column_is_listed_as_lost():
    body = location() | {"energy_mix": {"is_green_energy": True}, "facilities": ["WIFI"], "board_number": 7}
    body["opening_times"]["exceptional_closings"] = [{"period_begin": "…", "period_end": "…"}]
    body["evses"][0] |= {"charger_id": "C1"}
    losses = {loss.path for loss in rendered("statique", body).losses}
    assert losses >= {
        "energy_mix",
        "facilities",
        "board_number",
        "opening_times.exceptional_closings",
        "evses[].charger_id",
        "evses[].capabilities",
        "directions",
    }


def test_no_text_breaks_its_line():
    body = location() | {"name": 'Gare\r\n"Nord", 𝔄😀\x00\u2028é'}
    del body["stations"][0]["name"]
    text = document("statique", [body]).decode()
    assert text.count("\r\n") == 3
    assert next(csv.DictReader(text.splitlines()))["nom_station"] == 'Gare "Nord", 𝔄😀 é'


def test_two_operators_share_a_file():
    other = json.loads(json.dumps(location()).replace("FR*ABC", "FR*XYZ"))
    ids = [
        row["id_pdc_itinerance"]
        for row in csv.DictReader(document("statique", [location(), other]).decode().splitlines())
    ]
    assert ids == ["FRABCE211", "FRABCE212", "FRXYZE211", "FRXYZE212"]
