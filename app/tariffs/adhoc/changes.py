"""When a price becomes another by the clock on the wall: the moments at which restrictions begin or cease to hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis, to_millis
from app.model.tariff import Tariff
from app.tariffs.windows import Window, clock_changes

_DAY: Millis = 86_400_000
_WEEKS = 15 * _DAY
"""Every window of the week twice, since clocks that are moved can leave one out, and a day more."""

Said = Callable[[Millis], object]
"""What is said at a time; compared for equality."""


class Changes:
    """Of one tariff in one time zone."""

    def __init__(self, tariff: Tariff, zone: ZoneInfo) -> None:
        self._windows = [Window.of(element.restrictions) for element in tariff.elements]
        self._zone = zone
        days = {day for window in self._windows for day in (window.start_date, window.end_date) if day}
        self._edges = sorted(to_millis(datetime.combine(date.fromisoformat(day), time(), zone)) for day in days)

    def after(self, at: Millis, said: Said) -> Millis | None:
        """The next moment at which something else is said; None: none is known."""
        here = said(at)
        spans = [(at, at + _WEEKS), *((edge - 1, edge + _WEEKS) for edge in self._edges if edge > at)]
        moments = (moment for since, until in spans for moment in self._moments(since, until))
        return next((moment for moment in moments if said(moment) != here), None)

    def before(self, at: Millis, said: Said) -> Millis | None:
        """The moment since which the same has been said; None: none is known."""
        here = said(at)
        spans = [(at - _WEEKS, at), *((edge - _WEEKS, edge) for edge in reversed(self._edges) if edge < at)]
        moments = (moment for since, until in spans for moment in reversed(self._moments(since, until + 1)))
        return next((moment for moment in moments if said(moment - 1) != here), None)

    def _moments(self, since: Millis, until: Millis) -> list[Millis]:
        return clock_changes(self._windows, self._zone, since, until)


def local(at: Millis, zone: ZoneInfo) -> datetime:
    return from_millis(at).astimezone(zone)
