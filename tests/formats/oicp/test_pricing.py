"""OCPI tariffs as pricing products: what they say, what they leave unsaid, and what they must not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.formats.oicp.conversion import Conversion, Outcome
from app.formats.oicp.evse_pricing import pricing_product_data
from app.formats.oicp.pricing import pricing_products
from app.model.canonical import full_body
from app.model.money import Price, TaxBasis, Unit
from tests.formats.oicp.pricing import products
from tests.objects import tariff as full_tariff
from tests.tariffs.adhoc.asking import connector
from tests.tariffs.examples import element, tariff

EXACT, LOSSY, REFUSED = Outcome
ENERGY, TIME = element("ENERGY", "0.5"), element("TIME", "3")
PEAK = {"start_time": "17:00", "end_time": "20:00"}
FREE = Price(TIME["price_components"][0]["price"] * 0, "EUR", Unit.HOUR, TaxBasis.NET)


def said(conversion: Conversion) -> list[tuple[str, float, dict[str, tuple[str, float]]]]:
    """Base unit, base price, and fees by name."""
    return [
        (
            record["ReferenceUnit"],
            record["PricePerReferenceUnit"],
            {
                fee["AdditionalReference"]: (fee["AdditionalReferenceUnit"], fee["PricePerAdditionalReferenceUnit"])
                for fee in record.get("AdditionalReferences", ())
            },
        )
        for record in conversion.records
    ]


def reasons(conversion: Conversion) -> list[tuple[str, str]]:
    return [(loss.path.rpartition(".")[2], loss.value) for loss in (*conversion.losses, *conversion.refusals)]


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([ENERGY], ("KILOWATT_HOUR", 0.5, {})),
        ([TIME], ("HOUR", 3, {})),
        ([ENERGY, element("FLAT", "1")], ("KILOWATT_HOUR", 0.5, {"START FEE": ("KILOWATT_HOUR", 1)})),
        ([TIME, element("FLAT", "1")], ("HOUR", 3, {"START FEE": ("HOUR", 1)})),
        ([element("FLAT", "5")], ("KILOWATT_HOUR", 0, {"FIXED FEE": ("KILOWATT_HOUR", 5)})),
        ([element("FLAT", "0", 0)], ("KILOWATT_HOUR", 0, {})),
        ([ENERGY, element("PARKING_TIME", "6")], ("KILOWATT_HOUR", 0.5, {"PARKING FEE": ("HOUR", 6)})),
        ([element("ENERGY", "0"), TIME], ("HOUR", 3, {})),
        ([ENERGY, element("TIME", "0")], ("KILOWATT_HOUR", 0.5, {})),
    ],
)
def test_a_tariff_of_one_price_is_one_product(elements: list[dict[str, Any]], expected: tuple[Any, ...]) -> None:
    found = products(*elements)
    assert (found.outcome, said(found)) == (EXACT, [expected])
    (record,) = found.records
    assert (record["ProductID"], record["IsValid24hours"]) == ("watt-hours", True)
    assert record["MaximumProductChargingPower"] == 22


def test_minimum_and_maximum_are_those_before_taxes() -> None:
    limits = {"min_price": {"before_taxes": 1}, "max_price": {"before_taxes": 12.5, "after_taxes": 15}}
    found = products(element("ENERGY", "0.5", vat="20"), **limits)
    assert found.outcome is EXACT
    assert said(found)[0][2] == {"MINIMUM FEE": ("KILOWATT_HOUR", 1), "MAXIMUM FEE": ("KILOWATT_HOUR", 12.5)}


def test_a_limit_after_taxes_that_is_another_one_is_a_loss() -> None:
    all_in = {"min_price": {"before_taxes": 0, "after_taxes": 2}, "max_price": {"before_taxes": 15, "after_taxes": 15}}
    found = products(element("ENERGY", "0.5", vat="20"), tax_included="YES", **all_in)
    assert ("after_taxes", "2") in reasons(found)
    assert ("after_taxes", "15") in reasons(found)
    assert "MINIMUM FEE" not in said(found)[0][2]


@pytest.mark.parametrize(
    ("tax_included", "price", "vat", "net", "outcome"),
    [
        ("YES", "0.5950", "19", 0.5, EXACT),
        ("YES", "0.79", "19", 0.6639, LOSSY),
        ("NO", "0.79", "19", 0.79, EXACT),
        ("N/A", "0.79", None, 0.79, EXACT),
        ("YES", "0", None, 0, EXACT),
    ],
)
def test_prices_are_before_taxes_to_four_decimals(
    tax_included: str, price: str, vat: str | None, net: float, outcome: Outcome
) -> None:
    found = products(element("ENERGY", price, vat=vat), tax_included=tax_included)
    assert (found.outcome, said(found)[0][1]) == (outcome, net)


def test_a_price_with_taxes_that_are_not_known_is_refused() -> None:
    found = products(ENERGY, element("FLAT", "1", vat="19"), tax_included="YES")
    assert (found.outcome, found.records, reasons(found)) == (REFUSED, (), [("vat", "ENERGY 0.5")])


def test_energy_and_time_at_once_are_refused() -> None:
    found = products(ENERGY, TIME)
    assert (found.outcome, reasons(found)) == (REFUSED, [("type", "ENERGY, TIME")])


def test_energy_by_day_and_time_by_night_are_a_product_each() -> None:
    night = element("TIME", "1", end_time="06:00")
    found = products(element("ENERGY", "0.5", start_time="06:00"), night)
    assert said(found) == [("HOUR", 1, {}), ("KILOWATT_HOUR", 0.5, {})]


@pytest.mark.parametrize("type", ["AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN"])
def test_just_prices_for_roaming_are_sent(type: str) -> None:
    found = products(ENERGY, type=type)
    assert (found.outcome, reasons(found)) == (REFUSED, [("type", type)])
    assert products(ENERGY, type="REGULAR").outcome is EXACT


def test_without_a_connector_the_power_of_a_product_is_not_known() -> None:
    assert pricing_products(full_body(tariff("watt-hours")), []).outcome is REFUSED


def test_the_power_is_the_highest_of_the_connectors() -> None:
    powers = [connector(kw=kw) for kw in (11, 22.08, 11)]
    (record,) = pricing_products(full_body(tariff("watt-hours")), powers).records
    assert record["MaximumProductChargingPower"] == 22.08


def test_each_price_of_the_week_is_a_product_with_the_hours_in_which_it_holds() -> None:
    weekend = element("ENERGY", "0.4", day_of_week=["SATURDAY", "SUNDAY"])
    peak = element("ENERGY", "0.7", day_of_week=["MONDAY", "FRIDAY"], **PEAK)
    found = products(peak, weekend, ENERGY)
    times = {
        record["ProductID"]: (record["PricePerReferenceUnit"], _times(record), record["IsValid24hours"])
        for record in found.records
    }
    assert times == {
        "watt-hours-MON0000": (
            0.5,
            {
                "Monday": ["00:00-17:00", "20:00-00:00"],
                "Friday": ["00:00-17:00", "20:00-00:00"],
                "Tuesday": ["00:00-00:00"],
                "Wednesday": ["00:00-00:00"],
                "Thursday": ["00:00-00:00"],
            },
            False,
        ),
        "watt-hours-MON1700": (0.7, {"Monday": ["17:00-20:00"], "Friday": ["17:00-20:00"]}, False),
        "watt-hours-SAT0000": (0.4, {"Weekend": ["00:00-00:00"]}, False),
    }
    assert found.outcome is LOSSY
    assert reasons(found) == [("restrictions", "")]


def test_days_are_named_together_where_oicp_has_a_word() -> None:
    weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
    found = products(element("ENERGY", "0.7", day_of_week=weekdays, **PEAK), ENERGY)
    assert [_times(record) for record in found.records] == [
        {"Workdays": ["00:00-17:00", "20:00-00:00"], "Weekend": ["00:00-00:00"]},
        {"Workdays": ["17:00-20:00"]},
    ]
    assert _times(products(ENERGY).records[0]) == {"Everyday": ["00:00-00:00"]}


def _times(record: dict[str, Any]) -> dict[str, list[str]]:
    return {
        times["on"]: [f"{period['begin']}-{period['end']}" for period in times["Periods"]]
        for times in record["ProductAvailabilityTimes"]
    }


def test_the_longest_id_of_a_tariff_leaves_room_for_the_hours() -> None:
    found = products(element("ENERGY", "0.7", **PEAK), ENERGY, id="t" * 36)
    assert max(len(record["ProductID"]) for record in found.records) == 44


@pytest.mark.parametrize(
    ("restrictions", "named"),
    [
        ({"max_kwh": 10}, "energy"),
        ({"min_duration": 3600}, "duration"),
        ({"max_power": 50}, "power"),
        ({"min_current": 32}, "current"),
        ({"start_date": "2026-12-24", "end_date": "2026-12-27"}, "date"),
        ({"max_kwh": 10, "end_date": "2027-01-01"}, "date and energy"),
    ],
)
def test_a_price_that_depends_on_more_than_the_hour_is_refused(restrictions: dict[str, Any], named: str) -> None:
    found = products(element("ENERGY", "0.7", **restrictions), ENERGY)
    assert (found.outcome, reasons(found)) == (REFUSED, [("restrictions", "ENERGY")])
    assert f"depends on {named} " in found.refusals[0].reason
    alone = products(element("ENERGY", "0.7", **restrictions), element("FLAT", "1"))
    assert alone.outcome is REFUSED


def test_a_restriction_that_changes_no_price_is_none() -> None:
    assert products(element("ENERGY", "0.5", max_kwh=10), ENERGY).outcome is EXACT
    halves = element("ENERGY", "0.5", max_kwh=10), element("ENERGY", "0.5", min_kwh=10)
    assert products(*halves).outcome is EXACT


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"tariff_alt_text": [{"language": "en", "text": "Night rates apply."}]}, "tariff_alt_text"),
        ({"tariff_alt_url": "https://example.com/prices"}, "tariff_alt_url"),
        ({"energy_mix": {"is_green_energy": True}}, "energy_mix"),
        ({"start_date_time": "2026-12-01T00:00:00Z"}, "start_date_time"),
        ({"end_date_time": "2026-12-01T00:00:00Z"}, "end_date_time"),
        ({"occupancy": {"per_min": 0.1, "grace_min": 10}}, "occupancy"),
        ({"preauthorize_amount": 50}, "preauthorize_amount"),
        ({"announced_at": "2026-12-01T00:00:00Z"}, "announced_at"),
    ],
)
def test_what_has_no_field_is_a_loss(changes: dict[str, Any], path: str) -> None:
    found = products(ENERGY, **changes)
    assert (found.outcome, reasons(found)) == (LOSSY, [(path, "")])


def test_blocks_and_reservations_are_losses() -> None:
    reserved = element("TIME", "5", reservation="RESERVATION")
    assert reasons(products(reserved, element("ENERGY", "0.5", 100), element("PARKING_TIME", "6", 900))) == [
        ("reservation", ""),
        ("step_size", "ENERGY 100 Wh"),
        ("step_size", "PARKING_TIME 900 s"),
    ]


def test_every_field_of_a_tariff_is_said_or_named() -> None:
    whole = {**full_tariff(), "type": "REGULAR", "elements": [full_tariff()["elements"][1]]}
    found = pricing_products(whole, [connector()])
    silent = {"plan", "source_tax_basis", "audience", "last_updated", "country_code", "party_id", "type"}
    converted = {"id", "currency", "elements", "tax_included", "min_price", "max_price"}
    assert {loss.path.partition("[")[0] for loss in found.losses} - {"elements"} == whole.keys() - silent - converted


def test_products_are_what_the_official_description_asks_for(faults: Callable[[str, Any], list[str]]) -> None:
    records = [
        *products(element("ENERGY", "0.7", **PEAK), ENERGY, element("FLAT", "1"), element("PARKING_TIME", "6")).records,
        *products(element("FLAT", "5"), max_price={"before_taxes": 9}).records,
    ]
    data = pricing_product_data(records, "DE*ABC", FREE, operator_name="ABC technologies")
    message = {"ActionType": "insert", "PricingProductData": data}
    assert faults("eRoamingPushPricingProductData", message) == []
    del data["PricingProductDataRecords"][0]["IsValid24hours"]
    assert faults("eRoamingPushPricingProductData", message)


def test_the_specifications_example_is_what_its_tariff_becomes(shared_data: Path) -> None:
    example = json.loads((shared_data / "oicp-examples/cpo.push-pricing-product-data.request.json").read_text())
    hours = {"start_time": "09:00", "end_time": "18:00"}
    (_, record) = products(element("TIME", "1", **hours), element("PARKING_TIME", "2", **hours)).records
    data = pricing_product_data([{**record, "ProductID": "AC 1"}], "DE*ABC", FREE, operator_name="ABC technologies")
    assert {"ActionType": "fullLoad", "PricingProductData": data} == example


@pytest.mark.parametrize(
    "default",
    [
        Price(FREE.amount, "EUR", Unit.SESSION, TaxBasis.NET),
        Price(FREE.amount, "EUR", Unit.KWH, TaxBasis.GROSS),
    ],
)
def test_a_default_price_that_oicp_cannot_say_is_refused(default: Price) -> None:
    with pytest.raises(ValueError, match="no default price before taxes per kWh, hour or minute"):
        pricing_product_data([], "DE*ABC", default)
