"""What is said of a tariff that carries its price plan: seasons and public holidays by name, not date by date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from pydantic import BaseModel, ConfigDict, ValidationError

from app.model.enums import TariffDimensionType
from app.model.money import Price, Unit
from app.model.tariff import Tariff
from app.tariffs.adhoc.parts import BASES
from app.tariffs.conditions import OPEN, WEEK, Bounds, Condition, whole_day
from app.tariffs.explain.said import Charge, Dates, HolidayPlace, Hours, Item, Season, Subject, Terms, When
from app.tariffs.plan import language, prices, words
from app.tariffs.plan.public_holidays import region_name
from app.tariffs.plan.taxes import tax_included
from app.tariffs.plan.words import DAY_MINUTES, DayKind
from app.tariffs.rates import is_covered, is_for_charging

_MINUTE = Decimal(60)
_YEAR = (date(2024, 1, 1), date(2025, 1, 1))
"""A leap year, in which seasons are laid out."""
_HOLIDAY = (DayKind.HOLIDAYS,)


class _Source(BaseModel):
    """A plan as its tariff carries it: the prices of this tariff alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    currency: words.Currency
    taxes: language.Taxes
    time_zone: words.TimeZone
    description: dict[str, str] = {}
    holidays: language.Holidays | None = None
    seasons: dict[str, language.Season] = {}
    prices: prices.Prices


@dataclass(frozen=True, slots=True)
class PlanSaid:
    items: tuple[Item, ...]
    holidays: HolidayPlace | None
    notes: Mapping[str, str]
    time_zone: str


def plan_of(tariff: Tariff) -> PlanSaid | None:
    """None where it carries no plan, or one that prices otherwise than its elements do."""
    if tariff.plan is None:
        return None
    try:
        source = _Source.model_validate(tariff.plan)
    except ValidationError:
        return None
    if not _agrees(source, tariff):
        return None
    return PlanSaid(tuple(_Plan(source).items()), _holidays(source), source.description, source.time_zone)


def _agrees(source: _Source, tariff: Tariff) -> bool:
    """Whether every amount of the elements is one of the plan's, on the same tax basis."""
    plan, taxes = source.prices, source.taxes
    fee = plan.occupancy.minute if plan.occupancy else Decimal(0)
    priced: list[prices.Prices | prices.Tier] = [plan, *plan.tiers]
    minutes = {one.minute for one in priced if one.minute is not None} | {Decimal(0)}
    known: dict[TariffDimensionType, set[Decimal | None]] = {
        TariffDimensionType.ENERGY: {one.energy for one in priced},
        TariffDimensionType.TIME: {(minute + more) * 60 for minute in minutes for more in (0, fee)},
        TariffDimensionType.PARKING_TIME: {fee * 60},
        TariffDimensionType.FLAT: {plan.session},
    }
    found = [part for element in tariff.elements if is_for_charging(element) for part in element.price_components]
    return (source.currency, tax_included(taxes)) == (tariff.currency, tariff.tax_included) and all(
        not part.price or (part.price in known[part.type] and part.vat == taxes.vat) for part in found
    )


def _holidays(source: _Source) -> HolidayPlace | None:
    kept, every = source.holidays, set(DayKind)
    if kept is None or all(set(tier.when.days or every) == every for tier in source.prices.tiers):
        return None
    return HolidayPlace(kept.country, region_name(kept.country, kept.region) if kept.region else "")


class _Plan:
    def __init__(self, source: _Source) -> None:
        self._source = source
        self._prices = source.prices
        self._basis = BASES[tax_included(source.taxes)]

    def items(self) -> Iterator[Item]:
        plan, blocks = self._prices, self._prices.blocks
        wh = int(blocks.kwh * 1000) if blocks and blocks.kwh else 1
        seconds = blocks.minutes * 60 if blocks and blocks.minutes else 1
        if plan.energy is not None:
            yield self._tiered(Subject.ENERGY, "energy", plan.energy, Unit.KWH, wh)
        if plan.minute is not None:
            yield self._tiered(Subject.CHARGING_TIME, "minute", plan.minute, Unit.MINUTE, seconds)
        if plan.session is not None:
            yield Item(Subject.SESSION, (), Charge(self._price(plan.session, Unit.SESSION)))
        if plan.occupancy:
            yield self._occupancy(plan.occupancy)

    def _tiered(self, subject: Subject, name: str, base: Decimal, unit: Unit, block: int) -> Item:
        free = self._free(name)
        by_price: dict[Decimal, list[When]] = {}
        told: list[tuple[prices.When, When]] = []
        for tier in self._prices.tiers:
            when, price = self._when(tier.when), getattr(tier, name)
            if price is not None and not (free and _volumes(when).within(_volumes(free))):
                by_price.setdefault(price, []).append(when)
                told.append((tier.when, when))
        exceptions = [Charge(self._price(Decimal(0), unit), (free,))] if free else []
        exceptions += [Charge(self._price(price, unit), tuple(whens), block) for price, whens in by_price.items()]
        complete = self._covers(told, free)
        otherwise = None if complete else Charge(self._price(base, unit), (), block)
        return Item(subject, tuple(exceptions), otherwise, complete)

    def _free(self, name: str) -> When | None:
        free = self._prices.free
        if free and free.minutes:
            return When(seconds=(None, free.minutes * _MINUTE))
        return When(kwh=(None, free.kwh)) if free and free.kwh and name == "energy" else None

    def _covers(self, told: Sequence[tuple[prices.When, When]], free: When | None) -> bool:
        """Whether tiers leave no time to the price outside of them, on public holidays as on other days."""
        first = [_volumes(free)] if free else []
        return all(
            is_covered(Condition(dates=_YEAR), [*first, *(box for pair in told for box in _boxes(*pair, among))])
            for among in ((words.WEEK, _HOLIDAY) if self._source.holidays else (words.WEEK,))
        )

    def _when(self, when: prices.When) -> When:
        return When(
            *self._days(when.days),
            hours=_hours(when.hours),
            season=_season(when.season, self._source.seasons[when.season]) if when.season else None,
            kwh=_bounds(when.kwh),
            seconds=_bounds(when.minutes, _MINUTE),
            power=_bounds(when.power),
        )

    def _days(self, days: Sequence[DayKind] | None) -> tuple[frozenset[int] | None, bool]:
        """Days of the week, None for all; and whether public holidays are among them."""
        numbers = frozenset(words.WEEK.index(day) for day in days or words.WEEK if day in words.WEEK)
        on_holidays = days is None or DayKind.HOLIDAYS in days or self._source.holidays is None
        if on_holidays and numbers == WEEK:
            return None, False
        return numbers, on_holidays and self._source.holidays is not None

    def _occupancy(self, fee: prices.Occupancy) -> Item:
        cap = None if fee.cap is None else self._price(fee.cap, Unit.SESSION)
        # Public holidays are days of the week to an exemption.
        exempt = tuple(When(_week(one.days), hours=_hours(one.hours)) for one in fee.exempt)
        subject = Subject.OCCUPANCY if fee.starts == "session" else Subject.IDLE
        charge = Charge(self._price(fee.minute, Unit.MINUTE))
        return Item(subject, (), charge, terms=Terms(Decimal(fee.grace), cap, exempt))

    def _price(self, amount: Decimal, unit: Unit) -> Price:
        return Price(amount, self._source.currency, unit, self._basis, self._source.taxes.vat)


def _boxes(when: prices.When, told: When, among: Sequence[DayKind]) -> Iterator[Condition]:
    """When a tier holds on days of some kinds, in the year in which seasons are laid out."""
    days = frozenset(among.index(day) for day in when.days or among if day in among)
    spans = [span for window in when.hours or () for span in window.spans()] or [(0, DAY_MINUTES)]
    if days:
        whole_week = len(days) == len(among)
        for hours, dates in product(spans, _laid_out(told.season)):
            yield Condition(None if whole_week else days, whole_day(hours), dates, told.kwh, told.seconds, told.power)


def _laid_out(season: Season | None) -> tuple[Dates | None, ...]:
    if season is None:
        return (None,)
    end = season.last + timedelta(1)
    if season.first < end:
        return ((season.first, end),)
    return (_YEAR[0], end), (season.first, _YEAR[1])


def _season(name: str, season: language.Season) -> Season:
    first, last = (date(_YEAR[0].year, edge.month, edge.day) for edge in (season.first, season.last))
    return Season(name, first, last)


def _volumes(when: When) -> Condition:
    return Condition(kwh=when.kwh, seconds=when.seconds, power=when.power)


def _hours(windows: Sequence[words.Window] | None) -> tuple[Hours, ...]:
    return tuple((window.begin, window.end or DAY_MINUTES) for window in windows or ())


def _week(days: Sequence[DayKind] | None) -> frozenset[int] | None:
    numbers = frozenset(words.WEEK.index(day) for day in days or words.WEEK)
    return None if numbers == WEEK else numbers


def _bounds(span: words.Range | None, factor: Decimal = Decimal(1)) -> Bounds:
    if span is None:
        return OPEN
    low, high = (edge and edge * factor for edge in (span.low, span.high))
    return low or None, high
