"""How facts are said: each value of each enumeration, hours, offsets of clocks, powers, parking, payment."""

from __future__ import annotations

from copy import deepcopy

import pytest

from app.formats.datex2.whereabouts import standard_offset
from app.model.enums import (
    Capability,
    ConnectorType,
    EnergySourceCategory,
    EnvironmentalImpactCategory,
    Facility,
    ParkingType,
    PowerType,
    Status,
    VehicleType,
)
from app.model.evse import Accessibility, SmartRecharging
from app.model.station import VehicleClass
from tests.formats.datex2.documents import needs_samples
from tests.formats.datex2.publications import AT, NAMES, document, errors, found, rendered, tariffs
from tests.objects import GONE, changed, location

V37 = "datex2-v3.7-afir-table-json"
GERMAN = "datex2-de-01-00-00-table-json"
BASE = "datex2-v3.6-table-json"


def everything():
    """A location with an EVSE for every plug and every status, and every value of every list."""
    body = location()
    evse = body["evses"][0] | {
        "capabilities": list(Capability),
        "smart_recharging": list(SmartRecharging),
        "parking": [{"parking_id": kind} for kind in VehicleType],
    }
    body["evses"] = []
    for at, standard in enumerate(["FUTURE_PLUG", *ConnectorType]):
        power_type, status = list(PowerType)[at % len(PowerType)], list(Status)[at % len(Status)]
        connector = evse["connectors"][0] | {"standard": standard, "power_type": power_type}
        body["evses"].append(evse | {"uid": f"e{at}", "status": status, "connectors": [connector]})
    place = body["parking_places"][0]
    body["parking_places"] = [place | {"id": kind, "vehicle_types": [kind]} for kind in VehicleType]
    body["facilities"] = [*Facility, "LAUNDRY"]
    body["energy_mix"]["energy_sources"] = [{"source": one, "percentage": 12.5} for one in EnergySourceCategory]
    body["energy_mix"]["environ_impact"] = [{"category": one, "amount": 1} for one in EnvironmentalImpactCategory]
    half = len(body["evses"]) // 2
    body["stations"] = [
        {"id": "S1", "evse_uids": [one["uid"] for one in body["evses"][:half]], "vehicle_classes": list(VehicleClass)},
        {
            "id": "S2",
            "evse_uids": [one["uid"] for one in body["evses"][half:]],
            "service_support": {"kind": "ATTENDED"},
        },
    ]
    return body


@pytest.mark.parametrize("name", NAMES)
@needs_samples
def test_every_value_of_every_list_is_valid(name):
    bodies = [
        everything() | {"parking_type": kind, "id": f"L{at}"} for at, kind in enumerate([*ParkingType, "ON_MOON"])
    ]
    bodies += [everything() | {"accessibility": kind, "id": f"A{at}"} for at, kind in enumerate(Accessibility)]
    assert not errors(name, document(name, bodies))


def test_no_plug_is_dropped():
    for name in (V37, GERMAN, BASE):
        plugs = found(document(name, [everything()]), "connector")
        served = [one for one in everything()["evses"] if one["status"] not in ("REMOVED", "PLANNED")]
        assert len(plugs) == len(served)
        assert "FUTURE PLUG" in {plug.get("otherConnector") for plug in plugs}


def test_plugs_of_households_have_another_name_in_each_dialect():
    body = changed(location(), "evses[1].connectors[0].standard", "DOMESTIC_F")
    said = [found(document(name, [body]), "connectorType")[1]["value"] for name in (V37, GERMAN, BASE)]
    assert said == ["domesticFType", "domesticF", "domesticF"]


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Europe/Berlin", "+01:00"),
        ("Europe/London", "+00:00"),
        ("Europe/Dublin", "+00:00"),
        ("America/New_York", "-05:00"),
        ("America/St_Johns", "-03:30"),
        ("Australia/Sydney", "+10:00"),
    ],
)
def test_the_offset_is_that_of_standard_time(zone, offset):
    assert standard_offset(zone, AT) == offset


def hours(opening_times, name=V37):
    body = changed(location(), "stations", GONE) | {"opening_times": opening_times}
    (said,) = found(document(name, [body]), "operatingHours")
    return said


def test_always_open_is_said_so():
    assert hours({"twentyfourseven": True}) == {"afacOpenAllHours": {}}
    assert hours({"twentyfourseven": True}, BASE) == {"facOpenAllHours": {}}


def test_always_open_but_for_closings():
    closing = {"period_begin": "2026-12-24T00:00:00.000Z", "period_end": "2026-12-26T00:00:00.000Z"}
    said = hours({"twentyfourseven": True, "exceptional_closings": [closing]})
    assert said["afacOperatingHoursSpecification"]["overallPeriod"] == {
        "overallStartTime": "2025-03-01T00:00:00+01:00",
        "exceptionPeriod": [{"startOfPeriod": "2026-12-24T00:00:00Z", "endOfPeriod": "2026-12-26T00:00:00Z"}],
    }


def test_days_with_equal_hours_are_said_together():
    week = [{"weekday": day, "period_begin": "06:00", "period_end": "23:00"} for day in range(1, 8)]
    said = hours({"twentyfourseven": False, "regular_hours": week})
    (period,) = said["afacOperatingHoursSpecification"]["overallPeriod"]["validPeriod"]
    assert period == {"recurringTimePeriodOfDay": [{"startTimeOfPeriod": "06:00:00", "endTimeOfPeriod": "23:00:00"}]}


def test_what_a_station_says_goes_before_what_the_location_says():
    body = changed(location(), "stations[0].help_phone", "+49 40555")
    body["stations"][0] |= {
        "opening_times": {"twentyfourseven": True},
        "directions": [{"language": "de", "text": "Hof"}],
    }
    whole = document(V37, [body])
    assert found(whole, "telephoneNumber") == ["+49 40555"]
    assert found(whole, "operatingHours") == [{"afacOpenAllHours": {}}]
    assert found(whole, "locationDescription") == [{"values": [{"lang": "de", "value": "Hof"}]}]


def test_the_first_power_of_a_point_is_the_highest():
    body = location()
    slow = deepcopy(body["evses"][0]["connectors"][0]) | {"id": "2", "standard": "CHADEMO", "max_electric_power": 50000}
    body["evses"][0]["connectors"].insert(0, slow)
    assert found(document(V37, [body]), "availableChargingPower")[:2] == [150000, 50000]
    assert found(document(V37, [body]), "numberOfConnectors") == [2, 1]


def test_where_no_power_of_a_station_is_told_just_the_german_profile_says_the_highest_it_can_be():
    body = changed(location(), "stations[0].max_power_kw", GONE)
    assert not found(document(V37, [body]), "totalMaximumPower")
    assert found(document(GERMAN, [body]), "totalMaximumPower") == [172080]
    assert "stations[].max_power_kw" in {loss.path for loss in rendered(GERMAN, body).losses}


def test_where_no_service_is_told_the_german_profile_says_that_it_is_unknown():
    body = changed(location(), "stations[0].service_support", GONE)
    assert not found(document(V37, [body]), "serviceType")
    (station,) = found(document(GERMAN, [body]), "energyInfrastructureStation")
    assert station["serviceType"] == [{"serviceType": {"value": "extendedG", "extendedValueG": "unknown"}}]


def test_parking_places_that_are_alike_are_one_entry():
    body = changed(location(), "stations[0].parking_space_count", GONE)
    del body["stations"][0]["disabled_parking_space_count"]
    place = body["parking_places"][0]
    body["parking_places"] += [place | {"id": "bay-2"}, place | {"id": "bay-3", "vehicle_types": ["DISABLED"]}]
    body["evses"][0]["parking"] = [{"parking_id": f"bay-{at}"} for at in (1, 2, 3)]
    spaces = found(document(V37, [body]), "dedicatedParkingSpaces")
    assert [one["numberOfSpaces"] for one in spaces] == [2, 1]
    assert [one.get("userSpecific") for one in spaces] == [None, [{"value": "personsWithDisabilities"}]]


def test_spaces_that_are_counted_are_told_apart_from_those_for_people_with_disabilities():
    body = changed(location(), "stations[0].parking_space_count", 10)
    body = changed(body, "stations[0].disabled_parking_space_count", 2)
    assert found(document(V37, [body]), "numberOfSpaces") == [8, 2]


def test_offers_that_are_paid_by_card_take_the_cards_of_the_station():
    rates = found(document(V37, [location()]), "energyRate")
    assert [rate["payment"] for rate in rates[:2]] == [
        {"paymentMeans": [{"value": "emv"}], "brandsAccepted": [{"value": "giroCard"}]},
        {"paymentMeans": [{"value": "website"}]},
    ]
    assert "stations[].payment" in {loss.path for loss in rendered(V37, location()).losses}, "nfc and the QR code"


def test_a_tariff_without_offers_is_paid_as_the_station_says():
    body = changed(location(), "evses[0].connectors[0].adhoc_offers", GONE)
    (rate,) = found(document(V37, [body], {"adhoc": tariffs()["adhoc"]}), "energyRate")[:1]
    assert rate["payment"]["paymentMeans"] == [{"value": one} for one in ("nfc", "emv", "qrCode")]


def test_that_contracts_work_is_a_rate_where_no_tariff_tells_it():
    known = {"adhoc": tariffs()["adhoc"]}
    policies = [rate["ratePolicy"]["value"] for rate in found(document(V37, [location()], known), "energyRate")]
    assert policies == ["adHoc", "contract"]
    assert "stations[].contract_payment" in {loss.path for loss in rendered(V37, location(), {}).losses}


def test_a_point_that_names_the_rate_of_another_refers_to_it():
    body = location()
    body["evses"][1]["connectors"][0] |= {"tariff_ids": ["adhoc"], "adhoc_offers": [{"tariff_id": "web"}]}
    body["evses"].append(body["evses"][1] | {"uid": "evse-3", "evse_id": "DE*ABC*E3"})
    body["stations"][0]["evse_uids"].append("evse-3")
    whole = document(V37, [body])
    declared = [rate["idG"] for rate in found(whole, "energyRate")]
    assert len(declared) == len(set(declared))
    assert {one["idG"] for one in found(whole, "energyRateByReference")} <= set(declared)
    assert len(found(whole, "energyRateByReference")) == 2
