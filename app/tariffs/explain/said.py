"""What is said of a tariff, in no language yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.model.money import Price
from app.tariffs.conditions import OPEN, Bounds


class Subject(StrEnum):
    """In the order of Regulation (EU) 2023/1804, Art. 5(4): per kWh, per minute, per session, any other."""

    ENERGY = "energy"
    CHARGING_TIME = "charging_time"
    """Per minute while the car charges."""
    CONNECTED_TIME = "connected_time"
    """Per minute from the first on, charging or not."""
    SESSION = "session"
    OCCUPANCY = "occupancy"
    """Per minute against staying long, charging or not."""
    IDLE = "idle"
    """Per minute in which the car does not charge."""


Hours = tuple[int, int]
"""Minutes of the local day; the second is exclusive, 1440 at its end, below the first on the next day."""
Dates = tuple[date, date]
"""The second exclusive; date.min and date.max where that end is open."""


@dataclass(frozen=True, slots=True)
class Season:
    """The same days every year, both included."""

    name: str
    """As the operator calls it."""
    first: date
    """In a leap year."""
    last: date


@dataclass(frozen=True, slots=True)
class When:
    """All of it must hold; of several hours or dates, one."""

    days: frozenset[int] | None = None
    """0 is Monday; None: every day."""
    holidays: bool = False
    """Public holidays beside `days`."""
    hours: tuple[Hours, ...] = ()
    season: Season | None = None
    dates: tuple[Dates, ...] = ()
    kwh: Bounds = OPEN
    seconds: Bounds = OPEN
    power: Bounds = OPEN
    current: Bounds = OPEN


@dataclass(frozen=True, slots=True)
class Charge:
    price: Price
    """Per kWh, minute or session."""
    when: tuple[When, ...] = ()
    """One of them must hold; empty: always."""
    block: int = 1
    """Billed in started Wh or seconds; 1: as the meter counts."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What OCPI cannot say of an occupancy fee."""

    grace_minutes: Decimal
    """Free at the beginning: of the session, or of the time without charging."""
    cap: Price | None
    """Most that a session's fee adds up to."""
    exempt: tuple[When, ...]


@dataclass(frozen=True, slots=True)
class Item:
    subject: Subject
    exceptions: tuple[Charge, ...]
    """From the base, in the order in which they count."""
    base: Charge | None
    """What holds otherwise; None: nothing is charged then."""
    complete: bool = False
    """The exceptions leave no otherwise."""
    ordered: bool = False
    """Exceptions overlap: the first that holds counts."""
    terms: Terms | None = None

    @property
    def charges(self) -> tuple[Charge, ...]:
        return (self.base, *self.exceptions) if self.base else self.exceptions

    @property
    def costs(self) -> bool:
        return any(charge.price.amount for charge in self.charges)


@dataclass(frozen=True, slots=True)
class Extra:
    """What reserving or booking costs."""

    occasion: str
    """`RESERVATION`, `BOOKING_EXPIRES` and the like, as OCPI has it."""
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class HolidayPlace:
    country: str
    """ISO 3166-1 alpha-2."""
    region: str
    """In its own language; empty: the whole country."""


@dataclass(frozen=True, slots=True)
class Said:
    items: tuple[Item, ...]
    extras: tuple[Extra, ...] = ()
    minimum: Price | None = None
    """Per session."""
    maximum: Price | None = None
    preauthorised: Price | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""
    announced: datetime | None = None
    audience: str = ""
    """`ad_hoc`, `contract`, `group`, `everyone`, or a profile: `cheap`, `fast`, `green`."""
    holidays: HolidayPlace | None = None
    """Whose public holidays count; None: none do."""
    notes: Mapping[str, str] | None = None
    """The operator's own words by language."""
    url: str = ""
    """Where the operator explains the price."""
    time_zone: str = ""
    """IANA; empty: not known."""

    @property
    def free(self) -> bool:
        """Nothing costs anything."""
        return not any(item.costs for item in self.items) and not self.extras and self.minimum is None

    @property
    def prices(self) -> tuple[Price, ...]:
        """Of all charges that are not free, once each."""
        items = (*self.items, *(item for extra in self.extras for item in extra.items))
        found = (charge.price for item in items for charge in item.charges)
        return tuple(dict.fromkeys(price for price in found if price.amount))
