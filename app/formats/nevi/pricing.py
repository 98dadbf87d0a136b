"""Prices as text: AFDC's `ev_pricing` and `ev_pricing_fr`, and the price structure explained (23 CFR 680.116(a)(3))."""

from __future__ import annotations

from collections.abc import Sequence

from app.formats.price_text import PriceText, plain_spaces, price_text
from app.model.connector import PaymentMeans
from app.model.loss import Loss
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice, Component
from app.tariffs.explain import explain, in_short

_MEANS: dict[str, str] = {
    PaymentMeans.TERMINAL: "card reader",
    PaymentMeans.CONTACTLESS: "contactless",
    PaymentMeans.QR_CODE: "QR code",
    PaymentMeans.WEBSITE: "website",
    PaymentMeans.APP: "app",
    PaymentMeans.CASH: "cash",
    PaymentMeans.OTHER: "other payment",
}
_MEANS_FR: dict[str, str] = {
    PaymentMeans.TERMINAL: "lecteur de carte",
    PaymentMeans.CONTACTLESS: "paiement sans contact",
    PaymentMeans.QR_CODE: "code QR",
    PaymentMeans.WEBSITE: "site Web",
    PaymentMeans.APP: "application",
    PaymentMeans.CASH: "argent comptant",
    PaymentMeans.OTHER: "autre mode de paiement",
}


def ev_pricing(prices: Sequence[AdhocPrice]) -> PriceText:
    """The ad hoc prices of a station, as `$0.48/kWh; idle fee $0.40/min; plus any taxes`."""
    return price_text(prices, lambda tariff: in_short(tariff, _english(tariff)), _MEANS)


def ev_pricing_fr(prices: Sequence[AdhocPrice]) -> PriceText:
    """The same in the French of Canada."""
    return price_text(prices, lambda tariff: in_short(tariff, "fr-CA"), _MEANS_FR)


def price_structure(price: AdhocPrice, time_zone: str) -> tuple[tuple[str, ...], tuple[Loss, ...]]:
    """Full sentences in English: the price of electricity first, then every other fee.

    A loss where there is no price per kWh, on which 680.116(a)(1) bases it.
    """
    sentences = tuple(
        plain_spaces(sentence) for sentence in explain(price.tariff, _english(price.tariff), time_zone=time_zone)
    )
    if price.of(Component.ENERGY) or not price.parts:
        return sentences, ()
    return sentences, (Loss("elements[].price_components[].type", "no price per kWh (23 CFR 680.116(a)(1))"),)


def _english(tariff: Tariff) -> str:
    return "en-CA" if tariff.country_code == "CA" else "en-US"
