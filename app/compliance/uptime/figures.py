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
class PortUptime:
    """A port in a window."""

    port: Port
    since: Millis
    until: Millis
    outage: Millis
    """Of OUTAGE and OFFLINE, as the regime's sheet counts them, exclusions not taken off."""
    excluded: Millis
    unobserved: Millis
    """Counted as the sheet says; zero once the operator decided."""
    uptime: Decimal | None
    """Percent, unrounded; None: the regime gives no figure (a station in its first year)."""
    passed: bool | None
    """None: not decided, since there is no figure, or what was unobserved could change it."""
    notes: tuple[str, ...] = ()
    """What the figure is affected by, in sentences."""
