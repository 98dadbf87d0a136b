"""Days and hours of access in words, as AFDC's `access_days_time` has them: `24 hours daily`, `Mon-Fri 8:00 AM-8:00 PM`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from babel import Locale

from app.formats.price_text import plain_spaces
from app.model.hours import DAY_END
from app.tariffs.explain import words

_ALWAYS = {"en": "24 hours daily", "fr": "24 heures par jour, tous les jours"}
_DAILY = {"en": "daily", "fr": "tous les jours"}
_WEEK = range(1, 8)
Spans = tuple[tuple[str, str], ...]


def in_words(hours: Mapping[str, Any] | None, language: str = "en") -> str:
    """`hours` as OCPI has them; exceptional days are not told. Empty: not known. `language`: en or fr, as Canada writes it."""
    if hours is None:
        return ""
    if hours["twentyfourseven"]:
        return _ALWAYS[language]
    spans = tuple(
        tuple((one["period_begin"], one["period_end"]) for one in hours["regular_hours"] if one["weekday"] == day)
        for day in _WEEK
    )
    return _told(spans, language)


@lru_cache(maxsize=1024)
def _told(week: tuple[Spans, ...], language: str) -> str:
    locale = Locale.parse("en_US" if language == "en" else "fr_CA")
    return plain_spaces("; ".join(_runs(week, locale, _DAILY[language])))


def _runs(week: Sequence[Spans], locale: Locale, daily: str) -> Iterator[str]:
    for spans, run in groupby(range(len(week)), lambda day: week[day]):
        days = [words.weekday(locale, day, "abbreviated") for day in run]
        if spans:
            named = daily if len(days) == len(week) else "-".join(dict.fromkeys((days[0], days[-1])))
            yield f"{named} {', '.join('-'.join(_edges(span, locale)) for span in spans)}"


def _edges(span: tuple[str, str], locale: Locale) -> Iterator[str]:
    for clock in span:
        hour, minute = ("00", "00") if clock == DAY_END else clock.split(":")
        yield words.clock(locale, int(hour) * 60 + int(minute))
