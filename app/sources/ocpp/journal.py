"""Every frame as it came, in a file per day, before anybody has read it; and what is known of the charge points by them.

A line is `{"at": ms, "id": charge point, "way": in|out|open|closed, "frame": text}`, personal data masked. `frame` of `open` is
the version. `stations.json` holds what is known up to a place in the journal, so that a start reads only what came after it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from app.clock import Millis, from_millis
from app.sources.ocpp.frames import masked
from app.sources.ocpp.status import Station

OPEN, CLOSED, IN, OUT = "open", "closed", "in", "out"
LONGEST = 65_536
"""Characters of a frame that are kept."""


class _Known(BaseModel):
    day: str
    offset: int
    stations: dict[str, Station]


class Journal:
    """Of one source. Only one process writes it."""

    def __init__(self, folder: Path, source: str, days: int) -> None:
        self.folder = folder / source
        self._days = days
        self._day = ""
        self._file = -1

    def write(self, at: Millis, id: str, way: str, frame: str = "") -> None:
        """Raises OSError where it cannot be written."""
        self._turn(from_millis(at).date().isoformat())
        line = {"at": at, "id": id, "way": way, "frame": masked(frame[:LONGEST])}
        os.write(self._file, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def save(self, stations: Mapping[str, Station]) -> None:
        """What is known by everything written so far. Raises OSError."""
        offset = os.fstat(self._file).st_size if self._file >= 0 else 0
        known = _Known(day=self._day, offset=offset, stations=dict(stations))
        path = self.folder / "stations.json"
        new = path.with_suffix(".new")
        new.write_text(known.model_dump_json())
        new.replace(path)

    def known(self) -> tuple[dict[str, Station], Iterator[dict[str, Any]]]:
        """What was saved last, and the lines since then."""
        path = self.folder / "stations.json"
        try:
            known = _Known.model_validate_json(path.read_bytes())
        except (FileNotFoundError, ValidationError):
            # Older days would take too long to read; what is still so will be said again.
            known = _Known(day=max((file.stem for file in self._files()), default=""), offset=0, stations={})
        return known.stations, self._lines(known.day, known.offset)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _lines(self, day: str, offset: int) -> Iterator[dict[str, Any]]:
        for path in self._files():
            if path.stem < day:
                continue
            with path.open("rb") as lines:
                lines.seek(offset if path.stem == day else 0)
                for line in lines:
                    with suppress(orjson.JSONDecodeError):  # the last one of a process that was killed
                        yield orjson.loads(line)

    def _turn(self, day: str) -> None:
        if day <= self._day:  # also where the clock is set back over midnight
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.close()
        self._file = os.open(self.folder / f"{day}.jsonl", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":  # a process was killed while it wrote
            os.write(self._file, b"\n")
        self._day = day
        for path in self._files()[: -self._days]:
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("????-??-??.jsonl"))
