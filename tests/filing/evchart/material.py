"""Stations of `tests/data/evchart`, hand-made figures of uptime, and what is made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.clock import Millis, parse_time
from app.compliance.uptime.figures import Cause, Class, Excluded, Outage, Port, PortUptime
from app.filing.evchart.filing import Span
from app.filing.evchart.stations import Places, Station, station_of
from app.formats.session_table import read_sessions
from app.model.session import SessionRecord
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "evchart"
HOUR: Millis = 3_600_000
JULY = parse_time("2026-07-01T00:00:00Z")


def stations(network: str | None = "example_net") -> list[Station]:
    bodies = json.loads((DATA / "stations.json").read_text())
    return [station for body in bodies if (station := station_of(body, "US*ABC", network)).points]


def places() -> Places:
    return Places(stations())


def sessions() -> list[SessionRecord]:
    return list(read_sessions((DATA / "sessions.csv").read_bytes(), "sessions.csv", "hub").records)


def port(station: str, uid: str) -> Port:
    return Port(1, "US*ABC", station, uid, None, "USA")


def outage(of: Port, begin: str, length: Millis, *causes: Cause, share: Decimal = Decimal(1), **more: object) -> Outage:
    since = parse_time(begin)
    excluded = tuple(Excluded(cause, since, since + int(length * share), 1) for cause in causes)
    return Outage(of, since, since + length, Class.OUTAGE, "OUTOFORDER", None, excluded, **more)  # type: ignore[arg-type]


@dataclass
class HandMade:
    """Every funded port was out for a day, an hour of which does not count; US-2 is in its first year."""

    windows: list[Span] = field(default_factory=list)
    broken: tuple[Outage, ...] = ()

    def uptimes(self, windows: Sequence[Span]) -> Iterator[PortUptime]:
        self.windows = list(windows)
        for of in (port("US-1", "P1"), port("US-1", "P2"), port("US-1", "P3")):
            for since, until in windows:
                yield PortUptime(of, since, until, 24 * HOUR, HOUR, 0, Decimal("99.737442922374429"), True)
        since, until = windows[-1]
        yield PortUptime(port("US-2", "P1"), since, until, 0, 0, 2 * HOUR, None, None, ("a backend was away",))

    def outages(self, span: Span) -> Iterable[Outage]:
        return self.broken
