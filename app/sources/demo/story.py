"""What happens at a demo point: cars come and go by the hour of the day, things break and are mended, lines go dead.

The story is a pure function of seed, point and time, so it goes on where it was after a restart. Time is cut into slots per
point; a hash of (seed, point, slot) says what happens in one. Two layers, the upper one covers the lower:

- spells of days: in each slot of six days one fault, maintenance, dead line or a short restart;
- sessions: in each slot of some hours at most one car, perhaps reserved before, or a parked car that blocks.

Every spell of the upper layer ends, so the search for the last change never looks back further than two of its slots.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.clock import Millis

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FAULT_SLOT = 6 * DAY
REST = MINUTE
"""Between two cars."""
LEAD = 15 * MINUTE
"""Longest time a point is reserved before the car comes."""

NIGHT_OWL = (2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 9, 9, 8, 8, 9, 10, 10, 9, 7, 5, 4, 3)
RESIDENTS = (4, 3, 3, 2, 2, 2, 3, 5, 7, 7, 6, 6, 6, 6, 6, 7, 8, 9, 10, 10, 9, 8, 7, 5)
FREIGHT = (5, 4, 4, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 9, 8, 8, 8, 9, 9, 8, 8, 7, 6, 6)
"""Demand by hour of the local day, in tenths."""
OPEN = {"always": range(24), "shop": range(7, 21), "garage": range(6, 23)}
"""Hours in which cars come."""


class Profile(NamedTuple):
    slot: Millis
    chance: float
    """Of a session in a slot at the busiest hour."""
    shortest: Millis
    longest: Millis
    rhythm: tuple[int, ...]


PROFILES = {
    "slow": Profile(5 * HOUR, 0.55, 60 * MINUTE, 240 * MINUTE, RESIDENTS),
    "ac": Profile(3 * HOUR, 0.55, 30 * MINUTE, 160 * MINUTE, RESIDENTS),
    "dc": Profile(75 * MINUTE, 0.75, 18 * MINUTE, 55 * MINUTE, NIGHT_OWL),
    "hpc": Profile(50 * MINUTE, 0.85, 10 * MINUTE, 32 * MINUTE, NIGHT_OWL),
    "truck": Profile(100 * MINUTE, 0.7, 28 * MINUTE, 65 * MINUTE, FREIGHT),
}


class Point(NamedTuple):
    """All that the story needs to know of a charging point."""

    number: int
    """Unique in the network."""
    profile: Profile
    time_zone: str
    open: range
    demand: float
    reservable: bool
    always: str = ""
    """The one status it has for ever (PLANNED, REMOVED)."""


class Spell(NamedTuple):
    status: str
    since: Millis
    """Time of the last change."""
    until: Millis
    """It holds at least until then."""


FOREVER: Millis = 1 << 60
FIXED_SINCE: Millis = 1_735_689_600_000
"""2025-01-01: since when planned and removed points are so."""

_KEY = Struct("<qqq")
_DRAWS = Struct("<4I")
_SCALE = 2.0**-32


def status_at(seed: int, point: Point, at: Millis) -> Spell:
    """The status at a time, when it became so, and how long it holds at least."""
    if point.always:
        return Spell(point.always, FIXED_SINCE, FOREVER)
    slot = at // FAULT_SLOT
    fault = _fault(seed, point, slot)
    if fault.since <= at < fault.until:
        return fault
    if at < fault.since:
        return _between_faults(seed, point, at, _fault(seed, point, slot - 1).until, fault.since)
    return _between_faults(seed, point, at, fault.until, (slot + 1) * FAULT_SLOT)


def _between_faults(seed: int, point: Point, at: Millis, floor: Millis, ceiling: Millis) -> Spell:
    """`floor` is when the point last came back to life; a car that came before is gone."""
    length = point.profile.slot
    phase = point.number * 7_919_000 % length
    slot = (at - phase) // length
    until = min(ceiling, (slot + 1) * length + phase)
    while slot * length + phase + length > floor:
        for event in reversed(_visits(seed, point, slot, slot * length + phase)):
            if event.since < floor:
                return Spell("AVAILABLE", floor, until)
            if event.until <= at:
                return Spell("AVAILABLE", event.until, until)
            if event.since <= at:
                return Spell(event.status, event.since, min(event.until, ceiling))
            until = min(until, event.since)
        slot -= 1
    return Spell("AVAILABLE", floor, until)


def _fault(seed: int, point: Point, slot: int) -> Spell:
    kind, length, place, _ = _draws(b"fault", seed, point.number, slot)
    if kind < 0.12:
        status, lasts = "OUTOFORDER", HOUR + int(length * length * 60 * HOUR)
    elif kind < 0.22:
        status, lasts = "INOPERATIVE", 30 * MINUTE + int(length * 3 * HOUR)
    elif kind < 0.65:
        status, lasts = "UNKNOWN", 2 * MINUTE + int(length * length * 3 * HOUR)
    else:
        status, lasts = "UNKNOWN", 45_000 + int(length * MINUTE)
    since = slot * FAULT_SLOT + int(place * (FAULT_SLOT - lasts - MINUTE))
    return Spell(status, _second(since), _second(since + lasts))


def _visits(seed: int, point: Point, slot: int, begin: Millis) -> tuple[Spell, ...]:
    """What happens in one slot, in order of time, never up to its very end."""
    profile = point.profile
    what, length, place, extra = _draws(b"visit", seed, point.number, slot)
    hour = local_hour(point.time_zone, begin + profile.slot // 2)
    busy = profile.rhythm[hour] * point.demand * profile.chance / 10 if hour in point.open else 0.0
    if what < min(busy, 0.97):
        lasts = profile.shortest + int(length * (profile.longest - profile.shortest))
        since = _second(begin + REST + int(place * (profile.slot - lasts - 2 * REST)))
        car = Spell("CHARGING", since, _second(since + lasts))
        if point.reservable and extra < 0.2:
            return (Spell("RESERVED", max(begin + REST // 2, since - LEAD), since), car)
        return (car,)
    if what > 0.985:
        lasts = 5 * MINUTE + int(length * (profile.slot - 8 * MINUTE) / 2)
        since = _second(begin + REST + int(place * (profile.slot - lasts - 2 * REST)))
        return (Spell("BLOCKED", since, _second(since + lasts)),)
    return ()


def _draws(layer: bytes, seed: int, number: int, slot: int) -> tuple[float, float, float, float]:
    digest = blake2b(_KEY.pack(seed, number, slot), digest_size=16, person=layer).digest()
    first, second, third, fourth = _DRAWS.unpack(digest)
    return first * _SCALE, second * _SCALE, third * _SCALE, fourth * _SCALE


def _second(at: Millis) -> Millis:
    """Chargers tell whole seconds."""
    return at // 1000 * 1000


def local_hour(time_zone: str, at: Millis) -> int:
    """0 to 23."""
    return (at + _offset(time_zone, at // HOUR)) // HOUR % 24


@lru_cache(maxsize=4096)
def _offset(time_zone: str, hour: int) -> Millis:
    moment = datetime.fromtimestamp(hour * 3600, UTC).astimezone(ZoneInfo(time_zone))
    offset = moment.utcoffset()
    assert offset is not None
    return round(offset.total_seconds()) * 1000
