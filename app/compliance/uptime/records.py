"""Figures and events as plain values, and as JSON and CSV written while they come.

Minutes are exact to the millisecond. A percentage is cut, never rounded: 96.9999 must not read as 97.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any, BinaryIO

import orjson

from app.clock import Millis, format_time
from app.compliance.uptime.counting import Judged
from app.compliance.uptime.figures import Excluded, Figure, NetworkUptime, Outage, Port, PortUptime
from app.compliance.uptime.sheet import Sheet
from app.spreadsheet import no_formula

Record = dict[str, Any]
_DIGITS = Decimal("0.0001")
VERDICTS = {True: "pass", False: "fail", None: "not decided"}
PORT_COLUMNS = (
    "party", "location_id", "port_id", "evse_id", "since", "until", "outage_min", "excluded_min", "unobserved_min", "uptime",
    "uptime_if_up", "result", "blocked_min", "notes",
)  # fmt: skip
EVENT_COLUMNS = (
    "party",
    "location_id",
    "port_id",
    "since",
    "until",
    "minutes",
    "kind",
    "status",
    "reason",
    "excluded_min",
    "causes",
)


def minutes(span: Millis) -> float:
    return span / 60_000


def shown(percent: Decimal | None) -> str:
    """`97.0011`; empty for none."""
    return "" if percent is None else f"{percent.quantize(_DIGITS, ROUND_DOWN)}"


def result(uptime: PortUptime) -> str:
    return "no figure" if uptime.uptime is None else VERDICTS[uptime.passed]


def port_record(one: PortUptime) -> Record:
    spans = {"outage": one.outage, "excluded": one.excluded, "unobserved": one.unobserved, "blocked": one.blocked}
    return {
        **_port(one.port),
        "evse_id": one.port.evse_id,
        "since": format_time(one.since),
        "until": format_time(one.until),
        **{f"{name}_min": minutes(span) for name, span in spans.items()},
        "uptime": shown(one.uptime),
        "uptime_if_up": shown(one.uptime_if_up),
        "result": result(one),
        "notes": list(one.notes),
    }


def event_record(one: Outage) -> Record:
    return {
        **_port(one.port),
        "since": format_time(one.since),
        "until": format_time(one.until),
        "minutes": minutes(one.duration),
        "kind": one.kind.value,
        "status": one.status,
        "reason": one.reason,
        "goes_on": one.goes_on,
        "excluded_min": minutes(one.excluded_ms),
        "excluded": [_excluded(part) for part in one.excluded],
    }


def network_record(one: NetworkUptime) -> Record:
    return {
        "party": one.party,
        "country": one.country,
        "since": format_time(one.since),
        "until": format_time(one.until),
        "ports": one.ports,
        "ports_with_notes": one.affected,
        "readings": [_figure(figure) for figure in one.figures],
        "result": VERDICTS[one.passed],
    }


class JsonReport:
    """Writes as ports come; `finish` closes the document."""

    def __init__(self, file: BinaryIO, sheet: Sheet, at: Millis) -> None:
        head = {"report": "uptime", "at": format_time(at), "sheet": sheet.model_dump(mode="json")}
        self._file = file
        self._separator = orjson.dumps(head)[:-1] + b',"ports":[\n'

    def add(self, judged: Judged) -> None:
        record = {**port_record(judged.uptime), "events": [event_record(outage) for outage in judged.outages]}
        self._file.write(self._separator + orjson.dumps(record))
        self._separator = b",\n"

    def finish(self, networks: Sequence[NetworkUptime]) -> None:
        if self._separator != b",\n":
            self._file.write(self._separator)
        self._file.write(b'],\n"networks":' + orjson.dumps([network_record(one) for one in networks]) + b"}\n")


class CsvReport:
    """A line per port and window, or per event."""

    def __init__(self, file: BinaryIO, *, events: bool) -> None:
        self._file, self._events = file, events
        self._write([EVENT_COLUMNS if events else PORT_COLUMNS])

    def add(self, judged: Judged) -> None:
        self._write(map(event_row, judged.outages) if self._events else [port_row(judged.uptime)])

    def finish(self, networks: Sequence[NetworkUptime]) -> None:
        """They stand in the other forms."""

    def _write(self, rows: Iterable[Sequence[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._file.write(text.getvalue().encode())


def port_row(one: PortUptime) -> list[str]:
    """As PORT_COLUMNS."""
    record = port_cells(one)
    return [_cell(record[name]) for name in PORT_COLUMNS]


def event_row(one: Outage) -> list[str]:
    """As EVENT_COLUMNS."""
    record = event_cells(one)
    return [_cell(record[name]) for name in EVENT_COLUMNS]


def port_cells(one: PortUptime) -> Record:
    """`port_record`, where a table has one cell for its notes."""
    return port_record(one) | {"notes": "; ".join(one.notes)}


def event_cells(one: Outage) -> Record:
    return event_record(one) | {"causes": " ".join(sorted({part.cause.value for part in one.excluded}))}


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else no_formula(str(value))


def _port(port: Port) -> Record:
    return {"party": port.party, "location_id": port.location_id, "port_id": port.uid}


def _excluded(part: Excluded) -> Record:
    times = {"since": format_time(part.since), "until": format_time(part.until)}
    return {"cause": part.cause.value, **times, "exclusion": part.exclusion or None}


def _figure(figure: Figure) -> Record:
    spans = {"total_min": figure.total, "down_min": figure.down, "unobserved_min": figure.unobserved}
    named = {"reading": figure.reading, **{name: minutes(span) for name, span in spans.items()}}
    return {**named, "uptime": shown(figure.lowest), "uptime_if_up": shown(figure.highest)}
