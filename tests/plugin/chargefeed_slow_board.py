"""The sample plug-in's board, for tests of the worker: what was read is handed over only a while later."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import ClassVar

from chargefeed_board import BoardSettings, BoardSource

from app.model.batch import Batch, Kind
from app.sources.base import SourceSettings


class SlowBoardSettings(BoardSettings):
    pause: float
    """Seconds between reading and handing over; meanwhile a file beside the board, `….read`, holds the process id."""


class SlowBoardSource(BoardSource):
    type = "slow-board"
    Settings: ClassVar[type[SourceSettings]] = SlowBoardSettings

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        settings = self.settings
        assert isinstance(settings, SlowBoardSettings)
        read = list(super().fetch(kind, cursor, full=full))
        marker = settings.board.with_suffix(".read")
        marker.write_text(str(os.getpid()))
        time.sleep(settings.pause)
        marker.unlink(missing_ok=True)
        yield from read
