"""Rows that wait in a file until what stands above them is known."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import orjson


class Spool:
    """JSON values, one a line, in a file that is gone with it; may be read again and again."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (it is open as long as the object lives)

    def add(self, row: Any) -> None:
        self._file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    def __iter__(self) -> Iterator[Any]:
        self._file.seek(0)
        yield from map(orjson.loads, self._file)
        self._file.seek(0, 2)
