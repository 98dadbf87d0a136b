"""The price plan: one YAML file, prices as the business says them. config/plans/ holds examples.

Who pays: `everyone`, or `ad_hoc` and `contract` apart; `groups` are contract customers with a discount. Of tiers, the one whose
`when` holds gives the price; no two may hold at once. On a public holiday `mon` to `sun` do not count, just `holidays` does.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.model.faults import Fault, broken, raise_faults
from app.model.part import Part
from app.tariffs.amounts import amounts_in
from app.tariffs.plan.prices import Group, Prices, Tier
from app.tariffs.plan.public_holidays import check_region
from app.tariffs.plan.words import (
    Currency,
    DayKind,
    Moment,
    Money,
    Percent,
    TimeZone,
    YearDay,
)

LONGEST_YEARS = 5
_LAST_YEAR = 2100
_LEAP_YEAR = 2024
_RESERVED = frozenset({"adhoc", "contract"})
_LANGUAGE = re.compile("[a-z]{2}")


class Taxes(Part):
    """One of `vat`, `sales_tax`, `none`."""

    included: bool = True
    """Whether the prices of this plan have taxes in them."""
    vat: Percent | None = None
    """Value added tax in percent, on every price."""
    sales_tax: Literal["local"] | None = None
    """North America: taxes of the place, whose rate the plan does not know."""
    none: bool = False
    """No taxes apply."""

    @model_validator(mode="after")
    def _one(self) -> Taxes:
        if (self.vat is not None) + (self.sales_tax is not None) + self.none != 1:
            raise ValueError("write one of `vat: 19`, `sales_tax: local` and `none: yes`")
        return self


class Holidays(Part):
    country: str
    """ISO 3166-1 alpha-2."""
    region: str | None = None
    """As ISO 3166-2 has it behind the dash: BY for Bavaria. None: what all of the country keeps."""

    @model_validator(mode="after")
    def _known(self) -> Holidays:
        try:
            check_region(self.country, None)
        except ValueError as error:
            raise_faults([(("country",), broken(str(error)), self.country)])
        try:
            check_region(self.country, self.region)
        except ValueError as error:
            raise_faults([(("region",), broken(str(error)), self.region)])
        return self


class Season(Part):
    """The same days every year, both included; may go past new year."""

    first: YearDay
    """Month and day: 11-01."""
    last: YearDay

    def holds(self, day: date) -> bool:
        at, first, last = (day.month, day.day), *self._edges()
        return first <= at <= last if first <= last else at >= first or at <= last

    def days(self) -> frozenset[date]:
        """In a leap year."""
        year = (date(_LEAP_YEAR, 1, 1) + timedelta(days) for days in range(366))
        return frozenset(day for day in year if self.holds(day))

    def in_year(self, year: int) -> tuple[date, date]:
        """The season that begins in a year, its end exclusive."""
        first, last = self._edges()
        return _day(year, first), _day(year if first <= last else year + 1, last) + timedelta(1)

    def _edges(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return (self.first.month, self.first.day), (self.last.month, self.last.day)


def _day(year: int, at: tuple[int, int]) -> date:
    """The last of February where there is no 29th and `at` is that."""
    month, day = at
    return date(year, month, min(day, monthrange(year, month)[1]))


GroupName = Annotated[str, Field(pattern="^[a-z0-9]{1,8}$")]


class PriceLists(Part):
    everyone: Prices | None = None
    """The same prices with and without a contract."""
    ad_hoc: Prices | None = None
    """Without a contract."""
    contract: Prices | None = None
    """With a contract."""

    @model_validator(mode="after")
    def _one_each(self) -> PriceLists:
        if (self.everyone is None) == (self.ad_hoc is None and self.contract is None):
            raise ValueError("write `everyone`, or `ad_hoc` and `contract` apart")
        return self

    def lists(self) -> Iterator[tuple[str, Prices]]:
        for name in ("everyone", "ad_hoc", "contract"):
            if (prices := getattr(self, name)) is not None:
                yield name, prices


class Change(PriceLists):
    """All prices anew, from a time on; a session that has begun keeps its prices."""

    from_: Annotated[Moment, Field(alias="from")]
    announced: Moment | None = None


class Plan(PriceLists):
    plan: str = Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$")
    """Begins the id of each tariff: letters, digits, `.`, `_`, `-`, at most 16."""
    party: str = Field(pattern=r"^[A-Z]{2}\*[A-Z0-9]{3}$")
    """Whose tariffs: DE*ABC."""
    currency: Currency
    taxes: Taxes
    time_zone: TimeZone
    """Of the dates below, and of the hours where a location names none."""
    from_: Moment | None = Field(None, alias="from")
    """Valid from; None: as soon as published."""
    until: Moment | None = None
    """Exclusive. Needed with seasons and holidays: OCPI wants the date of each."""
    announced: Moment | None = None
    description: dict[str, Annotated[str, Field(max_length=300)]] = {}
    """Conditions in the driver's words by language (`en`, `de`); without amounts, which the prices say."""
    holidays: Holidays | None = None
    """Whose public holidays `holidays` among days means."""
    seasons: dict[str, Season] = {}
    groups: dict[GroupName, Group] = {}
    preauthorise: Money | None = None
    """Reserved on a card before a session without a contract."""
    changes: tuple[Change, ...] = ()
    """Announced changes, in order."""

    @model_validator(mode="after")
    def _fits_together(self) -> Plan:
        faults = [*self._time_faults(), *self._name_faults(), *self._group_faults()]
        raise_faults(faults)
        return self

    def _time_faults(self) -> Iterator[Fault]:
        if self.until is not None and self.until[:4] > str(_LAST_YEAR):
            what = f"{self.until[:10]} never comes: leave `until` out where the end is open"
            yield ("until",), broken(what), self.until
        if self.until is not None and self.from_ is not None and self.until <= self.from_:
            yield ("until",), broken(f"ends {self.until}, before it begins: write a later day"), self.until
        if self.dated:
            yield from self._dated_faults()
        last = self.from_
        for index, change in enumerate(self.changes):
            if (last is not None and change.from_ <= last) or (self.until is not None and change.from_ >= self.until):
                what = f"{change.from_} does not lie after {last or 'the beginning'} and before the end of the plan"
                yield ("changes", index, "from"), broken(what), change.from_
            last = change.from_

    def _dated_faults(self) -> Iterator[Fault]:
        if self.until is None:
            what = "a plan with seasons or holidays must end, for each has its dates: write `until: 2027-12-31`"
            yield ("until",), broken(what), None
        if self.from_ is None:
            what = "a plan with seasons or holidays needs a beginning: write `from: 2027-01-01`"
            yield ("from",), broken(what), None
        if self.until and self.from_ and int(self.until[:4]) - int(self.from_[:4]) > LONGEST_YEARS:
            what = f"more than {LONGEST_YEARS} years of seasons or holidays: write an earlier `until`"
            yield ("until",), broken(what), self.until

    def _name_faults(self) -> Iterator[Fault]:
        for path, tier in self._tiers():
            season, days = tier.when.season, tier.when.days or ()
            if season is not None and season not in self.seasons:
                known = ", ".join(self.seasons) or "none: write them below `seasons`"
                yield (*path, "when", "season"), broken(f"no season {season!r}: known are {known}"), season
            if DayKind.HOLIDAYS in days and len(days) < len(DayKind) and self.holidays is None:
                what = "which holidays? Write `holidays: {country: DE}` into the plan"
                yield (*path, "when", "days"), broken(what), days

        for (name, one), (second, other) in combinations(self.seasons.items(), 2):
            if one.days() & other.days():
                what = f"shares days with {name}: let one end the day before the other begins"
                yield ("seasons", second), broken(what), None

    def _group_faults(self) -> Iterator[Fault]:
        for path, lists in self.versions():
            if self.groups and lists.contract is None and lists.everyone is None:
                what = "groups are contract customers: write `contract` prices for them"
                yield (*path, "ad_hoc"), broken(what), None
        for name in sorted(_RESERVED & self.groups.keys()):
            yield ("groups", name), broken(f"`{name}` means all of them: give the group another name"), None
        for language, text in self.description.items():
            if not _LANGUAGE.fullmatch(language):
                what = f"{language!r} is no language: write such as en or de"
                yield ("description", language), broken(what), None
            if amounts_in(text):
                what = "names an amount: write conditions; amounts stand in the prices"
                yield ("description", language), broken(what), text
        if self.preauthorise is not None and self.everyone is None and self.ad_hoc is None:
            what = "just sessions without a contract reserve an amount: write `ad_hoc` prices, or leave it out"
            yield ("preauthorise",), broken(what), self.preauthorise

    @property
    def dated(self) -> bool:
        """Whether prices depend on seasons or public holidays."""
        return any(self.by_date(prices) for _, lists in self.versions() for _, prices in lists.lists())

    def by_date(self, prices: Prices) -> bool:
        return self.by_holiday(prices) or any(tier.when.season is not None for tier in prices.tiers)

    def by_holiday(self, prices: Prices) -> bool:
        if self.holidays is None:
            return False
        return any(tier.when.days is not None and set(tier.when.days) != set(DayKind) for tier in prices.tiers)

    def versions(self) -> Iterator[tuple[tuple[str | int, ...], PriceLists]]:
        """The plan itself and its changes, each with its path."""
        yield (), self
        for index, change in enumerate(self.changes):
            yield ("changes", index), change

    def _tiers(self) -> Iterator[tuple[tuple[str | int, ...], Tier]]:
        for path, lists in self.versions():
            for name, prices in lists.lists():
                for index, tier in enumerate(prices.tiers):
                    yield (*path, name, "tiers", index), tier

    def at(self, local: datetime) -> PriceLists:
        """The prices of a session that begins at a local time."""
        text = f"{local:%Y-%m-%dT%H:%M}"
        return next((change for change in reversed(self.changes) if change.from_ <= text), self)
