"""The report as a workbook: a sheet of ports, one of the events behind their figures, one of networks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import BinaryIO

import openpyxl

from app.compliance.sheets import Row, Rows
from app.compliance.uptime.counting import Judged
from app.compliance.uptime.figures import NetworkUptime
from app.compliance.uptime.records import (
    EVENT_COLUMNS,
    PORT_COLUMNS,
    Record,
    event_cells,
    network_record,
    port_cells,
)

NETWORK_COLUMNS = (
    "party", "country", "since", "until", "ports", "ports_with_notes", "reading", "total_min", "down_min", "unobserved_min",
    "uptime", "uptime_if_up", "result",
)  # fmt: skip
PERCENTS = ("uptime", "uptime_if_up")


class Workbook:
    """Writes as ports come; `finish` closes it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._book = openpyxl.Workbook(write_only=True)
        self._ports = Rows(self._book, "ports", PORT_COLUMNS)
        self._events = Rows(self._book, "events", EVENT_COLUMNS)

    def add(self, judged: Judged) -> None:
        self._ports.add(_row(port_cells(judged.uptime), PORT_COLUMNS))
        for outage in judged.outages:
            self._events.add(_row(event_cells(outage), EVENT_COLUMNS))

    def finish(self, networks: Sequence[NetworkUptime]) -> None:
        sheet = Rows(self._book, "networks", NETWORK_COLUMNS)
        for one in map(network_record, networks):
            for reading in one["readings"]:
                sheet.add(_row(one | reading, NETWORK_COLUMNS))
        self._book.save(self._file)


def _row(record: Record, columns: Sequence[str]) -> Row:
    """Percentages as numbers, cut as everywhere."""
    percents = {name: Decimal(record[name]) if record[name] else None for name in PERCENTS if name in record}
    return tuple((record | percents)[name] for name in columns)
