"""A real registry that takes in the demo network, and whatever the tests make of it."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from app.clock import ManualClock, format_time
from app.formats.base import formats
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import Batch, Kind, Parsed, Raw, StatusRecord, StatusRow
from app.model.identifiers import object_key
from app.model.problem import Severity
from app.publish.feed import CACHE_BYTES, Feed
from app.publish.index import Scope
from app.publish.judge import Judge
from app.publish.publications import Publication, catalogue
from app.registry.apply import Registry
from app.registry.watch import CommitWatch
from app.sources.demo.locations import location
from app.sources.demo.places import countries
from app.sources.demo.prices import tariffs
from app.sources.demo.sites import network

AT = 1_795_000_000_000
COUNTRIES = ("DE", "FR", "NL", "GB", "US")


def demo_locations(count: int) -> list[dict[str, Any]]:
    return [location(1, site, AT) for site in network(1, count, COUNTRIES)]


def demo_tariffs() -> list[dict[str, Any]]:
    return [tariff for country in countries().values() for tariff in tariffs(1, country, AT)]


def catalogue_of(scopes: Collection[Scope]) -> dict[str, Publication]:
    return catalogue(formats(), scopes)


class Backend:
    """Writes what it is given into one registry; the clock moves a second with each batch."""

    def __init__(self, url: str) -> None:
        self.clock = ManualClock(AT)
        self.registry = Registry.open(url, clock=self.clock)

    def feed(self, cache_bytes: int = CACHE_BYTES, judge: Judge | None = None) -> Feed:
        """As a process of its own would have it."""
        watch = CommitWatch(self.registry.engine, every=0.0)
        return Feed(self.registry.feed(), watch.stamp, self.clock, cache_bytes, judge)

    def put_locations(self, *bodies: dict[str, Any]) -> None:
        self._put(Kind.LOCATIONS, partial(read_location, version="2.3.0", country_code=None, party_id=None), bodies)

    def put_tariffs(self, *bodies: dict[str, Any]) -> None:
        read = partial(read_tariff, version="2.3.0", country_code=None, party_id=None)
        self._put(Kind.TARIFFS, read, [{"last_updated": format_time(AT)} | body for body in bodies])

    def say(self, uid: str, status: str) -> None:
        self._apply(Kind.STATUSES, lambda row: Parsed(StatusRecord(row.evse, row.status)), [StatusRow(uid, status)])

    def _put(self, kind: Kind, read: Any, bodies: Any) -> None:
        raws = [Raw(object_key(body["country_code"], body["party_id"], body["id"]), body) for body in bodies]
        self._apply(kind, lambda raw: read(raw.body), raws)

    def _apply(self, kind: Kind, parse: Any, records: list[Any]) -> None:
        self.clock.advance(seconds=1)
        applied = self.registry.apply(Batch("demo", kind, self.clock.now(), parse, records))
        assert all(problem.severity is Severity.NOTE for problem in applied.problems), applied.problems


def dressed(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A demo location with what OCPI wants beside each EVSE."""
    stamp = {"last_updated": format_time(AT)}
    evses = [
        {"status": "UNKNOWN"} | evse | stamp | {"connectors": [plug | stamp for plug in evse["connectors"]]}
        for evse in body["evses"]
    ]
    return body | stamp | {"evses": evses} | changes
