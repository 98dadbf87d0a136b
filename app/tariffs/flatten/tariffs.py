"""A price plan as OCPI 2.3.0 tariffs: one per audience and per announced change.

Energy is billed in started Wh and time in started seconds (`step_size` 1), which is how meters and clocks count; else what is
published gives the plan's price to the cent, or a loss says by how much it may differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.clock import format_time, to_millis
from app.model.canonical import canonical
from app.model.enums import TariffDimensionType as Dimension
from app.model.enums import TariffType
from app.model.tariff import Audience, OccupancyStart
from app.tariffs.conditions import ALWAYS, Condition, Rules, without_idle_end
from app.tariffs.flatten.cap import cap_end
from app.tariffs.flatten.losses import Bound, PriceLoss, group_loss, losses_of
from app.tariffs.flatten.rules import Calendar, energy_rules, occupancy_rules, time_rules
from app.tariffs.flatten.text import alt_text
from app.tariffs.plan.language import Plan, PriceLists
from app.tariffs.plan.prices import Exemption, Occupancy, Prices
from app.tariffs.plan.simulate import CONTRACT
from app.tariffs.plan.taxes import limit_of, tax_included
from app.tariffs.plan.words import WEEK, clock

_ONE, _HOUR = Decimal(1), Decimal(60)
_DAY_NAMES = dict(
    zip(WEEK, ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"), strict=True)
)
Element = tuple[Condition, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Flattened:
    tariff: dict[str, Any]
    """Canonical JSON of OCPI 2.3.0 with the extension; without `last_updated`, which publishing sets."""
    customer_group: str | None
    """Whose prices: None without a contract (or everyone's), `contract`, or a group."""
    losses: tuple[PriceLoss, ...]
    deviations: tuple[str, ...] = ()
    """Where it leaves the specification because it was told to."""

    @property
    def bound(self) -> Bound:
        return sum((loss.bound for loss in self.losses), Bound())


@dataclass(frozen=True, slots=True)
class _Audience:
    suffix: str
    prices: Prices
    customer_group: str | None
    type: TariffType | None
    audience: Audience


def flatten(plan: Plan, *, amounts: bool = False) -> list[Flattened]:
    """In order of time, those without a contract first.

    `amounts`: a profile's switch to state amounts in `tariff_alt_text`, which OCPI 2.2.1 and 2.3.0 forbid beside `elements`.
    """
    versions = [lists for _, lists in plan.versions()]
    ends = [getattr(following, "from_", None) for following in versions[1:]]
    return [
        _flattened(plan, lists, end, who, amounts)
        for lists, end in zip(versions, [*ends, plan.until], strict=True)
        for who in _audiences(plan, lists)
    ]


def _audiences(plan: Plan, lists: PriceLists) -> Iterator[_Audience]:
    regular = TariffType.REGULAR
    if lists.everyone:
        yield _Audience("", lists.everyone, None, None, Audience.PUBLIC)
    if lists.ad_hoc:
        yield _Audience("-adhoc", lists.ad_hoc, None, TariffType.AD_HOC_PAYMENT, Audience.PUBLIC)
    if lists.contract:
        yield _Audience("-contract", lists.contract, CONTRACT, regular, Audience.PARTNER)
    if listed := lists.everyone or lists.contract:
        for name, group in plan.groups.items():
            yield _Audience(f"-{name}", listed.discounted(group), name, regular, Audience.GROUP)


def _flattened(plan: Plan, lists: PriceLists, end: str | None, who: _Audience, amounts: bool) -> Flattened:
    prices = who.prices
    begin: str | None = getattr(lists, "from_", None)
    dated = plan.by_date(prices)
    calendar = Calendar.of(plan, begin if dated else None, end)
    fee_end = cap_end(prices.occupancy) if prices.occupancy else None
    losses = losses_of(plan, prices, fee_end)
    if who.audience is Audience.GROUP:
        losses = (*losses, group_loss(who.suffix[1:]))
    country, party = plan.party.split("*")
    text, deviations = alt_text(plan, prices, losses, amounts=amounts)
    tariff = {
        "country_code": country,
        "party_id": party,
        "id": plan.plan + who.suffix + (_version(begin) if lists is not plan and begin else ""),
        "currency": plan.currency,
        "type": who.type,
        "tariff_alt_text": text,
        "min_price": limit_of(prices.minimum, plan.taxes),
        "max_price": limit_of(prices.maximum, plan.taxes, most=True),
        "elements": elements(plan, prices, calendar, None if fee_end is None else fee_end.seconds),
        "tax_included": tax_included(plan.taxes),
        "start_date_time": _utc(plan, begin),
        "end_date_time": _utc(plan, end),
        "preauthorize_amount": plan.preauthorise if who.customer_group is None else None,
        "plan": _source(plan, who),
        "occupancy": _occupancy(prices.occupancy) if prices.occupancy else None,
        "source_tax_basis": tax_included(plan.taxes),
        "announced_at": _utc(plan, getattr(lists, "announced", None)),
        "audience": who.audience,
    }
    return Flattened(orjson.loads(canonical(tariff)), who.customer_group, losses, deviations)


def elements(plan: Plan, prices: Prices, calendar: Calendar, fee_end: int | None) -> list[dict[str, Any]]:
    """OCPI elements whose first match per dimension gives the plan's price. `fee_end`: seconds until the fee's cap."""
    blocks, vat = prices.blocks, plan.taxes.vat
    wh = int(blocks.kwh * 1000) if blocks and blocks.kwh else 1
    seconds = blocks.minutes * 60 if blocks and blocks.minutes else 1
    merged: list[Element] = []
    energy = energy_rules(plan, prices, calendar)
    whole = bool(prices.tiers or prices.free or blocks)
    merge(merged, _components(without_idle_end(energy, whole=whole), Dimension.ENERGY, _ONE, wh, vat))
    time = time_rules(plan, prices, calendar, fee_end)
    charged = without_idle_end(time, whole=whole and prices.minute is not None)
    merge(merged, _components(charged, Dimension.TIME, _HOUR, seconds, vat))
    if prices.occupancy:
        parking = without_idle_end(occupancy_rules(prices.occupancy, fee_end))
        merge(merged, _components(parking, Dimension.PARKING_TIME, _HOUR, 1, vat))
    if prices.session or not merged:
        flat: Rules = [(ALWAYS, prices.session or Decimal(0))]
        merge(merged, _components(flat, Dimension.FLAT, _ONE, 1, vat))
    return [
        {"price_components": components, "restrictions": condition.restrictions()} for condition, components in merged
    ]


def merge(merged: list[Element], components: Iterable[tuple[Condition, dict[str, Any]]]) -> None:
    """Components of one dimension into elements of the same condition, where their order allows; session fees stand alone."""
    at = 0
    for condition, component in components:
        is_fee = component["type"] is Dimension.FLAT
        shared = (i for i in range(at, len(merged)) if merged[i][0] == condition and not is_fee)
        found = next(shared, None)
        if found is None:
            found = len(merged) if is_fee else at
            merged.insert(found, (condition, []))
        merged[found][1].append(component)
        at = found + 1


def _components(
    rules: Rules, dimension: Dimension, units: Decimal, step: int, vat: object
) -> Iterator[tuple[Condition, dict[str, Any]]]:
    for condition, price in rules:
        yield condition, {"type": dimension, "price": price * units, "vat": vat, "step_size": step}


def _version(begin: str) -> str:
    """Date of a change, with the time where it is not midnight: an id is never used for other prices."""
    moment = datetime.fromisoformat(begin)
    return f"-{moment:%y%m%d}" if (moment.hour, moment.minute) == (0, 0) else f"-{moment:%y%m%d%H%M}"


def _utc(plan: Plan, local: str | None) -> str | None:
    if local is None:
        return None
    return format_time(to_millis(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(plan.time_zone))))


def _source(plan: Plan, who: _Audience) -> dict[str, Any]:
    """Just the prices that this tariff is about: those with a contract are no business of the public."""
    about = plan.model_dump(
        mode="json",
        by_alias=True,
        exclude_unset=True,
        include={"plan", "currency", "taxes", "time_zone", "description", "holidays", "seasons"},
    )
    return {**about, "prices": who.prices.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


def _occupancy(fee: Occupancy) -> dict[str, Any]:
    return {
        "per_min": fee.minute,
        "grace_min": fee.grace or None,
        "from": OccupancyStart.SESSION_START if fee.starts == "session" else OccupancyStart.CHARGING_END,
        "cap": fee.cap,
        "exempt": [span for exemption in fee.exempt for span in _exempt(exemption)],
    }


def _exempt(exemption: Exemption) -> Iterator[dict[str, Any]]:
    days = [_DAY_NAMES[day] for day in exemption.days or ()]
    if exemption.hours is None:
        yield {"day_of_week": days}
    for window in exemption.hours or ():
        yield {"start_time": clock(window.begin), "end_time": clock(window.end), "day_of_week": days}
