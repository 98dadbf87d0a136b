"""Stations in the shape of E-Control's public API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.clock import parse_time
from app.formats.base import Context
from app.formats.econtrol import station, status
from tests.objects import GONE, changed, location, tariff

EXPECTED = Path(__file__).parents[1] / "data" / "econtrol" / "station.json"
FLAT = [{"type": "FLAT", "price": 1.5, "vat": 20, "step_size": 1}]


def said(body, price=None):
    price = price or tariff()
    context = Context(parse_time("2026-11-03T11:00:00Z"), {price["id"]: price})
    rendered = station(body, context)
    found = json.loads(rendered.body) if rendered.body else None
    return found, {loss.path: loss.reason for loss in rendered.losses}


def point(price):
    found, losses = said(location(), price)
    return found["points"][0], losses


def test_a_full_location_says_what_the_shape_has_a_place_for():
    found, losses = said(location())
    assert found == json.loads(EXPECTED.read_text())
    assert {
        "images",
        "evses[].floor_level",
        "stations[].payment",
        "opening_times.exceptional_closings",
    } <= losses.keys()
    assert not {"name", "address", "energy_mix", "evses[].evse_id"} & losses.keys()


@pytest.mark.parametrize(
    ("path", "value", "field", "told"),
    [
        ("opening_times", {"twentyfourseven": True}, "openingHours", [("MONDAY", "00:00", "SUNDAY", "24:00")]),
        ("opening_times", GONE, "openingHours", None),
        ("help_phone", "+43 1 234567", "phoneNumber", "1234567"),
        ("help_phone", "+49 30 1", "phoneNumber", None),
        ("energy_mix", GONE, "greenEnergy", None),
        ("operator", GONE, "operatorName", None),
    ],
)
def test_what_is_known_is_said_and_nothing_is_made_up(path, value, field, told):
    found, _ = said(changed(location(), path, value))
    given = found.get(field)
    assert ([tuple(one.values()) for one in given] if isinstance(given, list) else given) == told


def test_prices_are_in_cents_with_taxes():
    price = changed(tariff(), "elements[1].price_components", FLAT)
    price = changed(price, "tax_included", "NO")
    found, _ = point(price)
    assert (found["startFeeCent"], found["freeOfCharge"]) == (180, False)


@pytest.mark.parametrize(
    ("path", "value", "lost"),
    [
        ("currency", "CHF", "currency"),
        ("tax_included", "NO", "elements[].price_components[].vat"),
    ],
)
def test_a_price_that_cannot_be_said_is_a_loss_and_no_price(path, value, lost):
    price = changed(tariff(), path, value)
    for element in price["elements"]:
        element["price_components"][0].pop("vat")
    found, losses = point(price)
    assert lost in losses
    assert not [name for name in found if "Cent" in name or name == "freeOfCharge"]


def test_what_costs_nothing_is_free():
    price = changed(changed(tariff(), "elements", [{"price_components": [{**FLAT[0], "price": 0}]}]), "occupancy", GONE)
    found, _ = point(price)
    assert (found["freeOfCharge"], found["startFeeCent"]) == (True, 0)


def test_a_fee_after_the_end_of_charging_has_no_place():
    found, losses = point(changed(tariff(), "occupancy", GONE))
    assert "blockingFeeCentMin" not in found
    assert "occupancy" in losses


def test_points_out_of_service_or_without_an_id_are_left_out_and_a_station_without_points_is_none():
    body = changed(changed(location(), "evses[0].status", "REMOVED"), "evses[1].evse_id", GONE)
    found, losses = said(body)
    assert found is None
    assert list(losses) == ["evses"]


def test_a_status_has_its_point_and_nothing_else():
    assert status(location()["evses"][1]) == {"evseId": "DE*ABC*E2", "status": "CHARGING"}
