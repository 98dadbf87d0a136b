"""Modules 3 and 4: three figures of uptime per port and quarter, and each of its outages.

A figure that is rounded up could pass where the port does not (it must be above 97 %), so uptime is rounded down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal

from app.clock import Millis, format_time
from app.compliance.uptime.figures import Class, Outage, Port, PortUptime
from app.filing.evchart.doubts import Doubts
from app.filing.evchart.stations import Places, Station
from app.formats.evchart.writing import Values

MINUTE = Decimal(60_000)
LEAST = Decimal("0.01")
"""Minutes of the shortest outage that can be said."""
SECOND: Millis = 1000
_DECIDE = "Decide what the port was then (chargefeed report uptime names the times)"


def uptime_rows(figures: Iterable[PortUptime], places: Places, doubts: Doubts) -> Iterator[Values]:
    """The end of a window is said as its last second. A figure with time that nobody observed waits for the operator."""
    seen: set[tuple[str, str]] = set()
    for figure in figures:
        station = _station(figure.port, places)
        if station is None:
            continue
        seen.add((station.id, figure.port.uid))
        if figure.unobserved and figure.uptime is not None:
            doubts.add("figures with time that nobody observed", _named(figure), _DECIDE)
            continue
        for note in figure.notes:
            doubts.add(note, _named(figure), "Look at the outages of the port", kept=True)
        percent = None if figure.uptime is None else max(Decimal(0), figure.uptime.quantize(LEAST, ROUND_FLOOR))
        yield {
            **station.names,
            "port_id": figure.port.uid,
            "uptime_reporting_start": figure.since,
            "uptime_reporting_end": figure.until - SECOND,
            "uptime": percent,
            "total_outage": _minutes(figure.outage),
            "total_outage_excl": _minutes(figure.excluded),
        }
    for station in places.stations:
        for point in station.points:
            if (station.id, point.uid) not in seen:
                doubts.add(
                    "ports without a figure of uptime", f"{station.id}/{point.uid}", "Is its status known at all?"
                )


def outage_rows(outages: Iterable[Outage], places: Places, doubts: Doubts) -> Iterator[Values]:
    """Also a row for each port without one. What was unobserved is no outage until the operator says so."""
    seen: set[tuple[str, str]] = set()
    for outage in outages:
        station = _station(outage.port, places)
        minutes = _minutes(outage.duration)
        if station is None or minutes < LEAST:
            continue
        key = station.id, outage.port.uid
        if outage.kind is Class.UNOBSERVED:
            what = "times that nobody observed: they are no outages in the file"
            doubts.add(what, f"{'/'.join(key)} since {format_time(outage.since)}", _DECIDE, kept=True)
            continue
        if outage.goes_on:
            what = "outages that had not ended: their duration is that up to the end of the quarter, or to now"
            doubts.add(
                what,
                f"{'/'.join(key)} since {format_time(outage.since)}",
                "Correct them in the next quarter",
                kept=True,
            )
        seen.add(key)
        row: dict[str, str | Decimal | Millis | bool | None] = {**station.names, "port_id": outage.port.uid}
        yield row | {"outage_id": outage.since, "outage_duration": minutes} | _excluded(outage)
    for station in places.stations:
        for point in station.points:
            if (station.id, point.uid) not in seen:
                yield {**station.names, "port_id": point.uid}


def _excluded(outage: Outage) -> dict[str, str | Millis | bool | None]:
    """TRUE for what does not count as a whole, with the cause of its longest part; a part that does not is said in words."""
    if not outage.excluded:
        return {"excluded_outage": False}
    longest = max(outage.excluded, key=lambda part: part.until - part.since)
    if outage.excluded_ms >= outage.duration:
        return {"excluded_outage": True, "excluded_outage_reason": longest.cause.number}
    notes = f"{_minutes(outage.excluded_ms)} minutes of it do not count: {longest.cause.value}"
    return {"excluded_outage": False, "excluded_outage_notes": notes}


def _station(port: Port, places: Places) -> Station | None:
    found = places.find(port.uid, port.location_id)
    return found[0] if found and found[0].party == port.party else None


def _minutes(length: Millis) -> Decimal:
    return (length / MINUTE).quantize(LEAST)


def _named(figure: PortUptime) -> str:
    return f"{figure.port.location_id}/{figure.port.uid} to {format_time(figure.until)}"
