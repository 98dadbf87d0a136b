"""Source `demo`: a fictional network that needs nothing outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal
from zlib import crc32

from pydantic import AwareDatetime, Field

from app.clock import Clock, Millis, parse_time, to_millis
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import PULLED, Batch, Kind, LocationRecord, Origin, Parsed, Raw, StatusRecord, StatusRow
from app.model.duration import Duration
from app.model.identifiers import object_key
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.demo.live import Live, Pace, point
from app.sources.demo.locations import location
from app.sources.demo.places import Country, countries
from app.sources.demo.prices import month_of, tariffs
from app.sources.demo.sites import PARTY, Site, network

PAGE = 500
"""Locations in one batch."""
BUILT = "2026-01-01T00:00:00Z"
"""A `last_updated` for the reader; the registry sets its own."""

CountryCode = Literal["DE", "FR", "NL", "GB", "US"]

FAULTS = (
    {"fault_code": "ConnectorLockFailure", "mrec": "CX001"},
    {"fault_code": "GroundFailure", "mrec": "CX002"},
    {"fault_code": "OverCurrentFailure", "mrec": "CX004"},
    {"fault_code": "OtherError", "mrec": "CX008"},
    {"fault_code": "PowerMeterFailure"},
)
"""What a broken point reports: OCPP error codes with their ChargeX MREC, where there is one."""


class DemoSettings(SourceSettings):
    """A fictional network, the same for everyone who gives the same seed; its statuses change as time goes on."""

    type: Literal["demo"] = "demo"
    """`demo`."""
    seed: int = Field(1, ge=0, lt=1 << 32)
    """Another number makes another network."""
    locations: int = Field(420, ge=1, le=999_999)
    """How many sites there are; each has four to five charging points on average."""
    countries: Annotated[tuple[CountryCode, ...], Field(min_length=1)] = ("DE", "FR", "NL", "GB", "US")
    """Where they stand."""
    status_every: Duration = Field(2, gt=0)
    """How often its statuses are told: only what has changed costs anything."""
    speed: float = Field(1.0, gt=0, le=3600)
    """How fast cars come and go: at 60 an hour of the story passes in a minute. Prices keep to the real calendar."""
    epoch: AwareDatetime = datetime(2026, 1, 1, tzinfo=UTC)
    """When the story's clock agrees with the real one; matters only with another `speed` than 1."""


class DemoSource(Source):
    type = "demo"
    Settings = DemoSettings
    capabilities: ClassVar[Capabilities] = Capabilities(frozenset(PULLED))
    settings: DemoSettings

    def __init__(self, settings: DemoSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._handed = ""

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        at = self.clock.now()
        if kind is Kind.STATUSES:
            rows = self._live.rows(at)
            yield Batch(self.name, kind, at, read_status, rows, complete=True)
        elif kind is Kind.TARIFFS:
            yield Batch(self.name, kind, at, read_demo_tariff, list(self._tariffs(at)), complete=True)
        else:
            yield from self._crawl(cursor, at)

    def _crawl(self, cursor: str | None, at: Millis) -> Iterator[Batch]:
        """Nothing but tariff ids changes, and those by the month, so within one only the keys are said again."""
        edition = "-".join(str(month_of(country, at)) for country in self._countries)
        batch = Batch(self.name, Kind.LOCATIONS, at, read_demo_location, ())
        if cursor is None or self._handed != edition:
            pages = self._locations(at)
            while page := list(islice(pages, PAGE)):
                yield replace(batch, records=page)
        yield replace(batch, complete=True, unchanged=self._keys, cursor=edition)
        self._handed = edition

    @property
    def _countries(self) -> list[Country]:
        return [countries()[code] for code in dict.fromkeys(self.settings.countries)]

    def _sites(self) -> Iterator[Site]:
        return network(self.settings.seed, self.settings.locations, self.settings.countries)

    @cached_property
    def _keys(self) -> list[str]:
        """Of all locations."""
        return [object_key(site.country.code, PARTY, site.id) for site in self._sites()]

    @cached_property
    def _live(self) -> Live:
        settings = self.settings
        points = [(spot.uid, point(site, spot)) for site in self._sites() for spot in site.spots]
        return Live(settings.seed, Pace(to_millis(settings.epoch), settings.speed), points)

    def _locations(self, at: Millis) -> Iterator[Raw]:
        return (_raw(location(self.settings.seed, site, at)) for site in self._sites())

    def _tariffs(self, at: Millis) -> Iterator[Raw]:
        seed = self.settings.seed
        return (_raw(tariff) for country in self._countries for tariff in tariffs(seed, country, at))


def _raw(body: dict[str, Any]) -> Raw:
    return Raw(object_key(body["country_code"], body["party_id"], body["id"]), body)


def read_demo_location(raw: Raw) -> Parsed:
    """Statuses come by themselves, so what OCPI wants beside each EVSE is filled in for the reader and dropped again."""
    stamp = {"status": "UNKNOWN", "last_updated": BUILT}
    evses = [
        evse | stamp | {"connectors": [plug | {"last_updated": BUILT} for plug in evse["connectors"]]}
        for evse in raw.body["evses"]
    ]
    parsed = read_location(
        raw.body | {"evses": evses, "last_updated": BUILT}, "2.3.0", country_code=None, party_id=None, where=raw.where
    )
    if isinstance(parsed.record, LocationRecord):
        return replace(parsed, record=replace(parsed.record, statuses=()))
    return parsed


def read_demo_tariff(raw: Raw) -> Parsed:
    return read_tariff(raw.body | {"last_updated": BUILT}, "2.3.0", country_code=None, party_id=None, where=raw.where)


def read_status(row: StatusRow) -> Parsed:
    occurred_at = parse_time(row.occurred_at) if row.occurred_at else None
    return Parsed(StatusRecord(row.evse, row.status, occurred_at, Origin.CHARGER, detail=_fault(row)))


def _fault(row: StatusRow) -> dict[str, Any] | None:
    if row.status != "OUTOFORDER":
        return None
    return FAULTS[crc32(repr(row).encode()) % len(FAULTS)]
