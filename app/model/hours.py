"""When a place is open (OCPI Locations, Hours)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, TypeGuard

from pydantic import model_validator

from app.model.faults import Fault, broken, raise_faults, repairable
from app.model.types import Bool, DateTime, Int, Model, Text, Whole

_CLOCK = r"^([0-1][0-9]|2[0-3]):[0-5][0-9]$"
LocalTime = Annotated[str, Text(5, _CLOCK, "HH:MM from 00:00 to 23:59")]
DAY_END = "23:59"
"""How the end of a day is written: `24:00` is no OCPI time, and `00:00` does not lie after the beginning (ocpi#413)."""


class RegularHours(Model):
    """Local wall clock. `period_end` lies after `period_begin`; 23:59 means the end of the day."""

    weekday: Annotated[int, Int(1, 7)]
    """1 is Monday."""
    period_begin: LocalTime
    period_end: LocalTime

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> RegularHours:
        if self.period_end <= self.period_begin:
            raise broken("period_end is not later than period_begin")
        return self


class ExceptionalPeriod(Model):
    period_begin: DateTime
    period_end: DateTime

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> ExceptionalPeriod:
        if self.period_end <= self.period_begin:
            raise broken("period_end is not later than period_begin")
        return self


class Hours(Model):
    twentyfourseven: Bool
    regular_hours: Annotated[list[RegularHours], Whole()] = []
    """Just where `twentyfourseven` is false, and then at least one."""
    exceptional_openings: list[ExceptionalPeriod] = []
    exceptional_closings: list[ExceptionalPeriod] = []
    """Wins over everything else."""

    @model_validator(mode="before")
    @classmethod
    def _midnight(cls, value: Any) -> Any:
        hours = value.get("regular_hours") if isinstance(value, dict) else None
        if isinstance(hours, list):
            split = [part for period in hours for part in _within_days(period)]
            if split != hours:
                what = "a period reaches or passes midnight, read as ending at 23:59 and going on the next day"
                raise_faults([(("regular_hours",), repairable(what, split), hours)])
        return value

    @model_validator(mode="after")
    def _one_kind(self) -> Hours:
        faults: list[Fault] = []
        if self.twentyfourseven and self.regular_hours:
            error = repairable("regular_hours say nothing where twentyfourseven is true, left out", None)
            faults.append((("regular_hours",), error, None))
        raise_faults(faults)
        if not self.twentyfourseven and not self.regular_hours:
            raise broken("twentyfourseven is false, and regular_hours say nothing")
        return self


def _is_clock(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and re.match(_CLOCK, value) is not None


def _within_days(period: Any) -> Iterator[Any]:
    """The period cut at midnight; itself where it does not reach midnight or is not even a period."""
    if not isinstance(period, dict):
        yield period
        return
    begin, end, weekday = period.get("period_begin"), period.get("period_end"), period.get("weekday")
    if end in ("00:00", "24:00"):
        yield {**period, "period_end": DAY_END}
    elif _is_clock(begin) and _is_clock(end) and isinstance(weekday, int) and end < begin:
        yield {**period, "period_end": DAY_END}
        yield {**period, "weekday": weekday % 7 + 1, "period_begin": "00:00"}
    else:
        yield period
