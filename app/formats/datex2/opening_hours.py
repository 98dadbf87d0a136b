"""Hours of opening and of service as periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time

from app.clock import from_millis, parse_time
from app.formats.datex2.draft import Body, Draft, Tree
from app.formats.datex2.identity import digest
from app.formats.datex2.periods import DAY_SECONDS, Days, OverallPeriod, Period
from app.formats.datex2.write_json import period_json
from app.model.hours import DAY_END

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""Periods need a beginning, and OCPI tells none: one before all operation."""
_WEEK = 7


def operating_hours(draft: Draft, hours: Body, owner: str) -> Tree:
    """`owner`: id of the object that they belong to."""
    closings = list(_exceptions(hours, "exceptional_closings"))
    if hours["twentyfourseven"] and not closings:
        return {draft.facility_class("OpenAllHours"): {}}
    valid = [*weekly(hours.get("regular_hours", ())), *_exceptions(hours, "exceptional_openings")]
    period = OverallPeriod(_beginning(draft), None, () if hours["twentyfourseven"] else tuple(valid), tuple(closings))
    return {
        draft.facility_class("OperatingHoursSpecification"): {
            "idG": f"{owner}*hours",
            "versionG": digest(hours),
            "overallPeriod": period_json(period, draft.encoding),
        }
    }


def service_period(draft: Draft, hours: Iterable[Body]) -> Tree | None:
    """When staff is there; None: whenever it is open."""
    periods = tuple(weekly(hours))
    return period_json(OverallPeriod(_beginning(draft), None, periods), draft.encoding) if periods else None


def weekly(hours: Iterable[Body]) -> Iterator[Period]:
    """Days with equal hours together. Hours past midnight come cut at it."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for one in hours:
        spans.setdefault(one["weekday"] - 1, []).append((_second(one["period_begin"]), _second(one["period_end"])))
    alike: dict[tuple[tuple[int, int], ...], set[int]] = {}
    for day, of_day in spans.items():
        alike.setdefault(tuple(sorted(of_day)), set()).add(day)
    for found, days in alike.items():
        whole_week = len(days) == _WEEK
        yield Period(
            hours=() if found == ((0, DAY_SECONDS),) else found,
            days=() if whole_week else (Days(frozenset(days)),),
        )


def _exceptions(hours: Body, name: str) -> Iterator[Period]:
    for one in hours.get(name, ()):
        yield Period(_moment(one["period_begin"]), _moment(one["period_end"]))


def _beginning(draft: Draft) -> datetime:
    since = draft.body.get("operational_since")
    return datetime.combine(datetime.fromisoformat(since), time(), draft.zone) if since else _ALWAYS


def _moment(text: str) -> datetime:
    return from_millis(parse_time(text))


def _second(clock: str) -> int:
    if clock == DAY_END:
        return DAY_SECONDS
    return int(clock[:2]) * 3600 + int(clock[3:]) * 60
