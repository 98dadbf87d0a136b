"""Prices for targets that have just a text for them: one line per tariff, and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.model.canonical import number_text
from app.model.loss import Loss
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice
from app.tariffs.explain.of_tariff import said_of
from app.tariffs.explain.words import shown


@dataclass(frozen=True, slots=True)
class PriceText:
    text: str
    """Empty: no price is known."""
    losses: tuple[Loss, ...] = ()


def price_text(prices: Sequence[AdhocPrice], line: Callable[[Tariff], str], means: Mapping[str, str]) -> PriceText:
    """The lines of all prices, the default first; each with the ways to pay it is for where there are several.

    `means`: what ways to pay (`PaymentMeans`) are called; others keep their own name.
    """
    by_line: dict[str, list[AdhocPrice]] = {}
    for price in prices:
        by_line.setdefault(plain_spaces(line(price.tariff)), []).append(price)
    losses = [loss for price in prices for loss in _left_out(price.tariff)]
    if len(by_line) < 2:
        return PriceText("".join(by_line), tuple(dict.fromkeys(losses)))
    told: list[str] = []
    for text, offered in by_line.items():
        ways = [way for price in offered if price.offer for way in price.offer.payment_means]
        told.append(f"{text} ({', '.join(means.get(way, way) for way in dict.fromkeys(ways))})" if ways else text)
        if not ways:
            losses.append(
                Loss("connectors[].tariff_ids", "several prices: the text does not say which holds where", text)
            )
    return PriceText(" / ".join(told), tuple(dict.fromkeys(losses)))


def plain_spaces(text: str) -> str:
    """No-break spaces as plain ones, none before a semicolon: machines read the text, and CLDR changes between kinds of them."""
    return text.replace("\u202f", "\u00a0").replace("\u00a0;", ";").replace("\u00a0", " ")


def _left_out(tariff: Tariff) -> Iterator[Loss]:
    for price in said_of(tariff).prices:
        exact = (price.gross() or price).amount
        if not shown(exact)[1]:
            reason = "rounded in the text, which says that it is about so much"
            yield Loss("elements[].price_components[].price", reason, f"{exact} {price.currency}/{price.unit}")
    if tariff.end_date_time:
        reason = "the text does not say how long the price holds: left out"
        yield Loss("end_date_time", reason, tariff.end_date_time.isoformat())
    if tariff.preauthorize_amount:
        yield Loss("preauthorize_amount", "not told in the text: left out", number_text(tariff.preauthorize_amount))
    if tariff.tariff_alt_text and tariff.plan is None:
        yield Loss("tariff_alt_text", "the operator's own words: left out")
