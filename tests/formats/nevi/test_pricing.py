"""AFDC's price texts, and the price structure that 23 CFR 680.116(a) asks for."""

from __future__ import annotations

from app.formats.nevi.pricing import ev_pricing, ev_pricing_fr, price_structure
from app.tariffs.adhoc import tariff_price
from tests.tariffs.examples import element, priced
from tests.tariffs.explain.told import by_id

ZONE = "America/Chicago"


def prices(name: str):
    return [tariff_price(by_id()[name], ZONE, 0)]


def test_dollars_per_kwh_then_the_idle_fee():
    found = ev_pricing(prices("corridor"))
    assert found.text == "$0.48/kWh, $0.36 from 9:00 PM to 9:00 AM; idle fee $0.40/min; plus any taxes"
    assert found.losses == ()


def test_the_same_in_french():
    told = "0,48 $ US/kWh, 0,36 $ US de 21 h 00 à 09 h 00; frais d'occupation 0,40 $ US/min; hors taxes éventuelles"
    assert ev_pricing_fr(prices("corridor")).text == told


def test_canada_has_its_own_dollar():
    assert ev_pricing(prices("plus-tax")).text.startswith("$0.45/kWh; charging time about $0.0333/min")
    assert ev_pricing_fr(prices("plus-tax")).text.startswith("0,45 $/kWh; temps de recharge environ 0,0333 $/min")


def test_a_rounded_amount_is_a_loss():
    (loss,) = ev_pricing(prices("plus-tax")).losses
    assert loss.path == "elements[].price_components[].price"


def test_the_structure_is_explained_energy_first():
    sentences, losses = price_structure(prices("corridor")[0], ZONE)
    assert sentences == (
        "The same price with and without a contract.",
        "Energy: $0.48/kWh; $0.36/kWh from 9:00 PM to 9:00 AM.",
        "Idle fee, while the car is connected but not charging: $0.40/min.",
        "Any taxes are added to these prices.",
        "All times are local time (America/Chicago).",
    )
    assert losses == ()


def test_a_price_by_time_alone_is_a_loss():
    by_time = priced(element("TIME", "6"), country_code="US", currency="USD")
    _, losses = price_structure(tariff_price(by_time, ZONE, 0), ZONE)
    assert "680.116(a)(1)" in losses[0].reason
