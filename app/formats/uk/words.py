"""A tariff in pence, in English: `79p/kWh, 39p/kWh 00:30-04:30, plus £1 per session`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from app.model.canonical import number_text
from app.model.money import PRICE_DECIMALS, Price, Unit
from app.model.tariff import Tariff
from app.tariffs.adhoc import Component
from app.tariffs.adhoc.parts import components, price_of
from app.tariffs.conditions import ALWAYS, OPEN, Bounds, Condition
from app.tariffs.plan.words import DAY_MINUTES, clock
from app.tariffs.rates import Rate, exclusive, rates_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_POUND = Decimal(100)
_PER = {Unit.KWH: "/kWh", Unit.MINUTE: "/min", Unit.SESSION: " per session"}
_WHILE = {
    (Component.TIME, True): " while charging",
    (Component.OCCUPANCY, False): " while not charging",
    (Component.OCCUPANCY, None): " for staying",
}


def energy_text(tariff: Tariff) -> str:
    """What a kWh costs with taxes, and when; empty where there is no price per kWh. Needs every VAT to be known."""
    return ", ".join(_of(tariff, Component.ENERGY))


def fees_text(tariff: Tariff) -> str:
    """All else that a session can cost, with taxes; empty where it costs nothing. Needs every VAT to be known."""
    fees = [text for component in Component if component is not Component.ENERGY for text in _of(tariff, component)]
    for words, limit in (("at least", tariff.min_price), ("at most", tariff.max_price)):
        if limit and limit.after_taxes:
            fees.append(f"{words} {amount_text(limit.after_taxes * _POUND)} per session")
    return ", ".join(fees)


def pence_text(pence: Decimal) -> str:
    """`55.05p`: with as many decimals as it has, four at most."""
    return f"{number_text(round(pence, PRICE_DECIMALS))}p"


def amount_text(pence: Decimal) -> str:
    """`50p`, `£1`, `£1.50`."""
    if pence < _POUND:
        return pence_text(pence)
    pounds, _, rest = number_text(round(pence / _POUND, PRICE_DECIMALS)).partition(".")
    return f"£{pounds}.{rest:0<2}" if rest else f"£{pounds}"


def _of(tariff: Tariff, component: Component) -> Iterator[str]:
    for known, charging, rates in components(tariff, rates_of(tariff)):
        if known is component:
            what = _WHILE.get((component, charging), "")
            for price, conditions in _by_price(tariff, rates):
                gross = price.gross()
                if gross and (gross.amount or component is Component.ENERGY):
                    written = amount_text if gross.unit is Unit.SESSION else pence_text
                    yield f"{written(gross.amount * _POUND)}{_PER[gross.unit]}{what}{_when(conditions)}"


def _by_price(tariff: Tariff, rates: Sequence[Rate]) -> list[tuple[Price, list[Condition]]]:
    """Each price with when it counts; the one that counts unless another does comes first, without conditions."""
    found: dict[Price, list[Condition]] = {}
    for part in exclusive(rates):
        conditions = [ALWAYS] if part.when == ALWAYS else part.conditions()
        found.setdefault(price_of(tariff, part.rate.component), []).extend(conditions)
    said = [(price, [] if ALWAYS in conditions else conditions) for price, conditions in found.items()]
    return sorted(said, key=lambda item: bool(item[1]))


def _when(conditions: Collection[Condition]) -> str:
    """With a space before it; empty where there are none."""
    return " and".join("".join(f" {word}" for word in _words(one)) for one in _over_midnight(conditions))


def _over_midnight(conditions: Collection[Condition]) -> Iterator[Condition]:
    """Hours of every day that go on after midnight as one span, its end below its beginning."""
    early = {replace(one, hours=None): one for one in conditions if one.hours and not one.hours[0] and not one.days}
    late = {replace(one, hours=None): one for one in conditions if one.hours and one.hours[1] == DAY_MINUTES}
    joined = early.keys() & late.keys()
    for one in conditions:
        bare = replace(one, hours=None)
        if bare not in joined or one not in (early[bare], late[bare]):
            yield one
        elif one is late[bare] and one.hours:
            yield replace(one, hours=(one.hours[0], (early[bare].hours or (0, 0))[1]))


def _words(condition: Condition) -> Iterator[str]:
    if condition.dates:
        yield from _dates(*condition.dates)
    if condition.days:
        yield ", ".join(_runs(sorted(condition.days)))
    if condition.hours:
        yield "-".join(map(clock, condition.hours))
    minutes = tuple(None if bound is None else bound / 60 for bound in condition.seconds)
    yield from _bounds((minutes[0], minutes[1]), "min")
    for bounds, unit in ((condition.kwh, "kWh"), (condition.power, "kW"), (condition.current, "A")):
        yield from _bounds(bounds, unit)


def _bounds(bounds: Bounds, unit: str) -> Iterator[str]:
    low, high = (None if bound is None else number_text(round(bound, PRICE_DECIMALS)) for bound in bounds)
    if bounds != OPEN:
        span = f"up to {high}" if low is None else f"from {low}" if high is None else f"{low}-{high}"
        yield f"{span} {unit}"


def _dates(begin: date, end: date) -> Iterator[str]:
    if begin != date.min:
        yield f"from {begin:%-d %b %Y}"
    if end != date.max:
        yield f"until {end - timedelta(1):%-d %b %Y}"


def _runs(days: Sequence[int]) -> Iterator[str]:
    """`Mon-Fri`, `Sat`, `Sun`."""
    begin = days[0]
    for day, following in zip(days, [*days[1:], None], strict=True):
        if following != day + 1:
            yield _DAYS[day] if begin == day else f"{_DAYS[begin]}-{_DAYS[day]}"
            begin = following if following is not None else begin
