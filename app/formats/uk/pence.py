"""The total price in pence per kWh (SI 2023/1168, reg. 11 and 10(6)(d)).

The law asks for one figure with taxes; what else is charged stands beside it. The figure is the price of energy at the beginning
of a session at full power: fees per session or minute are no part of it, since what they add depends on the session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.clock import Millis
from app.formats.uk.words import energy_text, fees_text, pence_text
from app.model.canonical import number_text
from app.model.loss import Loss
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice, Component, compared
from app.tariffs.adhoc.parts import components, price_of
from app.tariffs.adhoc.price import COMPARED_KWH
from app.tariffs.flatten.text import AMOUNTS
from app.tariffs.rates import rates_of

_LONGEST = 512
_PENCE = Decimal(100)
_COMPONENTS = "elements[].price_components"


@dataclass(frozen=True, slots=True)
class PencePerKwh:
    pence: Decimal | None
    """Now, with taxes; None: cannot be said."""
    text: str
    """The same with the prices of other hours and bands, and with other fees; empty where it cannot be said."""
    losses: tuple[Loss, ...]
    """What the figure leaves out, or why there is none."""


@dataclass(frozen=True, slots=True)
class AltText:
    texts: list[dict[str, str]]
    """As `tariff_alt_text`."""
    losses: tuple[Loss, ...] = ()
    deviations: tuple[str, ...] = ()


def pence_per_kwh(prices: Sequence[AdhocPrice], time_zone: str, at: Millis) -> PencePerKwh:
    """Of an EVSE with these ad hoc prices at `at`, the default first (see `adhoc_prices`)."""
    if not prices:
        return PencePerKwh(None, "", (Loss("evses[].connectors[].tariff_ids", "no ad hoc price is known"),))
    default, *others = prices
    if reason := _unsayable(default.tariff):
        return PencePerKwh(None, "", (reason,))
    beside = (found for other in others if (found := _beside(other, default)))
    losses = (*_left_out(default, time_zone, at), *beside)
    return PencePerKwh(_pence_now(default), _text(default.tariff), losses)


def alt_text(tariff: Mapping[str, Any]) -> AltText:
    """`tariff_alt_text` of a tariff (canonical JSON) with its prices in pence beside what it says already.

    Only for a profile that asks for it: OCPI 2.2.1 forbids amounts beside `elements`.
    """
    read = Tariff.model_validate(tariff)
    texts = {text.language: text.text for text in read.tariff_alt_text}
    kept = [{"language": language, "text": text} for language, text in texts.items()]
    if reason := _unsayable(read):
        return AltText(kept, (reason,))
    stated = f"{_text(read)}."
    english = " ".join(filter(None, [texts.get("en"), stated]))
    if len(english) > _LONGEST:
        return AltText(kept, (Loss("tariff_alt_text", f"longer than {_LONGEST} characters: prices left out", stated),))
    texts["en"] = english
    return AltText([{"language": language, "text": text} for language, text in texts.items()], deviations=(AMOUNTS,))


def _unsayable(tariff: Tariff) -> Loss | None:
    if tariff.currency != "GBP":
        return Loss(
            "currency", "the law asks for pence per kWh: a price in another currency cannot be said", tariff.currency
        )
    charged = [
        (component, rate.component)
        for component, _, rates in components(tariff, rates_of(tariff))
        for rate in rates
        if rate.component.price or component is Component.ENERGY
    ]
    for _, priced in charged:
        if price_of(tariff, priced).gross() is None:
            reason = "the law asks for a price with VAT, and it is not known"
            return Loss(f"{_COMPONENTS}[].vat", reason, f"{priced.type} {number_text(priced.price)}")
    if charged and not any(component is Component.ENERGY for component, _ in charged):
        return Loss(_COMPONENTS, "no price per kWh", fees_text(tariff))
    return None


def _text(tariff: Tariff) -> str:
    return ", plus ".join(filter(None, [energy_text(tariff) or "0p/kWh", fees_text(tariff)]))


def _pence_now(price: AdhocPrice) -> Decimal:
    energy = price.first(Component.ENERGY)
    gross = energy.gross() if energy else None
    return gross.amount * _PENCE if gross else Decimal(0)


def _left_out(price: AdhocPrice, time_zone: str, at: Millis) -> Iterator[Loss]:
    paid = compared(price, time_zone, at).exact.after_taxes
    in_all = None if paid is None else paid * _PENCE / COMPARED_KWH
    fees = fees_text(price.tariff)
    if fees or in_all != _pence_now(price):
        known = "" if in_all is None else f": 30 kWh in 30 min come to {pence_text(in_all)}/kWh in all"
        yield Loss(_COMPONENTS, f"the figure is the price of energy as a session begins{known}", fees)


def _beside(other: AdhocPrice, default: AdhocPrice) -> Loss | None:
    said = _unsayable(other.tariff)
    text = f"cannot be said: {said.reason}" if said else _text(other.tariff)
    if text == _text(default.tariff):
        return None
    means = ", ".join(other.offer.payment_means) if other.offer else ""
    return Loss("evses[].connectors[].adhoc_offers", f"another ad hoc price beside the figure: {text}", means)
