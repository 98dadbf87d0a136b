"""Tariffs with periods: what is exact, what is lost, and what is announced."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import from_millis, parse_time
from app.formats.datex2 import sentences
from app.formats.datex2.encoding import GERMAN_JSON, V37_JSON, V37_XML
from app.formats.datex2.from_tariff import Offer, SaidRate, windows_rate
from app.formats.datex2.rates import PriceType
from app.formats.datex2.write_json import rate_json, update_json
from app.formats.datex2.xml_shape import to_xml
from app.model.tariff import Tariff
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.reading import read_plan
from tests.formats.datex2.documents import (
    SAMPLES,
    assert_valid_xml,
    errors_in_status,
    errors_in_table,
    load,
    needs_samples,
    objects,
)
from tests.tariffs.examples import ZONE, element, priced

DATA = Path("tests/data/datex2")
AT = parse_time("2027-03-03T12:00:00Z")
PLANS = sorted(Path("config/plans").glob("*.yaml"))


def said(*tariffs: Tariff, power_kw: int | None = None) -> SaidRate:
    return windows_rate(tariffs, Offer("r"), ZONE, AT, None if power_kw is None else Decimal(power_kw))


def of_plan(name: str) -> list[Tariff]:
    """The tariffs without a contract, one after the other."""
    plan = read_plan(Path("config/plans") / f"{name}.yaml")
    return [Tariff.model_validate(one.tariff) for one in flatten(plan) if one.customer_group is None]


def lost(found: SaidRate) -> set[str]:
    return {loss.path for loss in found.losses}


def test_the_example_of_the_german_profile_comes_out_exactly():
    found = said(*of_plan("city-occupancy"))
    assert not found.losses
    assert rate_json(found.rate, GERMAN_JSON)[0]["energyPrice"] == json.loads(
        (DATA / "city-occupancy.json").read_text(), parse_float=Decimal
    )


@needs_samples
def test_it_is_what_the_profile_writes_itself_but_for_the_taxes():
    file = "official-afir-01-00-00-json/EnergyInfrastructureTablePublication_rev2.json"
    official = next(rate for _, rate in objects(load(SAMPLES / file), "ratePolicy") if "Komplexes" in str(rate))
    written = rate_json(said(*of_plan("city-occupancy")).rate, GERMAN_JSON)[0]["energyPrice"]
    for price in written:
        del price["taxIncluded"], price["taxRate"]
    written[1]["overallPeriod"]["overallStartTime"] = official["energyPrice"][1]["overallPeriod"]["overallStartTime"]
    assert written == official["energyPrice"]


@needs_samples
@pytest.mark.parametrize("encoding", [GERMAN_JSON, V37_JSON], ids=lambda one: one.name)
@pytest.mark.parametrize("plan", PLANS, ids=lambda path: path.stem)
def test_rates_and_updates_of_the_plans_are_valid(plan, encoding):
    found = [said(Tariff.model_validate(one.tariff)) for one in flatten(read_plan(plan))]
    assert not errors_in_table([rate_json(one.rate, encoding)[0] for one in found], encoding)
    assert not errors_in_status([update_of(one, encoding) for one in found], encoding)


@needs_samples
@pytest.mark.parametrize("plan", PLANS, ids=lambda path: path.stem)
def test_rates_and_updates_of_the_plans_are_valid_xml(plan):
    for one in flatten(read_plan(plan)):
        found = said(Tariff.model_validate(one.tariff))
        assert_valid_xml("table.xml", to_xml("energyRate", rate_json(found.rate, V37_XML)[0]))
        assert_valid_xml("status-snapshot.xml", to_xml("energyRateUpdate", update_of(found, V37_XML)))


def update_of(found: SaidRate, encoding):
    return update_json(found.update(), found.rate.currencies[0], encoding)[0]


def test_a_peak_price_is_an_exception_of_the_other():
    peak = element("ENERGY", "0.79", start_time="17:00", end_time="20:00", day_of_week=["MONDAY", "FRIDAY"])
    found = said(priced(peak, element("ENERGY", "0.59")))
    high, low = found.rate.prices
    assert (high.value, low.value) == (Decimal("0.79"), Decimal("0.59"))
    assert high.period.valid == low.period.exceptions
    assert (low.period.valid, high.period.exceptions) == ((), ())
    assert not found.losses


def test_hours_that_pass_midnight_stay_in_one_piece():
    night = element("ENERGY", "0.39", start_time="22:00", end_time="06:00")
    low, high = said(priced(night, element("ENERGY", "0.59"))).rate.prices
    assert low.period.valid[0].hours == high.period.exceptions[0].hours == ((79200, 21600),)


def test_where_one_price_of_a_type_has_a_period_all_have_one():
    """One without goes before the others (German profile)."""
    first = element("ENERGY", "0.2", max_kwh=5)
    evening = element("ENERGY", "0.7", start_time="17:00", end_time="20:00")
    found = said(priced(first, evening, element("ENERGY", "0.5"), element("FLAT", "1")))
    energy = [price for price in found.rate.prices if price.price_type is PriceType.PER_KWH]
    assert len(energy) == 3
    assert all(price.period for price in energy)
    assert found.rate.prices[-1].period is None


def test_a_beginning_that_no_tariff_tells_is_its_last_change_else_the_time_of_saying():
    evening = element("ENERGY", "0.7", start_time="17:00", end_time="20:00")
    changed = priced(evening)
    assert said(changed).rate.prices[0].period.start == changed.last_updated
    assert said(priced(evening, last_updated=None)).rate.prices[0].period.start == from_millis(AT)


def test_time_that_counts_all_the_while_needs_no_words():
    both = priced(element("TIME", "3"), element("PARKING_TIME", "3"))
    (price,) = said(both).rate.prices
    assert (price.value, price.additional_information) == (Decimal("0.05"), ())
    assert not said(both).losses


@pytest.mark.parametrize(("kind", "sentence"), [("TIME", sentences.CHARGING), ("PARKING_TIME", sentences.IDLE)])
def test_time_of_charging_or_parking_alone_is_said_in_words(kind, sentence):
    found = said(priced(element("ENERGY", "0.5"), element(kind, "6")))
    price = found.rate.prices[1]
    assert price.additional_information == (("en", sentence),)
    assert lost(found) == {"elements[].price_components"}
    assert found.rate.combined_with_parking is (True if kind == "PARKING_TIME" else None)


def test_bands_of_power_are_exact_where_the_connector_decides():
    bands = priced(element("ENERGY", "0.69", min_power=50), element("ENERGY", "0.45"))
    assert [one.value for one in said(bands, power_kw=22).rate.prices] == [Decimal("0.45")]
    assert not said(bands, power_kw=22).losses
    fast = said(bands, power_kw=150)
    assert [one.value for one in fast.rate.prices] == [Decimal("0.69")]
    assert lost(fast) == {"elements[].restrictions.min_power"}
    assert fast.rate.prices[0].additional_information == (("en", sentences.LESS_POWER),)


def test_limits_that_are_no_whole_numbers_are_rounded_with_the_exact_ones_in_words():
    found = said(priced(element("ENERGY", "0.2", max_kwh=Decimal("2.5")), element("ENERGY", "0.5")))
    first, second = found.rate.prices
    assert (first.to_kwh, second.from_kwh) == (3, 3)
    assert first.additional_information == (("en", "Exactly to 2.5 kWh."),)
    assert lost(found) == {"elements[].restrictions.max_kwh", "elements[].restrictions.min_kwh"}


def test_what_a_rate_has_no_field_for_is_lost_by_name():
    reserved = element("TIME", "5", reservation="RESERVATION")
    found = said(
        priced(element("ENERGY", "0.5", step_size=500), reserved, preauthorize_amount=50, type="PROFILE_GREEN")
    )
    assert lost(found) == {
        "elements[].price_components[].step_size",
        "elements[].restrictions.reservation",
        "preauthorize_amount",
        "type",
    }
    assert found.rate.name == (("en", "Green"),)
    assert found.rate.additional_information == (("en", sentences.RESERVATIONS),)
    assert found.rate.prices[0].additional_information == (("en", "Billed in started blocks of 0.5 kWh."),)


@pytest.mark.parametrize(
    ("elements", "kinds"),
    [
        ([("FLAT", "1"), ("ENERGY", "0.5")], ["pricePerKWh", "basePrice"]),
        ([("FLAT", "5")], ["flatRate"]),
        ([("FLAT", "0")], ["free"]),
        ([("ENERGY", "0"), ("TIME", "0")], ["free"]),
        ([("FLAT", "0"), ("ENERGY", "0.5")], ["pricePerKWh"]),
    ],
)
def test_what_is_paid_once_is_a_base_price_beside_others_and_a_flat_rate_alone(elements, kinds):
    found = said(priced(*(element(kind, price) for kind, price in elements)))
    assert [price.price_type for price in found.rate.prices] == kinds


def test_a_tariff_of_reservations_alone_says_nothing_of_charging():
    assert not said(priced(element("FLAT", "2", reservation="RESERVATION"))).rate.prices


def test_a_base_price_of_a_period_needs_the_prices_of_now():
    night = element("FLAT", "1", start_time="22:00", end_time="00:00")
    found = said(priced(element("ENERGY", "0.5"), night))
    assert found.needs_current
    assert lost(found) == {"elements[].restrictions"}


def test_prices_are_said_with_taxes_where_these_are_known():
    net = said(
        priced(element("ENERGY", "0.5", vat="19"), min_price={"before_taxes": 1, "after_taxes": Decimal("1.19")})
    )
    assert (net.rate.prices[0].value, net.rate.prices[0].tax_included) == (Decimal("0.595"), True)
    assert net.rate.minimum_fee == Decimal("1.19")
    american = said(priced(element("ENERGY", "0.5"), max_price={"before_taxes": 20}))
    assert (american.rate.prices[0].value, american.rate.prices[0].tax_included) == (Decimal("0.5"), False)
    assert american.rate.maximum_fee == 20
    untaxed = said(priced(element("ENERGY", "0.5"), tax_included="N/A"))
    assert (untaxed.rate.prices[0].tax_included, untaxed.rate.prices[0].tax_rate) == (True, 0)


def test_announced_prices_go_out_ahead_with_those_of_now():
    now, later = of_plan("peak-holidays")
    found = said(now, later)
    assert found.next_change == parse_time("2027-06-30T22:00:00Z")
    starts = {price.period.start for price in found.rate.prices}
    assert starts == {now.start_date_time, later.start_date_time}
    ends = {price.period.end for price in found.rate.prices if price.period.start == now.start_date_time}
    assert ends == {now.end_date_time}
    assert found.update().prices == found.rate.prices


def test_a_year_of_holidays_makes_no_more_prices_than_the_plan_has():
    found = said(of_plan("peak-holidays")[0])
    assert [price.value for price in found.rate.prices] == [
        Decimal(text) for text in ("0.49", "0.79", "0.69", "0.59", "0.5")
    ]


def test_a_single_tariff_tells_its_validity_once():
    ends = priced(element("ENERGY", "0.5"), end_date_time="2027-12-31T23:00:00Z")
    found = said(ends)
    assert (found.rate.period.start, found.rate.period.end) == (ends.last_updated, ends.end_date_time)
    assert found.rate.prices[0].period is None


FEE = {"per_min": Decimal("0.1"), "cap": 12, "from": "CHARGING_END"}
NIGHT = [{"start_time": "20:00", "end_time": "08:00"}]
BY_DAY = {"start_time": "08:00", "end_time": "20:00"}


@pytest.mark.parametrize(
    ("fee", "hours", "is_taken"),
    [
        (FEE, {}, True),
        (FEE | {"exempt": NIGHT}, BY_DAY, True),
        (FEE | {"per_min": Decimal("0.2")}, {}, False),
        (FEE | {"exempt": NIGHT}, {}, False),
        (FEE, BY_DAY, False),
        (FEE | {"exempt": NIGHT}, BY_DAY | {"end_time": "22:00"}, False),
    ],
)
def test_a_described_fee_is_taken_where_the_elements_price_it(fee, hours, is_taken):
    found = said(priced(element("ENERGY", "0.5"), element("PARKING_TIME", "6", **hours), occupancy=fee))
    assert found.rate.prices[1].cap == (12 if is_taken else None)
    assert ("occupancy" in lost(found)) is not is_taken
    assert bool(found.rate.prices[1].period) == bool(hours)
