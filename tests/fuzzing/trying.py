"""One input given to one parser: what becomes of it."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from tests.fuzzing.parsers import Parser

SECONDS = 10.0
"""Of the processor, for an input of 128 KiB at most: what takes longer is taken for endless."""


class TooLong(BaseException):
    """No `except` of a parser takes it for its own."""


@dataclass(frozen=True, slots=True)
class Crash:
    kind: str
    told: str
    """The traceback."""

    @property
    def place(self) -> str:
        """By which two crashes are one: kind, and the last line of ours."""
        lines = [line.strip() for line in self.told.splitlines() if "/app/" in line]
        return f"{self.kind} {lines[-1] if lines else ''}"


def tried(parser: Parser, data: bytes) -> Crash | None:
    """None: it was read, or refused as the parser says it refuses."""
    try:
        with _limited():
            parser.read(data)
    except parser.refused:
        return None
    except (Exception, TooLong) as error:  # noqa: BLE001 whatever else comes is looked for
        return Crash(type(error).__name__, "".join(traceback.format_exception(error)))
    return None


@contextmanager
def _limited() -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TooLong
