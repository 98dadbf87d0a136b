"""What is said of a port's uptime: the port, its outages, and the figure of a window."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.clock import Millis


class Cause(StrEnum):
    """Why an outage does not count (23 CFR 680.116(b)(3)); the numbers are those of EV-ChART's `excluded_outage_reason`."""

    UTILITY = "utility_interruption"
    VEHICLE = "vehicle_fault"
    MAINTENANCE = "scheduled_maintenance"
    VANDALISM = "vandalism"
    DISASTER = "natural_disaster"
    HOURS = "outside_operating_hours"

    @property
    def number(self) -> int:
        return list(Cause).index(self) + 1


class Class(StrEnum):
    """What a status means for uptime."""

    UP = "up"
    OUTAGE = "outage"
    OFFLINE = "offline"
    """The charger has no connection to its backend: an outage under NEVI."""
    UNOBSERVED = "unobserved"
    """Nobody told us: shown, and to be decided by the operator before filing."""
    OUTSIDE = "outside"
    """Planned, removed, or not yet known: not part of the population."""


@dataclass(frozen=True, slots=True)
class Port:
    """An EVSE as it is now; in words of the US rule a charging port."""

    id: int
    """`evse.id` of the registry."""
    party: str
    """`US*ABC`."""
    location_id: str
    """Federal `station_id`."""
    uid: str
    """Federal `port_id`."""
    evse_id: str | None
    country: str
    """ISO 3166-1 alpha-3 of the site."""
    region: str | None = None
    """State or province as the location says it."""
    level: str | None = None
    """`DCFC`, `L2` or `L1`; None: not known."""
    max_power_kw: Decimal | None = None
    since: Millis | None = None
    """Open since (`operational_since`, else `commissioned_on`); None: nobody said."""
    federally_funded: bool | None = None


@dataclass(frozen=True, slots=True)
class Excluded:
    """A part of an outage that does not count."""

    cause: Cause
    since: Millis
    until: Millis
    exclusion: int
    """`exclusion.id`; 0: by the opening hours of the location."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One unbroken span in which a port was not up, clipped to the window."""

    port: Port
    since: Millis
    until: Millis
    kind: Class
    """OUTAGE, OFFLINE or UNOBSERVED."""
    status: str
    """With which it began."""
    reason: str | None
    excluded: tuple[Excluded, ...] = ()
    goes_on: bool = False
    """It had not ended when it was looked at."""

    @property
    def duration(self) -> Millis:
        return self.until - self.since

    @property
    def excluded_ms(self) -> Millis:
        """Parts that overlap count once."""
        total, reached = 0, self.since
        for part in sorted(self.excluded, key=lambda part: part.since):
            begin = max(part.since, reached)
            if part.until > begin:
                total += part.until - begin
                reached = part.until
        return total


@dataclass(frozen=True, slots=True)
class Figure:
    """By one reading of the rule: of a port, or added up of a network's."""

    reading: str
    """`by the rule`, `UNKNOWN is left out`."""
    total: Millis
    """The denominator."""
    down: Millis
    """Outages, exclusions taken off."""
    unobserved: Millis
    """Exclusions taken off; whether it was up nobody knows."""

    def __add__(self, other: Figure) -> Figure:
        sums = self.total + other.total, self.down + other.down, self.unobserved + other.unobserved
        return Figure(self.reading, *sums)

    @property
    def lowest(self) -> Decimal | None:
        """Percent, unrounded, where nothing unobserved was up. None: there is no time to speak of."""
        return self._percent(self.down + self.unobserved)

    @property
    def highest(self) -> Decimal | None:
        """Where all of it was."""
        return self._percent(self.down)

    @property
    def is_clamped(self) -> bool:
        """More was down than the fixed denominator holds: 0 and not less."""
        return self.down + self.unobserved > self.total

    def passed(self, threshold: Decimal, *, strict: bool) -> bool | None:
        """By unrounded milliseconds; None: what is unobserved decides."""
        if not self.total:
            return None
        allowed = self.total * (100 - threshold)
        at_most, at_least = (self.down + self.unobserved) * 100, self.down * 100
        if at_most < allowed or (at_most == allowed and not strict):
            return True
        return False if at_least > allowed or (at_least == allowed and strict) else None

    def _percent(self, down: Millis) -> Decimal | None:
        return Decimal(max(self.total - down, 0)) * 100 / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class PortUptime:
    """A port in a window."""

    port: Port
    since: Millis
    until: Millis
    outage: Millis
    """Of OUTAGE and OFFLINE, as the regime's sheet counts them, exclusions not taken off."""
    excluded: Millis
    unobserved: Millis
    """Exclusions taken off; zero once the operator decided."""
    uptime: Decimal | None
    """Percent, unrounded, what is unobserved taken as an outage; None: no figure (a station in its first year)."""
    passed: bool | None
    """None: not decided, since there is no figure, or what was unobserved could change it."""
    notes: tuple[str, ...] = ()
    """What the figure is affected by, in sentences."""
    uptime_if_up: Decimal | None = None
    """As `uptime`, which takes the worst of what is unobserved, if all of that was up."""
    figures: tuple[Figure, ...] = ()
    """By each reading of the rule; `uptime` is of the first."""
    blocked: Millis = 0
    """BLOCKED: up, and logged apart."""


@dataclass(frozen=True, slots=True)
class NetworkUptime:
    """All ports of a party in a country, by time."""

    party: str
    country: str
    since: Millis
    until: Millis
    ports: int
    figures: tuple[Figure, ...]
    passed: bool | None
    """None: readings do not agree, or what was unobserved could change it."""
    affected: int
    """Ports whose figures have notes."""
