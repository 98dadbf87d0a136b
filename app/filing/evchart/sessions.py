"""Module 2: a row for each session of a quarter, and one for each port that had none.

1. A session of no port that reports is none of ours, unless its port is not known at all: then it is named.
2. Left out, since a row must be whole: no end, energy, highest power, way of payment, or word for `no error`.
3. Left out, since it cannot be true: an end before the begin, more energy than the port can give in the time.
4. Kept and named: no time, more than a day (the dashboard leaves both out), two at once on a port.
5. A port had none only where nothing is known of any, whatever became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.clock import Millis, format_time
from app.filing.evchart.doubts import Doubts
from app.filing.evchart.stations import Places, Point, Station
from app.formats.evchart.writing import Values
from app.model.session import SessionRecord

DAY: Millis = 86_400_000
HOUR = Decimal(3_600_000)
MOST_KWH = Decimal(1000)
"""Of a port whose power is not known."""
SLACK = Decimal("1.1")
"""By so much meters and clocks may err."""


@dataclass(frozen=True, slots=True)
class Words:
    """What no source can say, as the settings have it."""

    no_error: str | None = None
    payments: Mapping[str, str] = field(default_factory=dict)
    other_payment: str | None = None


def session_rows(
    records: Iterable[SessionRecord], places: Places, is_known: Callable[[str], bool], words: Words, doubts: Doubts
) -> Iterator[Values]:
    """`records` in the order in which they began; `is_known`: whether there is an EVSE of that uid or `evse_id`."""
    used: set[tuple[str, str]] = set()
    busy: dict[tuple[str, str], Millis] = {}
    for record in records:
        place = places.find(record.evse, record.location_id)
        if place is None:
            if not is_known(record.evse):
                remedy = "Correct the id, or add the EVSE to the inventory"
                doubts.add("sessions of an EVSE that no inventory has", _named(record), remedy)
            continue
        station, point = place
        key = station.id, point.uid
        used.add(key)
        row = _row(record, station, point, words, doubts)
        if row is None:
            continue
        _look(record, busy.get(key), doubts)
        busy[key] = max(busy.get(key, 0), record.ended_at or 0)
        yield row
    for station in places.stations:
        yield from _without_sessions(station, used, doubts)


def _without_sessions(station: Station, used: Container[tuple[str, str]], doubts: Doubts) -> Iterator[Values]:
    """Of each port that had none. Where the whole station had none, they may just not be known."""
    empty = [point for point in station.points if (station.id, point.uid) not in used]
    if len(empty) == len(station.points):
        what = "stations without any session: their ports are said to have had none"
        remedy = "Look whether their sessions are pulled or imported at all"
        doubts.add(what, station.id, remedy, kept=True)
    yield from ({**station.names, "port_id": point.uid} for point in empty)


def _row(record: SessionRecord, station: Station, point: Point, words: Words, doubts: Doubts) -> Values | None:
    payment = words.payments.get(record.payment or "", record.payment) or words.other_payment
    row: dict[str, str | Decimal | Millis | None] = {
        **station.names,
        "port_id": point.uid,
        "charger_id": point.charger_id or record.charger,
        "session_id": record.session_id or _made(record),
        "connector_id": record.connector,
        "session_start": record.started_at,
        "session_end": record.ended_at,
        "session_error": "; ".join(record.errors) or words.no_error,
        "energy_kwh": record.energy_kwh,
        "power_kw": record.peak_kw,
        "payment_method": payment,
    }
    lacking = [name for name in _REMEDIES if row[name] is None]
    for name in lacking:
        doubts.add(f"sessions without {name}: a row must be whole", _named(record), _REMEDIES[name])
    if lacking or not _can_be_true(record, point, doubts):
        return None
    return row


_REMEDIES = {
    "session_end": "Complete it in the backend; what is not over is not kept",
    "session_error": "Set `evchart.no_error` as the federal Data Input Template has it",
    "energy_kwh": "Complete it in the backend",
    "power_kw": "Have the charger send Power.Active.Import, or the backend MAX_POWER in its CDRs",
    "payment_method": "Set `evchart.other_payment`, or have the source say how it was paid",
}


def _can_be_true(record: SessionRecord, point: Point, doubts: Doubts) -> bool:
    assert record.ended_at is not None
    assert record.energy_kwh is not None
    lasted = record.ended_at - record.started_at
    if lasted < 0:
        doubts.add("sessions that end before they begin", _named(record), "Correct the times in the backend")
        return False
    most = MOST_KWH if point.power_kw is None else point.power_kw * lasted / HOUR * SLACK
    if record.energy_kwh > max(most, Decimal(1)):
        what = "sessions with more energy than the port can give in their time"
        doubts.add(what, f"{_named(record)}: {record.energy_kwh} kWh", "Look at the meter, and at its unit")
        return False
    return True


def _look(record: SessionRecord, busy_until: Millis | None, doubts: Doubts) -> None:
    assert record.ended_at is not None
    lasted = record.ended_at - record.started_at
    if lasted == 0 or lasted > DAY:
        what = f"sessions of {'no time' if lasted == 0 else 'more than a day'}: the federal dashboard leaves them out"
        doubts.add(what, _named(record), "Has the end been lost?", kept=True)
    if busy_until is not None and record.started_at < busy_until:
        doubts.add("two sessions at once on one port", _named(record), "Is one of them there twice?", kept=True)


def _made(record: SessionRecord) -> str:
    """An id of its own for a session whose source gives none: one port has one session at a time."""
    return format_time(record.started_at)


def _named(record: SessionRecord) -> str:
    """`L1/P1 S1 2026-07-01T10:00:00.000Z (source hub)`"""
    place = "/".join(filter(None, (record.location_id, record.evse)))
    return (
        " ".join(filter(None, (place, record.session_id, format_time(record.started_at))))
        + f" (source {record.source})"
    )
