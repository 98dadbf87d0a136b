"""The reliability of the networks of rapid charge points over a year (SI 2023/1168, reg 7), as a statement says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.clock import Millis
from app.compliance.uptime.counting import Judged
from app.compliance.uptime.figures import Class, NetworkUptime, PortUptime
from app.compliance.uptime.judging import networks
from app.compliance.uptime.sheet import Sheet
from app.compliance.uptime.spans import length
from app.compliance.uptime.timeline import by_kind, of_kind


@dataclass(frozen=True, slots=True)
class NetworkReliability:
    year: int
    network: NetworkUptime
    left_out: Millis
    """Of all points together: outside their opening hours, or before they were open."""


def reliabilities(found: Iterable[Judged], sheet: Sheet, year: int) -> list[NetworkReliability]:
    """Of ports that were judged in the window of the year: by party and country."""
    left_out: Counter[tuple[str, str]] = Counter()

    def handed() -> Iterator[PortUptime]:
        for one in found:
            port = one.uptime.port
            left_out[port.party, port.country] += length(of_kind(by_kind(one.timeline), Class.OUTSIDE))
            yield one.uptime

    return [NetworkReliability(year, one, left_out[one.party, one.country]) for one in networks(handed(), sheet)]
