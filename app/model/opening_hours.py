"""Opening hours as people and French files write them, a small part of OpenStreetMap's syntax: `24/7`,
`Mo-Fr 08:00-20:00; Sa,Su 10:00-18:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from app.model.hours import DAY_END

ALWAYS = "24/7"
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_FRENCH = ("lu", "ma", "me", "je", "ve", "sa", "di")
_NUMBERS = {day.lower(): number for number, day in enumerate(DAYS, 1)} | {
    day: number for number, day in enumerate(_FRENCH, 1)
}
_DAY = rf"(?:{'|'.join(_NUMBERS)})"
_RANGE = rf"{_DAY}(?:\s*-\s*{_DAY})?"
_ITEM = re.compile(
    rf"(?P<days>{_RANGE}(?:\s*,\s*{_RANGE})*)?\s*(?P<begin>\d\d?:\d\d)\s*-\s*(?P<end>\d\d?:\d\d)\s*(?:[,;]\s*|$)"
)


def read_hours(text: str) -> dict[str, Any] | None:
    """OCPI Hours; a period without days is of those before it. Days may be French (Lu-Ve). None: not in that syntax."""
    text = text.strip().lower()
    if text.replace(" ", "") == ALWAYS:
        return {"twentyfourseven": True}
    regular: list[dict[str, Any]] = []
    days: list[int] = []
    at = 0
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None or not (days or item["days"]):
            return None
        days = _weekdays(item["days"]) if item["days"] else days
        begin, end = item["begin"].zfill(5), item["end"].zfill(5)
        end = DAY_END if end in ("24:00", "00:00") else end
        regular += [{"weekday": day, "period_begin": begin, "period_end": end} for day in days]
        at = item.end()
    return {"twentyfourseven": False, "regular_hours": regular} if regular else None


def written_hours(text: str) -> Any:
    """As `read_hours`; the text itself where it is not in that syntax, for what judges it."""
    return read_hours(text) or text


def _weekdays(words: str) -> list[int]:
    found: list[int] = []
    for word in words.split(","):
        first, _, last = (part.strip() for part in word.partition("-"))
        begin, end = _NUMBERS[first], _NUMBERS[last or first]
        found += range(begin, (end if end >= begin else end + 7) + 1)
    return [(day - 1) % 7 + 1 for day in found]


def write_hours(hours: dict[str, Any]) -> str:
    """`24/7`, or items such as `Mo-Fr 08:00-12:00` joined by commas. Exceptional days are not said."""
    if hours["twentyfourseven"]:
        return ALWAYS
    days: dict[tuple[str, str], list[int]] = {}
    for period in hours.get("regular_hours", ()):
        days.setdefault((period["period_begin"], period["period_end"]), []).append(period["weekday"])
    return ",".join(
        f"{run} {begin}-{'24:00' if end == DAY_END else end}"
        for (begin, end), weekdays in days.items()
        for run in _runs(sorted(set(weekdays)))
    )


def _runs(days: Iterable[int]) -> Iterator[str]:
    for _, group in groupby(enumerate(days), lambda pair: pair[1] - pair[0]):
        run = [DAYS[day - 1] for _, day in group]
        yield run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"
