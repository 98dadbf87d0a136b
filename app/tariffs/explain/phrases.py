"""Prices and when they hold, in the words of a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Literal

from babel import Locale

from app.model.money import Price, TaxBasis, Unit
from app.tariffs.conditions import Bounds
from app.tariffs.explain import words
from app.tariffs.explain.catalogue import Catalogue
from app.tariffs.explain.said import Dates, Hours, Season, When
from app.tariffs.plan.words import DAY_MINUTES

_A_RUN = 3
"""Days in a row from which on they are said as a range."""
_NAMED_DATES = 3
"""More are counted, not named."""
_SEASONS = {"fall": "autumn"}
_SECONDS = 60
_WH = 1000


@dataclass(frozen=True, slots=True)
class Phrases:
    texts: Catalogue
    locale: Locale
    short: bool = False
    every_date: bool = False
    """Name all dates, however many."""

    def whens(self, whens: Iterable[When]) -> str:
        return words.listed(self.locale, [self.when(when) for when in whens])

    def when(self, when: When) -> str:
        week = " ".join(filter(None, (self._days(when), self._hours(when.hours))))
        parts = [week]
        parts.append(self._season(when.season) if when.season else "")
        parts.append(self._dates(when.dates) if when.dates else "")
        parts.append(self._bounds("kwh", when.kwh))
        parts.append(self._bounds("minutes", when.seconds))
        parts.append(self._bounds("level", when.power, "power-kilowatt"))
        parts.append(self._bounds("level", when.current, "electric-ampere"))
        return (" " if self.short else ", ").join(filter(None, parts))

    def exempt(self, when: When) -> str:
        """Hours as `22:00–06:00` where there is little room."""
        if not self.short:
            return self.when(when)
        spans = ", ".join("–".join(self._edges(span)) for span in when.hours)
        return " ".join(filter(None, (self._days(when), spans)))

    def price(self, price: Price, notes: Iterable[str] = (), *, bare: bool = False) -> str:
        """`0.59 €/kWh`, with taxes where their rate is known; `bare`: the amount alone."""
        if not price.amount:
            return self.texts.say("price.free")
        amount, is_exact = words.shown((price.gross() or price).amount)
        text = self._per(amount, price.currency, None if bare else price.unit)
        beside = list(notes)
        if not is_exact:
            text = self.texts.say("price.about", price=text)
            if not self.short and (exactly := self._exactly(price)):
                beside.insert(0, exactly)
        return f"{text} ({', '.join(beside)})" if beside else text

    def amount(self, price: Price) -> str:
        """Of a limit: 0 is an amount there, and not free."""
        zero = words.money(self.locale, price.amount, price.currency)
        return self.price(price, bare=True) if price.amount else zero

    def tax(self, price: Price, section: Literal["tax", "all"]) -> str:
        """`tax`: beside one price; `all`: as a sentence about all of them."""
        if price.basis is TaxBasis.UNTAXED or price.vat is None:
            return self.texts.say(f"{section}.{price.basis}")
        return self.texts.say(f"{section}.vat", rate=words.percent(self.locale, price.vat))

    def block(self, size: int, unit: Unit) -> str:
        """`size` in Wh or seconds."""
        key, amount = "seconds", Decimal(size)
        if unit is Unit.KWH:
            key, amount = "kwh", amount / _WH
        elif size % _SECONDS == 0:
            key, amount = "minutes", amount / _SECONDS
        return self.texts.say_of(amount, self.locale, f"price.block_{key}", n=words.number(self.locale, amount))

    def _exactly(self, price: Price) -> str:
        """The same price as it comes out even: per hour, or before taxes; empty where it never does."""
        gross = price.gross() or price
        for one, before in ((gross, False), (price, True)):
            for unit in (price.unit, Unit.HOUR) if price.unit is Unit.MINUTE else (price.unit,):
                amount, is_exact = words.shown(one.per(unit).amount)
                if is_exact:
                    text = self._per(amount, price.currency, unit)
                    return self.texts.say("price.before_taxes", price=text) if before else text
        return ""

    def _per(self, amount: Decimal, currency: str, unit: Unit | None) -> str:
        text = words.money(self.locale, amount, currency)
        return text if unit is None else self.texts.say(f"price.{unit}", amount=text)

    def _days(self, when: When) -> str:
        if when.days is None:
            return ""
        if not when.days:
            return self.texts.say("when.on_holidays")
        names = [name for run in _runs(sorted(when.days)) for name in self._run(run)]
        if when.holidays:
            names.append(self.texts.say("when.short_holidays" if self.short else "when.holidays"))
        return ", ".join(names) if self.short else words.listed(self.locale, names)

    def _run(self, run: Sequence[int]) -> list[str]:
        names = [words.weekday(self.locale, day, "abbreviated" if self.short else "wide") for day in run]
        if len(run) >= _A_RUN:
            ends = {"first": names[0], "last": names[-1]}
            return [f"{names[0]}–{names[-1]}" if self.short else self.texts.say("when.day_range", **ends)]
        return names if self.short else [self.texts.say("when.day", day=name) for name in names]

    def _hours(self, hours: Iterable[Hours]) -> str:
        told = [self.texts.say("when.hours", begin=begin, end=end) for begin, end in map(self._edges, hours)]
        return words.listed(self.locale, told)

    def _edges(self, span: Hours) -> tuple[str, str]:
        begin, end = span
        midnight = self.texts.say("when.midnight")
        return words.clock(self.locale, begin), midnight if end == DAY_MINUTES else words.clock(self.locale, end)

    def _season(self, season: Season) -> str:
        first, last = (self._of_year(edge) for edge in (season.first, season.last))
        name = f"season.{_SEASONS.get(season.name.lower(), season.name.lower())}"
        if self.short:
            return f"({first}–{last})"
        if name in self.texts.texts:
            return f"{self.texts.say(name)} ({first} – {last})"
        return self.texts.say("when.date_span", first=first, last=last)

    def _of_year(self, on: date) -> str:
        first, length = self.texts.say("when.first_of_month"), "medium" if self.short else "long"
        return words.day_of_year(self.locale, on, first, length)

    def _dates(self, dates: Sequence[Dates]) -> str:
        is_open = dates[0][0] == date.min or dates[-1][1] == date.max
        if len(dates) <= _NAMED_DATES or is_open or self.every_date:
            return words.listed(self.locale, [self._date_span(span) for span in dates])
        single = all(end - begin == timedelta(1) for begin, end in dates)
        ends = {"first": self.day(dates[0][0]), "last": self.day(dates[-1][1] - timedelta(1))}
        key = "when.dates" if single else "when.periods"
        count = Decimal(len(dates))
        return self.texts.say_of(count, self.locale, key, n=words.number(self.locale, count), **ends)

    def _date_span(self, span: Dates) -> str:
        begin, end = span
        if begin == date.min:
            return self.texts.say("when.date_until", last=self.day(end - timedelta(1)))
        if end == date.max:
            return self.texts.say("when.date_from", first=self.day(begin))
        if end - begin == timedelta(1):
            return self.texts.say("when.date", date=self.day(begin))
        return self.texts.say("when.date_span", first=self.day(begin), last=self.day(end - timedelta(1)))

    def day(self, on: date) -> str:
        first = self.texts.say("when.first_of_month")
        return words.day(self.locale, on, first, "medium" if self.short else "long")

    def _bounds(self, kind: str, bounds: Bounds, unit: words.Unit | None = None) -> str:
        """`unit` None: the text names it."""
        low, high = bounds
        if low is None and high is None:
            return ""
        way = "until" if low is None else "from" if high is None else "between"
        edges = {name: edge for name, edge in (("low", low), ("high", high)) if edge is not None}
        told = {name: self._edge(kind, edge, unit) for name, edge in edges.items()}
        count = (high or Decimal(0)) / (_SECONDS if kind == "minutes" else 1)
        return self.texts.say_of(count, self.locale, f"when.{kind}_{way}", **told)

    def _edge(self, kind: str, edge: Decimal, unit: words.Unit | None) -> str:
        if unit:
            return words.quantity(self.locale, edge, unit)
        return self._minutes(edge) if kind == "minutes" else words.number(self.locale, edge)

    def _minutes(self, seconds: Decimal) -> str:
        """`240`; with seconds where they are no whole minutes: `121:13`."""
        whole, rest = divmod(seconds, _SECONDS)
        text = words.number(self.locale, whole)
        return f"{text}:{int(rest):02}" if rest else text


def _runs(days: Iterable[int]) -> Iterator[list[int]]:
    """Days in a row together."""
    for _, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0]):
        yield [day for _, day in run]
