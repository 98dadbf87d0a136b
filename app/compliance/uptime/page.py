"""The report as one HTML page that needs nothing else and prints well: networks, then every port that is not a plain pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from jinja2 import Environment, FileSystemLoader

from app.clock import Millis, from_millis
from app.compliance.spool import Spool
from app.compliance.uptime.counting import Judged
from app.compliance.uptime.figures import NetworkUptime
from app.compliance.uptime.records import event_record, network_record, port_record
from app.compliance.uptime.sheet import Sheet

BUFFER = 200  # pieces of the page written at once


class Page:
    """Ports wait in a file until what stands above them is known; `finish` writes the page."""

    def __init__(self, file: BinaryIO, sheet: Sheet, title: str, at: Millis, templates: Path) -> None:
        self._file, self._sheet, self._title, self._at, self._templates = file, sheet, title, at, templates
        self._ports = Spool()
        self._results: Counter[str] = Counter()

    def add(self, judged: Judged) -> None:
        record = port_record(judged.uptime)
        self._results[record["result"]] += 1
        if record["result"] != "pass" or record["notes"]:
            self._ports.add({**record, "events": [event_record(outage) for outage in judged.outages]})

    def finish(self, networks: Sequence[NetworkUptime]) -> None:
        environment = Environment(
            loader=FileSystemLoader(self._templates), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        page = environment.get_template("report-uptime.html").stream(
            sheet=self._sheet,
            title=self._title,
            at=from_millis(self._at),
            style=(self._templates / "assets" / "chargefeed.css").read_text("utf-8"),
            results=self._results,
            networks=[network_record(one) for one in networks],
            ports=self._ports,
        )
        page.enable_buffering(BUFFER)
        for piece in page:
            self._file.write(piece.encode())
