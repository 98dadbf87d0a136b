"""Rates of all kinds as tariffs, odd ones included."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import Millis, parse_time
from app.formats.datex2.read_json import read_rate, read_update
from app.formats.datex2.to_tariff import Reading, ReadRate, to_tariffs
from app.tariffs.cost import cost
from tests.formats.datex2.documents import SAMPLES, load, needs_samples, objects
from tests.tariffs.examples import ZONE, session

RATES = Path("tests/data/datex2/rates")
AT = parse_time("2026-05-04T10:00:00Z")


def read(name: str, at: Millis = AT) -> ReadRate:
    return to_tariffs(read_rate(load(RATES / f"{name}.json"), []), Reading("DE", "ABC", ZONE, at))


def first_rate(file: str, id: str, at: Millis = AT) -> ReadRate:
    body = next(rate for _, rate in objects(load(SAMPLES / file), "ratePolicy") if rate["idG"] == id)
    return to_tariffs(read_rate(body, []), Reading("DE", "ABC", ZONE, at))


def paid(found: ReadRate, *phases: dict, start: str = "2026-05-04T10:00") -> str:
    return f"{cost(found.tariffs[0], session(start, *phases), ZONE).total.after_taxes:f}"


def test_prices_of_one_type_that_hold_at_once_are_added_up():
    found = read("two-per-minute")
    assert paid(found, {"minutes": 60}) == "3.00"
    assert paid(found, {"minutes": 60}, {"minutes": 10, "charging": False}) == "4.50"


def test_a_price_without_a_period_goes_before_those_with_one():
    found = read("now-and-windows")
    assert paid(found, {"minutes": 60, "kwh": 10}, start="2026-05-04T17:30") == "4.50"
    assert [loss.path for loss in found.losses] == ["energyPrice[].overallPeriod"]


@needs_samples
def test_two_prices_per_kwh_of_the_same_hours_are_added_up_with_a_note():
    """As one rate of the official sample has them."""
    file = "official-afir-01-00-00-json/EnergyInfrastructureTablePublication_rev2.json"
    found = first_rate(file, "7DE39FF9-8F26-48FE-9981-07131534ACC2", parse_time("2025-06-01T00:00:00Z"))
    assert {part.price for one in found.tariffs[0].elements for part in one.price_components} == {Decimal("0.57")}
    assert [one.what for one in found.problems] == [
        "several prices per kWh hold at once, added up",
        "whether taxes are included is not told, read as included",
    ]


@needs_samples
def test_net_prices_of_eight_decimals_are_the_gross_ones_they_were():
    found = first_rate("real-world/de-enbw-static.v3.6-afir-01-00-00.json", "adHoc")
    (tariff,) = found.tariffs
    prices = {part.type: part.price for one in tariff.elements for part in one.price_components}
    assert prices == {"ENERGY": Decimal("0.79"), "TIME": Decimal("14.28"), "PARKING_TIME": Decimal("14.28")}
    assert (tariff.tax_included, tariff.source_tax_basis) == ("YES", "NO")
    assert tariff.elements[0].restrictions.min_duration == 1800
    assert tariff.elements[0].restrictions.max_duration is None
    assert found.offers[0].payment_means == ["CONTACTLESS", "WEBSITE"]
    assert not found.losses


@needs_samples
def test_a_price_per_minute_with_sixteen_decimals_is_the_price_per_hour_it_was():
    found = first_rate("real-world/de-glsmobility-static.v3.7-afir.json", "1186")
    prices = {part.type: part.price for one in found.tariffs[0].elements for part in one.price_components}
    assert prices == {
        "ENERGY": Decimal("0.32"),
        "TIME": Decimal("0.32"),
        "PARKING_TIME": Decimal("0.32"),
        "FLAT": Decimal("0.35"),
    }
    fee = next(one.restrictions for one in found.tariffs[0].elements if one.restrictions)
    assert (fee.start_time, fee.end_time, fee.min_duration) == ("08:00", "20:00", 18000)


@needs_samples
def test_times_with_a_z_are_local():
    file = "official-afir-01-00-00-json/EnergyInfrastructureTablePublication_rev2.json"
    found = first_rate(file, "7F302DA6-CAA1-465E-A826-AE61C7CCACAF")
    fee = found.tariffs[0].elements[0].restrictions
    assert (fee.start_time, fee.end_time, fee.min_duration) == ("08:00", "20:00", 14400)
    assert found.tariffs[0].occupancy.cap == 12


def test_a_cap_on_energy_ends_the_price():
    found = read("capped-energy")
    assert found.tariffs[0].elements[0].restrictions.max_kwh == 40
    assert (found.tariffs[0].type, found.offers) == ("REGULAR", ())


def test_prices_with_other_validity_are_tariffs_one_after_the_other():
    now, later = read("announced").tariffs
    assert now.end_date_time == later.start_date_time
    assert later.start_date_time.isoformat() == "2026-06-30T22:00:00+00:00"
    assert [one.elements[0].price_components[0].price for one in (now, later)] == [Decimal("0.5"), Decimal("0.55")]
    assert now.id != later.id
    assert {len(one.id) for one in (now, later)} == {36}


def test_announced_prices_keep_their_id_when_they_come():
    later = read("announced").tariffs[1]
    body = load(RATES / "announced.json")
    del body["energyPrice"][0]
    after = Reading("DE", "ABC", ZONE, parse_time("2026-08-01T00:00:00Z"))
    (then,) = to_tariffs(read_rate(body, []), after).tariffs
    assert then.id == later.id


def test_what_has_ended_is_left_out():
    (only,) = read("announced", parse_time("2026-08-01T00:00:00Z")).tariffs
    assert only.elements[0].price_components[0].price == Decimal("0.55")


def test_months_are_written_out_as_dates():
    found = read("summer-months")
    spans = [(one.restrictions.start_date, one.restrictions.end_date) for one in found.tariffs[0].elements]
    assert ("2026-12-01", "2027-01-01") in spans
    assert all(one.restrictions.day_of_week == ["SATURDAY", "SUNDAY"] for one in found.tariffs[0].elements)


def test_a_period_that_cannot_be_told_refuses_the_rate():
    found = read("school-holidays")
    assert not found.tariffs
    (problem,) = found.problems
    assert (problem.record, problem.path) == ("school", "overallPeriod")
    assert "schoolHolidays" in problem.what


def test_what_ocpi_cannot_say_is_lost_by_name():
    found = read("half-known")
    assert {loss.path for loss in found.losses} == {
        "rateName",
        "discount",
        "applicableCurrency",
        "combinationWithParkingFee",
        "energyPrice[].priceType",
    }
    assert found.tariffs[0].tariff_alt_text[0].text == "1 Euro je Kabel"


def test_a_loose_writing_is_read_with_a_note_for_each_defect():
    problems = []
    rate = read_rate(load(RATES / "loose.json"), problems)
    assert [(one.path, one.what) for one in problems] == [
        ("energyRate.ratePolicy", "not written adHoc"),
        ("energyRate", "lastUpdated is missing"),
        ("energyRate.energyPrice.priceType", "not written pricePerKWh"),
        ("energyRate.energyPrice.taxRate", "a fraction, read as 19 percent"),
    ]
    assert {one.record for one in problems} == {"loose"}
    found = to_tariffs(rate, Reading("DE", "ABC", ZONE, AT))
    assert found.offers[0].payment_means == ["CONTACTLESS", "WEBSITE", "TERMINAL", "APP"]
    assert found.tariffs[0].tariff_alt_text[0].text == "Parken kostenlos"
    assert found.tariffs[0].currency == "EUR"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"ratePolicy": {"value": "sometimes"}}, "neither adHoc nor contract"),
        ({"energyPrice": [{"priceType": {"value": "pricePerKWh"}}]}, "value is missing"),
        ({"energyPrice": [{"priceType": {"value": "pricePerKWh"}, "value": "0,49"}]}, "no number"),
        ({"maximumDeliveryFee": "NaN"}, "no number"),
    ],
)
def test_what_would_change_a_price_is_refused_with_its_place(change, what):
    problems = []
    assert read_rate({**load(RATES / "capped-energy.json"), **change}, problems) is None
    assert [one.what for one in problems] == [what]
    assert problems[0].path.startswith("energyRate.")


def test_an_update_replaces_all_prices_and_nothing_else():
    rate = read_rate(load(RATES / "two-per-minute.json"), [])
    price = load(RATES / "capped-energy.json")["energyPrice"]
    body = {"lastUpdated": "2026-05-04T09:00:00Z", "energyRateReference": {"idG": "two"}, "energyPrice": price}
    update = read_update(body, [])
    found = update.of(rate)
    assert (update.rate_id, found.prices, found.last_updated) == ("two", update.prices, update.last_updated)
    assert (found.id, found.policy, found.payment, found.period) == (rate.id, rate.policy, rate.payment, rate.period)
