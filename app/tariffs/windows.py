"""When the restrictions of a tariff element hold, and the moments at which that can change.

Each restriction is looked at by itself, at the instant (ocpi#499, ocpi-tariffs#64):

- times, days and dates are those of the wall clock at the location. An hour that the clock strikes twice matches twice, one
  that it leaves out not at all; in a window over midnight, Monday 05:00 is a Monday.
- without `start_time` a window begins at 00:00, without `end_time` it ends with the day, as with 00:00. One that ends when it
  begins lasts the whole day.
- energy and duration count from the start of the session, a reservation's duration from its own start.
- `min_…` and `start_…` are inclusive, `max_…` and `end_…` exclusive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis, to_millis
from app.model.enums import DayOfWeek, ReservationRestrictionType
from app.model.tariff import TariffRestrictions

_DAY_MINUTES = 24 * 60
_DAY = 86_400_000
_SECOND = 1000
_WEEK = tuple(DayOfWeek)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that restrictions can ask for, at one instant."""

    local: datetime
    """The wall clock at the location."""
    kwh: Fraction = Fraction(0)
    """Charged since the session began."""
    seconds: Fraction = Fraction(0)
    """Since the session, or the reservation, began."""
    power_kw: Fraction | None = None
    """None: not known, read as 0."""
    current_a: Fraction | None = None
    """As `power_kw`."""
    reservation: ReservationRestrictionType | None = None


@dataclass(frozen=True, slots=True)
class _Range:
    low: Fraction | None
    high: Fraction | None

    def holds(self, value: Fraction | None) -> bool:
        value = value or Fraction(0)
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)

    @property
    def bounds(self) -> tuple[Fraction, ...]:
        return tuple(bound for bound in (self.low, self.high) if bound is not None)


@dataclass(frozen=True, slots=True)
class Window:
    """The restrictions of one element, ready to be asked often."""

    start_minute: int
    end_minute: int
    """Exclusive; at or below `start_minute`: on the next day."""
    start_date: str
    end_date: str
    """Exclusive; empty: none."""
    days: frozenset[int]
    """0 is Monday; empty: every day."""
    kwh: _Range
    seconds: _Range
    power_kw: _Range
    current_a: _Range
    reservation: ReservationRestrictionType | None
    booking: bool
    """Prices a booking (Bookings extension), which is no session."""

    @classmethod
    def of(cls, restrictions: TariffRestrictions | None) -> Window:
        if restrictions is None:
            return _ALWAYS
        return cls(
            start_minute=_minute(restrictions.start_time or "00:00"),
            end_minute=_minute(restrictions.end_time or "00:00") or _DAY_MINUTES,
            start_date=restrictions.start_date or "",
            end_date=restrictions.end_date or "",
            days=frozenset(_WEEK.index(day) for day in restrictions.day_of_week),
            kwh=_range(restrictions.min_kwh, restrictions.max_kwh),
            seconds=_range(restrictions.min_duration, restrictions.max_duration),
            power_kw=_range(restrictions.min_power, restrictions.max_power),
            current_a=_range(restrictions.min_current, restrictions.max_current),
            reservation=restrictions.reservation,
            booking=restrictions.booking is not None,
        )

    def holds(self, now: Situation) -> bool:
        return (
            self.reservation == now.reservation
            and not self.booking
            and self.holds_at(now.local)
            and self.kwh.holds(now.kwh)
            and self.seconds.holds(now.seconds)
            and self.power_kw.holds(now.power_kw)
            and self.current_a.holds(now.current_a)
        )

    def holds_at(self, local: datetime) -> bool:
        """Whether time, day and date hold, whatever else is asked for."""
        if self.days and local.weekday() not in self.days:
            return False
        if self.start_date or self.end_date:
            date = f"{local:%Y-%m-%d}"
            if date < self.start_date or (self.end_date and date >= self.end_date):
                return False
        minute = local.hour * 60 + local.minute
        if self.start_minute < self.end_minute:
            return self.start_minute <= minute < self.end_minute
        return minute >= self.start_minute or minute < self.end_minute

    @property
    def minutes(self) -> frozenset[int]:
        """Minutes of the local day at which `holds_at` can change; empty: it never does."""
        times = {self.start_minute, self.end_minute % _DAY_MINUTES}
        if self.days or self.start_date or self.end_date:
            times.add(0)
        elif times == {0}:
            times.clear()
        return frozenset(times)


def clock_changes(windows: Iterable[Window], zone: ZoneInfo, since: Millis, until: Millis) -> list[Millis]:
    """The moments after `since` and before `until` at which the wall clock can open or close a window, in order."""
    minutes = frozenset[int]().union(*(window.minutes for window in windows))
    if not minutes or until <= since:
        return []
    moments: set[Millis] = set()
    for day in range(since // _DAY - 1, (until - 1) // _DAY + 2):
        moments.update(_strikes(zone, day, minutes))
        moments.update(clock_shifts(zone, day))
    return sorted(moment for moment in moments if since < moment < until)


@lru_cache(maxsize=4096)
def _strikes(zone: ZoneInfo, day: int, minutes: Collection[int]) -> tuple[Millis, ...]:
    """When the clock shows one of `minutes` on a local day (days since 1970); twice where the hour comes twice."""
    midnight = from_millis(day * _DAY).replace(tzinfo=zone)
    times = [midnight.replace(hour=minute // 60, minute=minute % 60) for minute in minutes]
    return tuple({to_millis(time.replace(fold=fold)) for time in times for fold in (0, 1)})


@lru_cache(maxsize=4096)
def clock_shifts(zone: ZoneInfo, day: int) -> tuple[Millis, ...]:
    """When the clock is put forward or back within a day of UTC (days since 1970), to the second."""
    low, high = day * _DAY, (day + 1) * _DAY
    before = _offset(zone, low)
    if before == _offset(zone, high):
        return ()
    while high - low > _SECOND:
        middle = (low + high) // (2 * _SECOND) * _SECOND
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return (high,)


def _offset(zone: ZoneInfo, at: Millis) -> timedelta | None:
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(zone).utcoffset()


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _range(low: object, high: object) -> _Range:
    return _Range(*(None if bound is None else Fraction(str(bound)) for bound in (low, high)))


_ALWAYS = Window.of(TariffRestrictions())
