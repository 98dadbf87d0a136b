"""The French price text, and what it leaves out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.formats.irve.tarification import tarification
from app.model.connector import AdhocOffer
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice, tariff_price
from tests.tariffs.examples import ZONE, element, priced
from tests.tariffs.explain.told import by_id


def offer(tariff: Tariff, *means: str) -> AdhocPrice:
    price = tariff_price(tariff, ZONE, 0)
    found = AdhocOffer(tariff_id=tariff.id, payment_means=list(means)) if means else None
    return AdhocPrice(price.tariff, price.parts, price.valid_from, price.next_change, found)


def text(tariff: Tariff) -> str:
    return tarification([offer(tariff)]).text


def test_a_price_and_a_fee_after_some_minutes():
    fee = {"per_min": Decimal("0.10"), "grace_min": 45, "from": "SESSION_START"}
    later = [element(kind, "6", min_duration=2700) for kind in ("TIME", "PARKING_TIME")]
    tariff = priced(element("ENERGY", "0.40"), *later, occupancy=fee, tax_included="YES")
    found = tarification([offer(tariff)])
    assert found.text == "0,40 €/kWh TTC; 0,10 €/min après 45 min"
    assert found.losses == ()


@pytest.mark.parametrize(
    ("vat", "included", "told"),
    [
        ("20", "YES", "0,50 €/kWh TTC"),
        (None, "YES", "0,50 €/kWh TTC"),
        ("20", "NO", "0,60 €/kWh TTC"),
        (None, "NO", "0,50 €/kWh HT"),
        (None, "N/A", "0,50 €/kWh"),
    ],
)
def test_the_tax_basis_stands_beside_the_price(vat, included, told):
    assert text(priced(element("ENERGY", "0.50", vat=vat), tax_included=included)) == told


def test_bases_that_differ_stand_beside_each_price():
    mixed = priced(element("ENERGY", "0.50", vat="20"), element("FLAT", "1"), tax_included="NO")
    assert text(mixed) == "0,60 €/kWh (TVA de 20 % comprise); 1 € par session (hors taxes éventuelles)"


def test_free_is_said_so():
    assert text(by_id()["free"]) == "gratuit"


def test_hours_and_seasons_are_told_whatever_the_time():
    told = text(by_id()["city-peak-adhoc"])
    assert told.startswith("0,59 €/kWh TTC, 0,79 € lun.–ven. de 17:00 à 20:00 (1er nov.–29 févr.)")
    assert "\xa0" not in told


def test_what_the_text_does_not_say_is_a_loss():
    paths = {loss.path for loss in tarification([offer(by_id()["city-peak-adhoc"])]).losses}
    assert paths == {"end_date_time", "preauthorize_amount"}
    (loss,) = tarification([offer(priced(element("TIME", "2"), tax_included="YES"))]).losses
    assert (loss.path, loss.value.partition("33")[0]) == ("elements[].price_components[].price", "0.0")
    assert [one.path for one in tarification([offer(by_id()["by-day"])]).losses] == [
        "preauthorize_amount",
        "tariff_alt_text",
    ]


def test_several_prices_are_told_with_the_ways_to_pay():
    prices = [priced(element("ENERGY", price), tax_included="YES") for price in ("0.59", "0.49")]
    found = tarification([offer(prices[0], "TERMINAL", "CONTACTLESS"), offer(prices[1], "APP")])
    assert found.text == (
        "0,59 €/kWh TTC (terminal de paiement, paiement sans contact) / 0,49 €/kWh TTC (application mobile)"
    )
    assert found.losses == ()


def test_several_prices_without_a_way_to_tell_them_apart_are_a_loss():
    prices = [priced(element("ENERGY", price), tax_included="YES") for price in ("0.59", "0.49")]
    found = tarification([offer(price) for price in prices])
    assert found.text == "0,59 €/kWh TTC / 0,49 €/kWh TTC"
    assert [(loss.path, loss.value) for loss in found.losses] == [
        ("connectors[].tariff_ids", "0,59 €/kWh TTC"),
        ("connectors[].tariff_ids", "0,49 €/kWh TTC"),
    ]


def test_the_same_price_twice_is_told_once():
    tariff = priced(element("ENERGY", "0.59"), tax_included="YES")
    assert tarification([offer(tariff), offer(tariff)]).text == "0,59 €/kWh TTC"


def test_without_a_price_there_is_no_text():
    assert tarification([]).text == ""
