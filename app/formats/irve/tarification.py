"""`tarification`, field 28 of schema-irve-statique: the only place for a price there is a text."""

from __future__ import annotations

from collections.abc import Sequence

from app.formats.price_text import PriceText, price_text
from app.model.connector import PaymentMeans
from app.model.money import TaxBasis
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice
from app.tariffs.explain.catalogue import spoken
from app.tariffs.explain.of_tariff import said_of
from app.tariffs.explain.phrases import Phrases
from app.tariffs.explain.sentences import short_parts
from app.tariffs.explain.telling import Telling

_BASES = {TaxBasis.GROSS: "TTC", TaxBasis.NET: "HT", TaxBasis.UNTAXED: ""}
_MEANS: dict[str, str] = {
    PaymentMeans.TERMINAL: "terminal de paiement",
    PaymentMeans.CONTACTLESS: "paiement sans contact",
    PaymentMeans.QR_CODE: "QR code",
    PaymentMeans.WEBSITE: "site web",
    PaymentMeans.APP: "application mobile",
    PaymentMeans.CASH: "espèces",
    PaymentMeans.OTHER: "autre moyen de paiement",
}


def tarification(prices: Sequence[AdhocPrice]) -> PriceText:
    """The ad hoc prices of an EVSE in French, as `0,40 €/kWh TTC; 0,10 €/min après 45 min`.

    The same prices give the same text, so that `date_maj` need not move. All hours and seasons of a price are told, whatever
    the time: the file is of a day.
    """
    return price_text(prices, _line, _MEANS)


def _line(tariff: Tariff) -> str:
    said = said_of(tariff)
    phrases = Phrases(*spoken("fr-FR"), short=True)
    bases = {_BASES[(price.gross() or price).basis] for price in said.prices}
    parts = short_parts(said, Telling(phrases, taxes_apart=len(bases) > 1))
    if len(bases) == 1 and (basis := bases.pop()):
        first = phrases.price(said.prices[0])
        parts[0] = parts[0].replace(first, f"{first} {basis}", 1)
    return "; ".join(parts)
