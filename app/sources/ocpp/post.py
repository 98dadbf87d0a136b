"""What is to be handed on: statuses to the inbox, sessions to the private store. Kept until they are safe there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from app.clock import Clock
from app.errors import RegistryError
from app.model.batch import StatusRecord
from app.model.letter import Letter, Sessions, Sink
from app.model.problem import Problem
from app.model.session import SessionRecord
from app.sources.pushed import status_letter

MOST_WAITING = 100_000
"""Older ones are given up while a database is away; all that holds is handed in again afterwards."""
AT_ONCE = 2_000

log = structlog.get_logger()

T = TypeVar("T")


class Post:
    def __init__(self, source: str, clock: Clock, sink: Sink, sessions: Sessions | None) -> None:
        """Without `sessions` they are dropped."""
        self._source = source
        self._clock = clock
        self._sink = sink
        self._sessions = sessions
        self._statuses: list[StatusRecord] = []
        self._ended: list[SessionRecord] = []
        self._failing = False

    def add(self, statuses: Sequence[StatusRecord], sessions: Sequence[SessionRecord]) -> None:
        self._statuses += statuses
        del self._statuses[:-MOST_WAITING]
        if self._sessions is not None:
            self._ended += sessions
            del self._ended[:-MOST_WAITING]

    async def flush(self) -> bool:
        """Hands in what waits, the oldest first. False where it could not; then it waits on."""
        if self._ended and self._sessions is not None:
            ended, self._ended = self._ended, []
            if not await self._safe(self._sessions, ended, "sessions"):
                self._ended = ended + self._ended
        while self._statuses:
            part, self._statuses = self._statuses[:AT_ONCE], self._statuses[AT_ONCE:]
            letter = status_letter(part, self._clock.now(), events=True)
            if not await self._safe(self._sink, [letter], "statuses"):
                self._statuses = part + self._statuses
                return False
        return True

    async def whole(self, statuses: Callable[[], Sequence[StatusRecord]], problems: Sequence[Problem]) -> bool:
        """Hands in all that holds; also a sign of life where that is nothing. False where it could not.

        `statuses` is asked when nothing waits any more: what holds must not come after what changed it.
        """
        if not await self.flush():
            return False
        letter = status_letter(statuses(), self._clock.now(), events=False, problems=problems)
        return await self._safe(self._sink, [letter], "statuses")

    async def tariffs(self, letter: Letter) -> bool:
        """Hands in the tariffs there are. False where it could not."""
        return await self._safe(self._sink, [letter], "tariffs")

    async def _safe(self, hand_in: Callable[[Sequence[T]], None], what: Sequence[T], named: str) -> bool:
        try:
            await asyncio.to_thread(hand_in, what)
        except RegistryError as error:
            if not self._failing:
                log.error("not handed in, tried again", source=self._source, what=named, error=str(error))
            self._failing = True
            return False
        self._failing = False
        return True
