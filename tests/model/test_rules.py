"""Every rule on input: what breaks it is found at its path, by its rule, and costs no more than it must."""

from __future__ import annotations

import pytest

from app.model.location import Location
from app.model.problem import Severity
from app.model.salvage import salvage
from app.model.tariff import Tariff
from tests.objects import GONE, changed, location, tariff

PARTLY, NOTE, REFUSED = Severity.PARTLY, Severity.NOTE, Severity.REFUSED
EVSE = "evses[0]"
PLUG = "evses[0].connectors[0]"
BAY = "parking_places[0]"
HOUR = "opening_times.regular_hours[0]"

# path, value, rule, severity, what the problem says
LOCATION = [
    ("name", "x" * 256, "Location.name: string(255)", PARTLY, "longer than 255 characters: name left out"),
    ("name", "two\nlines", "Location.name: string(255)", NOTE, "control characters"),
    ("name", "", "Location.name: string(255)", NOTE, "empty text"),
    ("name", 7, "Location.name: string(255)", NOTE, "no text: read as 7"),
    ("name", ["a"], "Location.name: string(255)", PARTLY, "no text: name left out"),
    ("address", "x" * 256, "Location.address: string(255)", REFUSED, "longer than 255 characters: refused"),
    ("address", GONE, "Location.address: string(255)", REFUSED, "required field address is missing: refused"),
    ("city", "x" * 46, "Location.city: string(45)", REFUSED, "longer than 45"),
    ("postal_code", "x" * 11, "Location.postal_code: string(10)", PARTLY, "longer than 10"),
    ("state", "x" * 46, "Location.state: string(45)", PARTLY, "longer than 45"),
    ("id", "x" * 37, "Location.id: CiString(36)", REFUSED, "longer than 36"),
    ("id", "ü", "Location.id: CiString(36)", REFUSED, "match pattern"),
    ("party_id", "ABCD", "Location.party_id: CiString(3)", REFUSED, "longer than 3"),
    ("country_code", "XX", "Location.country_code: ISO 3166-1 alpha-2", REFUSED, "not in ISO 3166-1 alpha-2"),
    ("country_code", "DEU", "Location.country_code: ISO 3166-1 alpha-2", NOTE, "not written as"),
    ("country", "DE", "Location.country: ISO 3166-1 alpha-3", NOTE, "not written as"),
    ("country", "ZZZ", "Location.country: ISO 3166-1 alpha-3", REFUSED, "not in ISO 3166-1 alpha-3"),
    ("publish", GONE, "Location.publish: boolean", REFUSED, "required field publish is missing"),
    ("publish", "true", "Location.publish: boolean", NOTE, "read as True"),
    ("publish", "yes", "Location.publish: boolean", REFUSED, "neither true nor false"),
    ("time_zone", "Mars/Base", "Location.time_zone: IANA time zone names", REFUSED, "not in IANA"),
    ("time_zone", "europe/berlin", "Location.time_zone: IANA time zone names", NOTE, "not written as"),
    ("help_phone", "0" * 26, "Location.help_phone: CiString(25)", PARTLY, "longer than 25"),
    ("coordinates.latitude", "91.000000", "GeoLocation.latitude: string(10)", REFUSED, "beyond 90 degrees"),
    ("coordinates.latitude", "52.5", "GeoLocation.latitude: string(10)", NOTE, "5 to 7 decimals"),
    ("coordinates.longitude", 13.404954, "GeoLocation.longitude: string(11)", NOTE, "5 to 7 decimals"),
    ("coordinates.longitude", "N 13", "GeoLocation.longitude: string(11)", REFUSED, "no decimal degrees"),
    ("facilities[0]", "", "Location.facilities: list of OpenEnum Facility", NOTE, "empty text: entry left out"),
    ("facilities", "WIFI", "Location.facilities: list of OpenEnum Facility", NOTE, "no list: read as WIFI"),
    ("directions[0].language", "eng", "DisplayText.language: string(2)", PARTLY, "DisplayText left out"),
    ("directions[0].text", "x" * 513, "DisplayText.text: string(512)", PARTLY, "longer than 512"),
    ("operator.name", "x" * 101, "BusinessDetails.name: string(100)", PARTLY, "operator left out"),
    (
        "operator.website",
        "example",
        "BusinessDetails.website: string(255), an absolute URL",
        PARTLY,
        "website left out",
    ),
    ("operator.operator_id", "?", "chargefeed BusinessDetails.operator_id", PARTLY, "no operator id"),
    ("operator.email", "nobody", "chargefeed BusinessDetails.email", PARTLY, "email left out"),
    ("images[0].width", 100_000, "Image.width: int, 0 to 99999", PARTLY, "width left out"),
    ("images[0].type", "image/png", "Image.type: CiString(4)", PARTLY, "Image left out"),
    ("energy_mix.is_green_energy", GONE, "EnergyMix.is_green_energy: boolean", PARTLY, "energy_mix left out"),
    ("energy_mix.energy_sources[0].percentage", 101, "EnergySource.percentage", PARTLY, "energy_sources left out"),
    ("energy_mix.energy_sources[0].source", "MAGIC", "EnergySource.source: enum", PARTLY, "energy_sources left out"),
    ("energy_mix.environ_impact[0].amount", 0.00061, "EnvironmentalImpact.amount: number", NOTE, "4 decimals"),
    ("energy_mix.environ_impact[0].amount", "1", "EnvironmentalImpact.amount: number", PARTLY, "a number was expected"),
    ("last_updated", "yesterday", "Location.last_updated: DateTime", PARTLY, "no RFC 3339 time"),
    ("last_updated", "2026-11-01", "Location.last_updated: DateTime", PARTLY, "no RFC 3339 time"),
    ("last_updated", "0001-01-01T00:00:00Z", "Location.last_updated: DateTime", PARTLY, "a time before 1900"),
    (f"{PLUG}.max_electric_power", 10**30, "Connector.max_electric_power: int", PARTLY, "less than or equal"),
    ("last_updated", "2026-11-01T10:00:00+01:00", "Location.last_updated: DateTime", NOTE, "read in UTC"),
    (f"{EVSE}.uid", "x" * 37, "EVSE.uid: CiString(36)", PARTLY, "EVSE left out"),
    (f"{EVSE}.uid", GONE, "EVSE.uid: CiString(36)", PARTLY, "EVSE left out"),
    (f"{EVSE}.uid", 4711, "EVSE.uid: CiString(36)", NOTE, "read as 4711"),
    (
        "evses[1].uid",
        "EVSE-1",
        "Location.evses: list of EVSE",
        PARTLY,
        "uid EVSE-1 occurs twice in evses: EVSE left out",
    ),
    (f"{EVSE}.evse_id", "x" * 49, "EVSE.evse_id: CiString(48)", PARTLY, "evse_id left out"),
    (f"{EVSE}.status", "WORKING", "EVSE.status: enum Status", PARTLY, "not a value of the enum: read as UNKNOWN"),
    (f"{EVSE}.status", "available", "EVSE.status: enum Status", NOTE, "read as AVAILABLE"),
    (f"{EVSE}.status_schedule[0].status", "GONE", "StatusSchedule.status", PARTLY, "StatusSchedule left out"),
    (
        f"{EVSE}.status_schedule[0].period_end",
        "2026-12-24T11:00:00Z",
        "EVSE.status_schedule",
        PARTLY,
        "not later than period_begin",
    ),
    (f"{EVSE}.connectors", [], "EVSE.connectors: list of Connector, at least 1", PARTLY, "at least 1 required"),
    (f"{EVSE}.connectors", GONE, "EVSE.connectors: list of Connector, at least 1", PARTLY, "EVSE left out"),
    (f"{EVSE}.floor_level", "first", "EVSE.floor_level: string(4)", PARTLY, "longer than 4"),
    (f"{EVSE}.physical_reference", "x" * 17, "EVSE.physical_reference: string(16)", PARTLY, "longer than 16"),
    (f"{EVSE}.coordinates.latitude", "north", "GeoLocation.latitude", PARTLY, "coordinates left out"),
    (f"{EVSE}.parking[0].parking_id", "nowhere", "EVSE.parking: list of EVSEParking", PARTLY, "no parking place has"),
    (f"{EVSE}.parking[0].evse_position", "ABOVE", "EVSEParking.evse_position: enum", PARTLY, "evse_position left out"),
    (f"{EVSE}.accepted_service_providers[0]", "x" * 51, "string(50)", PARTLY, "entry left out"),
    (f"{EVSE}.installed_on", "2025-02-30", "chargefeed EVSE.installed_on", PARTLY, "no calendar day"),
    (f"{PLUG}.id", "x" * 37, "Connector.id: CiString(36)", PARTLY, "Connector left out"),
    (f"{PLUG}.standard", GONE, "Connector.standard: OpenEnum ConnectorType", PARTLY, "Connector left out"),
    (f"{PLUG}.format", "PLUG", "Connector.format: enum ConnectorFormat", PARTLY, "Connector left out"),
    (f"{PLUG}.power_type", "AC", "Connector.power_type: enum PowerType", PARTLY, "Connector left out"),
    (f"{PLUG}.max_voltage", "1000", "Connector.max_voltage: int", NOTE, "read as 1000"),
    (f"{PLUG}.max_voltage", 1000.0, "Connector.max_voltage: int", NOTE, "read as 1000"),
    (f"{PLUG}.max_voltage", -1, "Connector.max_voltage: int, at least 0", PARTLY, "Connector left out"),
    (f"{PLUG}.max_amperage", 1.5, "Connector.max_amperage: int", PARTLY, "no whole number"),
    (f"{PLUG}.max_electric_power", "much", "Connector.max_electric_power: int", PARTLY, "max_electric_power left out"),
    (f"{PLUG}.tariff_ids[0]", "x" * 37, "list of CiString(36)", PARTLY, "entry left out"),
    (f"{PLUG}.terms_and_conditions", "see website", "an absolute URL", PARTLY, "terms_and_conditions left out"),
    (
        f"{BAY}.vehicle_types",
        [],
        "Parking.vehicle_types: list of OpenEnum VehicleType, at least 1",
        PARTLY,
        "at least 1",
    ),
    (f"{BAY}.restricted_to_type", GONE, "Parking.restricted_to_type: boolean", PARTLY, "Parking left out"),
    (f"{BAY}.reservation_required", GONE, "Parking.reservation_required: boolean", PARTLY, "Parking left out"),
    (f"{BAY}.physical_reference", "x" * 13, "Parking.physical_reference: string(12)", PARTLY, "longer than 12"),
    (f"{BAY}.direction", "UP", "Parking.direction: enum ParkingDirection", PARTLY, "direction left out"),
    ("opening_times.twentyfourseven", GONE, "Hours.twentyfourseven: boolean", PARTLY, "opening_times left out"),
    ("opening_times.regular_hours", GONE, "Location.opening_times: Hours", PARTLY, "regular_hours say nothing"),
    (f"{HOUR}.weekday", 8, "RegularHours.weekday: int, 1 to 7", PARTLY, "regular_hours left out"),
    (f"{HOUR}.period_begin", "8:00", "RegularHours.period_begin: string(5), HH:MM", PARTLY, "match pattern"),
    (f"{HOUR}.period_end", "08:00", "Hours.regular_hours", PARTLY, "period_end is not later than period_begin"),
    (f"{HOUR}.period_end", "24:00", "Hours.regular_hours", NOTE, "reaches or passes midnight"),
    (f"{HOUR}.period_end", "00:00", "Hours.regular_hours", NOTE, "reaches or passes midnight"),
    (f"{HOUR}.period_end", "02:00", "Hours.regular_hours", NOTE, "reaches or passes midnight"),
    (
        "opening_times.exceptional_closings[0].period_end",
        "2026-12-23T00:00:00Z",
        "Hours.exceptional_closings",
        PARTLY,
        "ExceptionalPeriod left out",
    ),
    ("stations[0].evse_uids[1]", "evse-9", "chargefeed Station.evse_uids", PARTLY, "no EVSE has the uid evse-9"),
    ("region_nuts1", "DEU31", "chargefeed Location.region_nuts1", PARTLY, "longer than 3"),
    ("zip_extended", "12", "chargefeed Location.zip_extended: string(4), 4 digits", PARTLY, "zip_extended left out"),
    ("siting", "Voirie", "chargefeed Location.siting: enum Siting", PARTLY, "Use one of"),
]


TARIFF = [
    ("elements", [], "Tariff.elements: list of TariffElement, at least 1", REFUSED, "at least 1"),
    ("elements[0].price_components", [], "TariffElement.price_components", REFUSED, "at least 1"),
    ("elements[0].price_components[0].price", "0.59", "PriceComponent.price: number", REFUSED, "a number was expected"),
    ("elements[0].price_components[0].price", 0.59004, "PriceComponent.price: number", NOTE, "4 decimals"),
    (
        "elements[0].price_components[0].type",
        "KWH",
        "PriceComponent.type: enum TariffDimensionType",
        REFUSED,
        "refused",
    ),
    ("elements[0].price_components[0].step_size", GONE, "PriceComponent.step_size: int", REFUSED, "is missing"),
    ("elements[0].restrictions.start_time", "8", "TariffRestrictions.start_time: string(5)", REFUSED, "refused"),
    ("elements[0].restrictions.end_time", "24:00", "TariffRestrictions.end_time", NOTE, "read as 00:00"),
    ("elements[0].restrictions.start_date", "1.1.2026", "TariffRestrictions.start_date", REFUSED, "no calendar day"),
    ("elements[0].restrictions.max_soc", 80, "TariffElement.restrictions", REFUSED, "unknown restriction max_soc"),
    ("elements[0].restrictions.day_of_week[0]", "MON", "TariffRestrictions.day_of_week: list of enum", REFUSED, "enum"),
    (
        "elements[0].restrictions.reservation",
        "RESERVATION",
        "Tariff.elements",
        REFUSED,
        "reservation cannot cost ENERGY",
    ),
    ("tax_included", GONE, "Tariff.tax_included: enum TaxIncluded", REFUSED, "required field tax_included is missing"),
    ("tax_included", "MAYBE", "Tariff.tax_included: enum TaxIncluded", REFUSED, "Use one of N/A, NO, YES"),
    ("currency", "EURO", "Tariff.currency: ISO 4217", REFUSED, "not in ISO 4217"),
    ("currency", "eur", "Tariff.currency: ISO 4217", NOTE, "not written as"),
    ("type", "SPECIAL", "Tariff.type: enum TariffType", REFUSED, "refused"),
    ("min_price.before_taxes", GONE, "PriceLimit.before_taxes: number", REFUSED, "is missing"),
    ("end_date_time", "never", "Tariff.end_date_time: DateTime", REFUSED, "no RFC 3339 time"),
    ("tariff_alt_text[0].text", "", "DisplayText.text: string(512)", PARTLY, "DisplayText left out"),
    ("tariff_alt_url", "www.example.com", "Tariff.tariff_alt_url", PARTLY, "tariff_alt_url left out"),
    ("occupancy.per_min", -1, "chargefeed Occupancy.per_min", PARTLY, "occupancy left out"),
    ("audience", "everyone", "chargefeed Tariff.audience: enum Audience", PARTLY, "audience left out"),
]


RULES = [(Location, location, *row) for row in LOCATION] + [(Tariff, tariff, *row) for row in TARIFF]


@pytest.mark.parametrize(("model", "sound", "path", "value", "rule", "severity", "what"), RULES)
def test_what_breaks_a_rule_is_named_and_costs_no_more_than_it_must(model, sound, path, value, rule, severity, what):
    read = salvage(model, changed(sound(), path, value))
    problem = read.problems[0]
    assert rule in problem.rule
    assert problem.severity is severity
    assert what in f"{problem.what}; {problem.remedy}"
    assert path.startswith(problem.path) or problem.path.startswith(path)
    assert (read.model is None) == (severity is REFUSED)
    if value is not GONE and not isinstance(value, list) and problem.path == path:
        assert problem.value == str(value)[:80]


@pytest.mark.parametrize(
    ("token", "sound"),
    [
        ({"uid": "012345", "type": "RFID"}, True),
        ({"visual_number": "1", "issuer": "X"}, True),
        ({"group_id": "G"}, True),
        ({"issuer": "X"}, False),
        ({"uid": "012345"}, False),
        ({"visual_number": "1"}, False),
    ],
)
def test_a_publish_token_names_a_token(token, sound):
    read = salvage(Location, {**location(), "publish": False, "publish_allowed_to": [token]})
    assert bool(read.model.publish_allowed_to) is sound
    assert [problem.path for problem in read.problems] == ([] if sound else ["publish_allowed_to[0]"])


def test_a_location_shown_to_some_only_is_not_published():
    """The side of the contradiction on which nothing gets out that should not."""
    read = salvage(Location, {**location(), "publish_allowed_to": [{"group_id": "G"}]})
    assert read.model.publish is False
    assert [problem.path for problem in read.problems] == ["publish"]


def test_connector_and_parking_ids_are_unique_without_case():
    body = location()
    body["evses"][0]["connectors"].append(dict(body["evses"][0]["connectors"][0]))
    body["parking_places"].append({**body["parking_places"][0], "id": "BAY-1"})
    read = salvage(Location, body)
    assert [problem.path for problem in read.problems] == ["evses[0].connectors[1]", "parking_places[1]"]
    assert len(read.model.evses[0].connectors) == 1


def test_the_parking_ids_of_edition_1_examples_are_read():
    read = salvage(Location, changed(location(), "evses[0].parking", ["bay-1"]))
    assert read.problems == ()
    assert read.model.evses[0].parking[0].parking_id == "bay-1"


def test_hours_over_midnight_are_split_between_the_days():
    read = salvage(
        Location,
        changed(
            location(),
            "opening_times.regular_hours",
            [
                {"weekday": 7, "period_begin": "20:00", "period_end": "02:00"},
                {"weekday": 2, "period_begin": "06:00", "period_end": "24:00"},
            ],
        ),
    )
    hours = [(part.weekday, part.period_begin, part.period_end) for part in read.model.opening_times.regular_hours]
    assert hours == [(7, "20:00", "23:59"), (1, "00:00", "02:00"), (2, "06:00", "23:59")]


def test_regular_hours_say_nothing_where_it_is_always_open():
    read = salvage(Location, changed(location(), "opening_times.twentyfourseven", True))
    assert read.model.opening_times.regular_hours == []
    assert [(problem.path, problem.severity) for problem in read.problems] == [("opening_times.regular_hours", NOTE)]


def test_coordinates_are_kept_with_six_decimals():
    for written, kept in (("52.5200081", "52.520008"), ("-0.0000001", "0.000000"), ("-33.86882", "-33.868820")):
        read = salvage(Location, changed(location(), "coordinates.latitude", written))
        assert read.model.coordinates.latitude == kept
        assert read.problems == ()


def test_open_enums_take_other_values_and_closed_ones_do_not():
    body = location()
    body["facilities"].append("CAR_WASH")
    body["evses"][0]["connectors"][0]["standard"] = "WIRELESS"
    assert salvage(Location, body).problems == ()


def test_party_ids_are_upper_case_and_other_ids_as_written():
    read = salvage(Location, {**location(), "country_code": "DE", "party_id": "abc", "id": "loc-1"})
    assert (read.model.party_id, read.model.id) == ("ABC", "loc-1")
