"""Was a session billed at the price that was public when it started?

1. The tariff is the version that the ledger has for the start, however it changed later. Of several offers the one counts that
   the record names, else the one that comes closest.
2. Its price at the start holds for the whole session (23 CFR 680.116(a)(2)). A tariff whose price changes by the clock, as it
   said beforehand, may be followed as it goes, too, outside the United States.
3. Amounts are compared on a tax basis that both state, after taxes first; one minor unit of the currency is rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.clock import from_millis
from app.errors import PricingError
from app.ledger.asking import Asked
from app.model.canonical import number_text
from app.model.enums import TariffDimensionType
from app.model.tariff import Tariff
from app.tariffs.cost import Amount, Cost, SessionFacts, cost, fixed_at

_UNITED_STATES = "US"
NAMES = {
    TariffDimensionType.ENERGY: "energy",
    TariffDimensionType.TIME: "time",
    TariffDimensionType.PARKING_TIME: "parking",
    TariffDimensionType.FLAT: "session fee",
}


@dataclass(frozen=True, slots=True)
class Bill:
    """What a record says was charged, and for what."""

    asked: Asked
    facts: SessionFacts
    total: Amount | None
    """None: not stated."""
    currency: str | None = None
    parts: Mapping[TariffDimensionType, Amount] = field(default_factory=dict)
    """Those that it states."""
    tariff_ids: frozenset[str] = frozenset()
    """That it names; in lower case."""
    is_credit: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    holds: bool | None
    """None: it cannot be told."""
    words: str
    amounts: tuple[tuple[str, Amount, Amount], ...] = ()
    """What (`energy`, `total` …), by the published price, and as billed."""
    currency: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Due:
    """A bill against one way to price the session."""

    cost: Cost
    fixed: bool
    """At the price of the start; False: as the tariff goes."""
    off: Decimal | None
    """Billed less due; None: they share no tax basis."""

    @property
    def agrees(self) -> bool:
        return self.off is not None and abs(self.off) <= _rounding(self.cost)

    @property
    def distance(self) -> tuple[bool, bool, Decimal]:
        return not self.agrees, self.off is None, abs(self.off or Decimal(0))


def judge(bill: Bill, answer: Mapping[str, Any]) -> Judgement:
    """`answer`: as `Auditor.price` answers for the start of the session, of one connector or all."""
    if bill.is_credit:
        return Judgement(None, "Cannot tell: it is a credit, and takes back what another record charged.")
    if bill.total is None:
        return Judgement(None, "Cannot tell: the record states no total.")
    said = [_of_connector(bill, bill.total, answer, moment) for moment in answer["moments"]]
    return min(said, key=lambda one: (True, None, False).index(one.holds))


def _of_connector(bill: Bill, total: Amount, answer: Mapping[str, Any], moment: Mapping[str, Any]) -> Judgement:
    if not moment["prices"]:
        return Judgement(None, f"Cannot tell: {moment['words']}")
    rests_on = (one for one in answer["evidence"]["entries"] if one["index"] in moment["rests_on"])
    contents = [orjson.loads(one["entry"]) for one in rests_on]
    zone = next(content["time_zone"] for content in contents if "time_zone" in content)
    public = {price["tariff_id"].lower() for price in moment["prices"]}
    bodies = {content["id"].lower(): content["tariff"] for content in contents if "tariff" in content}
    tariffs = [Tariff.model_validate(bodies[id_]) for id_ in sorted(bill.tariff_ids & public or public)]
    try:
        due = [one for tariff in tariffs for one in _due(bill.facts, total, tariff, zone)]
    except PricingError as error:
        return Judgement(None, f"Cannot tell: {error}")
    in_currency = [one for one in due if bill.currency in (None, one.cost.currency)]
    if not in_currency:
        return Judgement(False, f"Differs: billed in {bill.currency}, published in {due[0].cost.currency}.")
    nearest = min(in_currency, key=lambda one: one.distance)
    holds, words = _verdict(bill, nearest, moment["at"], frozen=answer["evse"]["party"].startswith(_UNITED_STATES))
    notes = list(nearest.cost.notes)
    if bill.tariff_ids and not bill.tariff_ids & public:
        named = ", ".join(sorted(bill.tariff_ids))
        notes.append(f"it names tariff {named}, which was not public at this connector then")
        if holds is False:
            holds, words = None, f"Cannot tell: it may be the price of a contract. Against the public one: {words}"
    return Judgement(holds, words, tuple(_amounts(bill, total, nearest.cost)), nearest.cost.currency, tuple(notes))


def _due(facts: SessionFacts, total: Amount, tariff: Tariff, zone: str) -> Iterator[_Due]:
    began = facts.phases[0].since if facts.phases else facts.start
    fixed = fixed_at(tariff, from_millis(began).astimezone(ZoneInfo(zone)))
    for one in (fixed, tariff) if fixed is not tariff else (tariff,):
        found = cost(one, facts, zone)
        yield _Due(found, one is fixed, _off(total, found.exact))


def _verdict(bill: Bill, due: _Due, at: str, *, frozen: bool) -> tuple[bool | None, str]:
    """`frozen`: the price of the start must hold throughout."""
    if due.off is None:
        return None, "Cannot tell: bill and published price share no tax basis, and the rate is not known."
    if not due.agrees:
        return False, f"Differs: {_off_by(due.off, due.cost)}{_where(bill, due.cost)}."
    if due.fixed:
        return True, f"Holds: billed at the price that was public at {at}, when the session started."
    if frozen:
        rule = f"the price of the start, {at}, holds for the whole session (23 CFR 680.116(a)(2))"
        return False, f"Differs: billed as the tariff goes by the clock, but {rule}."
    return (
        True,
        f"Holds: billed by the tariff that was public at {at}; its price changed by the clock during the session.",
    )


def _amounts(bill: Bill, total: Amount, found: Cost) -> Iterator[tuple[str, Amount, Amount]]:
    for dimension, billed in bill.parts.items():
        yield NAMES[dimension], _part(found, dimension), billed
    yield "total", found.total, total


def _where(bill: Bill, found: Cost) -> str:
    """In which component, as far as the record tells."""
    offs = {dimension: _off(billed, _part(found, dimension)) for dimension, billed in bill.parts.items()}
    wrong = [
        f"{NAMES[dimension]} ({_off_by(off, found)})"
        for dimension, off in offs.items()
        if off is not None and abs(off) > _rounding(found)
    ]
    if wrong:
        return f", in {' and '.join(wrong)}"
    charged = {NAMES[part.dimension] for part in found.components if part.price}
    if len(charged) == 1:
        return f", in {charged.pop()}, all that costs"
    return "; in which component the record does not tell"


def _part(found: Cost, dimension: TariffDimensionType) -> Amount:
    amounts = [part.amount for part in found.components if part.dimension is dimension]
    return Amount(_sum([one.before_taxes for one in amounts]), _sum([one.after_taxes for one in amounts]))


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _off(billed: Amount, due: Amount) -> Decimal | None:
    for one, other in ((billed.after_taxes, due.after_taxes), (billed.before_taxes, due.before_taxes)):
        if one is not None and other is not None:
            return one - other
    return None


def _rounding(found: Cost) -> Decimal:
    return Decimal(1).scaleb(-found.decimals)


def _off_by(off: Decimal, found: Cost) -> str:
    return f"{number_text(round(abs(off), 4))} {found.currency} too {'much' if off > 0 else 'little'}"


def told(judgement: Judgement) -> dict[str, Any]:
    """As JSON; amounts as text, null where they are not known."""
    return {
        "holds": judgement.holds,
        "words": judgement.words,
        "currency": judgement.currency,
        "amounts": [
            {"what": what, "published": _both(due), "billed": _both(billed)} for what, due, billed in judgement.amounts
        ],
        "notes": list(judgement.notes),
    }


def _both(amount: Amount) -> dict[str, str | None]:
    pair = (("before_taxes", amount.before_taxes), ("after_taxes", amount.after_taxes))
    return {name: None if value is None else number_text(round(value, 4)) for name, value in pair}
