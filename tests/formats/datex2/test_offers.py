"""The rates of a connector: one per way to pay, announced changes within, ids that tell them apart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.clock import parse_time, to_millis
from app.formats.datex2.offers import ConnectorRates
from app.formats.datex2.payment import means_of, payment_of
from app.formats.datex2.rate_ids import distinct_ids
from app.formats.datex2.rates import EnergyPrice, EnergyRate, Payment, PriceType, RatePolicy
from app.model.canonical import full_body
from app.tariffs.adhoc import PriceBook
from tests.tariffs.examples import ZONE, element, priced

AT = parse_time("2027-03-03T12:00:00Z")
CONNECTOR = {"id": "1", "power_type": "DC", "max_electric_power": 150_000}
APRIL = "2027-03-31T22:00:00Z"


def body(id: str, price: str, **changes):
    return full_body(priced(element("ENERGY", price), id=id, type="AD_HOC_PAYMENT", **changes))


def rates(connector: dict, *bodies: dict, payment: Payment | None = None) -> tuple[ConnectorRates, dict]:
    ids = [one["id"] for one in bodies]
    made = ConnectorRates(PriceBook(), {one["id"]: one for one in bodies}, ZONE, AT, payment)
    return made, {**CONNECTOR, "tariff_ids": ids, **connector}


def test_each_way_to_pay_is_a_rate():
    offers = [
        {"tariff_id": "web", "payment_means": ["WEBSITE"]},
        {"tariff_id": "card", "payment_means": ["CONTACTLESS"]},
    ]
    made, connector = rates({"adhoc_offers": offers}, body("card", "0.59"), body("web", "0.49"))
    for found in (made.with_periods(connector), made.of_now(connector)):
        assert [one.rate.id for one in found] == ["DE*STW*web", "DE*STW*card"]
        assert [one.rate.payment.means for one in found] == [("website",), ("nfc",)]
        assert {one.rate.policy for one in found} == {RatePolicy.AD_HOC}


def test_an_announced_tariff_is_in_the_rate_of_the_one_before_it():
    now, later = body("now", "0.59", end_date_time=APRIL), body("later", "0.62", start_date_time=APRIL)
    station = Payment(means=("emv",))
    made, connector = rates({}, now, later, payment=station)
    (windows,) = made.with_periods(connector)
    assert [price.value for price in windows.rate.prices] == [Decimal("0.59"), Decimal("0.62")]
    assert windows.rate.payment is station
    (current,) = made.of_now(connector)
    assert (current.rate.id, current.next_change) == (windows.rate.id, parse_time(APRIL))
    assert [price.value for price in current.rate.prices] == [Decimal("0.59")]
    then = replace(made, at=parse_time(APRIL))
    assert [one.rate.id for one in then.with_periods(connector)] == [one.rate.id for one in then.of_now(connector)]


def test_a_tariff_for_every_session_counts_until_an_ad_hoc_one_begins():
    every = {**body("every", "0.59"), "type": None}
    made, connector = rates({}, {**every}, body("adhoc", "0.62", start_date_time=APRIL))
    (found,) = made.with_periods(connector)
    ends = [(price.value, price.period.end and to_millis(price.period.end)) for price in found.rate.prices]
    assert ends == [(Decimal("0.59"), parse_time(APRIL)), (Decimal("0.62"), None)]
    assert [one.rate.id for one in made.of_now(connector)] == [found.rate.id]


def test_a_rate_that_depends_on_the_power_has_it_in_its_id():
    banded = full_body(priced(element("ENERGY", "0.69", min_power=50), element("ENERGY", "0.45"), id="band"))
    made, fast = rates({}, banded)
    slow = {**fast, "max_electric_power": 22_000}
    assert [made.with_periods(one)[0].rate.id for one in (fast, slow)] == ["DE*STW*band-150kW", "DE*STW*band-22kW"]


def test_contract_prices_come_apart():
    made, connector = rates({}, body("adhoc", "0.59"), {**body("regular", "0.49"), "type": "REGULAR"})
    assert [one.rate.id for one in made.with_periods(connector)] == ["DE*STW*adhoc"]
    (contract,) = made.of_contracts(connector)
    assert (contract.rate.id, contract.rate.policy) == ("DE*STW*regular", RatePolicy.CONTRACT)


def test_a_link_of_an_offer_is_lost_by_name():
    offers = [{"tariff_id": "web", "url": "https://pay.example/1"}]
    made, connector = rates({"adhoc_offers": offers}, body("web", "0.49"))
    assert "adhoc_offers[].url" in {loss.path for loss in made.with_periods(connector)[0].losses}


def test_ways_to_pay_are_read_as_they_were_said():
    means = ("TERMINAL", "CONTACTLESS", "QR_CODE", "WEBSITE", "APP", "CASH")
    assert means_of(payment_of(means)) == means
    assert payment_of(()) is None


def _rate(price: str, means: str, id: str = "adHoc") -> EnergyRate:
    prices = (EnergyPrice(PriceType.PER_KWH, Decimal(price)),)
    return EnergyRate(id, RatePolicy.AD_HOC, ("EUR",), prices=prices, payment=Payment(means=(means,)))


def test_an_id_is_kept_where_it_stands_for_one_rate():
    assert distinct_ids([("p1", _rate("0.5", "nfc")), ("p2", _rate("0.5", "nfc"))]) == ["adHoc", "adHoc"]


def test_one_id_for_other_prices_gets_the_id_of_the_point_and_a_new_price_no_new_id():
    before = distinct_ids([("p1", _rate("0.5", "nfc")), ("p2", _rate("0.6", "nfc"))])
    assert before == ["adHoc-p1", "adHoc-p2"]
    assert distinct_ids([("p1", _rate("0.55", "nfc")), ("p2", _rate("0.6", "nfc"))]) == before


def test_one_id_for_other_ways_to_pay_gets_a_mark_of_them():
    one, other = distinct_ids([("p1", _rate("0.5", "nfc")), ("p1", _rate("0.5", "website"))])
    assert one != other
    assert one.startswith("adHoc-")
    assert distinct_ids([("p1", _rate("0.7", "nfc")), ("p1", _rate("0.5", "website"))]) == [one, other]


def test_ids_fit_into_ocpi():
    long = "9C07640B-7ECE-46EC-A23F-417E99C53F33"
    found = distinct_ids([("p1", _rate("0.5", "nfc", long)), ("p2", _rate("0.6", "nfc", long))])
    assert len(set(found)) == 2
    assert all(len(one) == 36 for one in found)
