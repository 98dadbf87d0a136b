"""AFDC's station file: its columns in its order, its codes, Canada's texts in two languages."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from app.formats.base import Envelope, format_named
from tests.formats.nevi.federal import AT, lost, read, rendered

CANADIAN = {
    "country": "CAN",
    "state": "QC",
    "postal_code": "H2X 1Y4",
    "time_zone": "America/Toronto",
    "directions": [{"language": "en", "text": "Level 1"}, {"language": "fr", "text": "Niveau 1"}],
}


def row(changes: dict[str, Any] | None = None, **given: Any) -> dict[str, str]:
    header = format_named("afdc").prefix(Envelope(AT))
    found = rendered("afdc", changes, **given)
    (one,) = csv.DictReader(io.StringIO((header + (found.body or b"")).decode()))
    return one


def test_the_columns_are_those_of_afdcs_own_file_then_ours():
    names = format_named("afdc").prefix(Envelope(AT)).decode().strip().split(",")
    assert names[:11] == [
        *(
            "Fuel Type Code",
            "Station Name",
            "Street Address",
            "Intersection Directions",
            "City",
            "State",
            "ZIP",
            "Plus4",
        ),
        *("Station Phone", "Status Code", "Expected Date"),
    ]
    assert names[73:] == [
        *(
            "EV Workplace Charging",
            "Funding Sources",
            "EV Network Station ID",
            "EV Network Post IDs",
            "EV Network Port IDs",
        )
    ]
    assert len(set(names)) == 78


def test_a_whole_station_is_a_row():
    assert {name: text for name, text in row().items() if text} == {
        "Fuel Type Code": "ELEC",
        "Station Name": "Travel plaza",
        "Street Address": "100 Main Street",
        "Intersection Directions": "Behind the diner",
        "City": "Sacramento",
        "State": "CA",
        "ZIP": "95814",
        "Plus4": "1234",
        "Station Phone": "8005550100",
        "Status Code": "E",
        "Access Days Time": "24 hours daily",
        "Cards Accepted": "CREDIT Debit V M",
        "EV Level2 EVSE Num": "1",
        "EV DC Fast Count": "3",
        "EV Network": "Example Network",
        "EV Network Web": "https://example.com/",
        "Latitude": "38.581572",
        "Longitude": "-121.494400",
        "Updated At": "2026-11-23 11:00:00 UTC",
        "Open Date": "2024-05-01",
        "EV Connector Types": "J1772COMBO TESLA J3271 J1772",
        "Country": "US",
        "Access Code": "public",
        "EV Pricing": "$0.48/kWh, $0.36 from 9:00 PM to 9:00 AM; idle fee $0.40/min; plus any taxes",
        "Funding Sources": "NEVI",
        "EV Network Station ID": "CA-0001",
        "EV Network Post IDs": "C1 C2 C3",
        "EV Network Port IDs": "E1 E2 E3 E4",
    }


def test_canadas_texts_are_in_french_too():
    said = row(CANADIAN, tariffs={"DAY": read("tariff.json") | {"country_code": "CA", "currency": "CAD"}})
    assert (said["Country"], said["State"], said["ZIP"], said["Plus4"]) == ("CA", "QC", "H2X 1Y4", "")
    assert said["Access Days Time (French)"] == "24 heures par jour, tous les jours"
    assert said["EV Pricing"].startswith("$0.48/kWh")
    assert said["EV Pricing (French)"].startswith("0,48 $/kWh")
    assert said["Intersection Directions (French)"] == "Niveau 1"


def test_the_united_states_have_no_french():
    assert not any(text for name, text in row().items() if "French" in name)


@pytest.mark.parametrize(
    ("statuses", "said", "code"),
    [
        ("AVAILABLE OUTOFORDER", "OPERATIONAL", "E"),
        ("OUTOFORDER INOPERATIVE", "OPERATIONAL", "T"),
        ("PLANNED PLANNED", None, "P"),
        ("AVAILABLE AVAILABLE", "UNDER_CONSTRUCTION", "P"),
        ("UNKNOWN UNKNOWN", "OPERATIONAL", "E"),
        ("UNKNOWN UNKNOWN", None, ""),
        ("CHARGING PLANNED", None, "E"),
        ("REMOVED OUTOFORDER", None, "T"),
    ],
)
def test_the_code_of_a_station_follows_from_its_ports(statuses: str, said: str | None, code: str):
    first, second = statuses.split()
    changes = {"evses[0].status": first, **{f"evses[{at}].status": second for at in (1, 2, 3)}}
    assert row({"station_status": said, **changes})["Status Code"] == code


def test_a_station_that_is_unavailable_says_since_which_day_there():
    changes = {f"evses[{at}].status": "OUTOFORDER" for at in range(4)}
    times = {f"evses[{at}].status_times": {"occurred_at": f"2026-11-2{at}T03:00:00.000Z"} for at in range(4)}
    assert row(changes | times)["Expected Date"] == "2026-11-22"
    assert row(changes)["Expected Date"] == ""


def test_what_is_planned_opens_when_it_says():
    said = row({"station_status": "PLANNED", "operational_since": "2027-03-01"})
    assert (said["Status Code"], said["Expected Date"], said["Open Date"]) == ("P", "2027-03-01", "")


def test_what_is_gone_has_no_row():
    found = rendered("afdc", {"station_status": "DECOMMISSIONED"})
    assert found.body is None
    assert "decommissioned" in lost(found)[""]
    assert rendered("afdc", {f"evses[{at}].status": "REMOVED" for at in range(4)}).body is None


def test_what_afdc_has_no_word_for_is_a_loss():
    changes = {
        "evses[3].connectors[0].standard": "NEMA_6_50",
        "stations[0].payment.brands": ["Fleet card"],
        "access_type": "COMMERCIAL_VEHICLES",
        "postal_code": None,
    }
    found = rendered("afdc", changes)
    values = {(loss.path, loss.value) for loss in found.losses}
    assert ("evses[].connectors[].standard", "NEMA_6_50") in values
    assert ("stations[].payment.brands", "Fleet card") in values
    assert ("access_type", "COMMERCIAL_VEHICLES") in values
    assert lost(found)["postal_code"] == "nobody says it as AFDC asks: ZIP is empty"


def test_a_name_is_no_formula():
    assert row({"name": "=1+1"})["Station Name"] == "'=1+1"
