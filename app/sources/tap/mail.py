"""Messages on their way from a broker to the inbox: read as they come, handed in together, and only then acknowledged.

Not for several threads at once. What cannot be read is told once of each kind and place, and counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

import structlog
from prometheus_client import Counter

from app.clock import Clock, Millis
from app.errors import RegistryError
from app.model.batch import StatusRecord
from app.model.letter import Letter, Sink
from app.model.problem import Problem
from app.sources.pushed import status_letter
from app.sources.tap.holding import Holding
from app.sources.tap.reading import Message, Reader, Said
from app.sources.tap.settings import MessageSettings

MOST_PROBLEMS = 100
"""Told and kept; more are counted alone."""
MOST_WAITING = 100_000
"""Older ones are given up while the database is away."""
WHOLE_EVERY = 300.0

MESSAGES = Counter(
    "chargefeed_tap_messages",
    "Messages of backends: read, ignored (not meant), refused (not legible)",
    ["source", "outcome"],
)
log = structlog.get_logger()


class Mail:
    def __init__(self, settings: MessageSettings, clock: Clock, sink: Sink) -> None:
        self._settings = settings
        self._clock = clock
        self._sink = sink
        self._reader = Reader(settings)
        self._holding = Holding(settings.named_evses)
        self._waiting: list[tuple[bool, StatusRecord]] = []
        self._problems: dict[tuple[str, str, str], Problem] = {}
        self._news = False
        self._failing = False
        self._whole_every: Millis = round(min(settings.ttl / 3, WHOLE_EVERY) * 1000)
        self._whole_at: Millis = 0

    def add(self, message: Message) -> None:
        problems: list[Problem] = []
        said = self._read(message, problems)
        for record in (record for one in said for record in self._holding.take(one)):
            # What may have come before counts by its own time; without one it is taken for what holds.
            timed = record.occurred_at is not None
            event = not message.retained and (not message.again or timed)
            if event or not record.queued:
                self._waiting.append((event, replace(record, queued=record.queued or (message.again and timed))))
        del self._waiting[:-MOST_WAITING]
        for problem in problems:
            self._tell(problem)
        outcome = "read" if said else "refused" if problems else "ignored"
        MESSAGES.labels(self._settings.name, outcome).inc()

    def hand_in(self) -> bool:
        """False where what waits is not safe: then it waits on, and no message of it may be acknowledged."""
        letters = [
            self._letter([record for _, record in together], events=event)
            for event, together in groupby(self._waiting, key=itemgetter(0))
        ]
        return not letters or self._safe(letters, self._waiting.clear)

    def connected(self) -> None:
        """To be called again and again while the broker holds the connection: where that is a sign of life, it is one."""
        now = self._clock.now()
        if self._settings.alive == "connection" and now >= self._whole_at and self.hand_in():
            whole = self._letter(list(self._holding.all()), events=False)
            if self._safe([whole], lambda: None):
                self._whole_at = now + self._whole_every

    def _read(self, message: Message, problems: list[Problem]) -> list[Said]:
        try:
            return list(self._reader.read(message, problems))
        except Exception as error:  # a message that ended the connection would come again, and end the next one
            log.exception("message cannot be read", source=self._settings.name, message=message.place)
            problems.append(Problem(f"cannot be read ({type(error).__name__}): left out", where=message.place))
            return []

    def _letter(self, records: list[StatusRecord], *, events: bool) -> Letter:
        """A state is told once, as it is by then. With problems that nobody was told of yet go all there were."""
        rows = records if events else list({record.evse: record for record in records}.values())
        problems = list(self._problems.values()) if self._news else []
        return status_letter(rows, self._clock.now(), events=events, problems=problems)

    def _safe(self, letters: list[Letter], then: Callable[[], None]) -> bool:
        try:
            self._sink(letters)
        except RegistryError as error:
            if not self._failing:
                log.error("not handed in, tried again", source=self._settings.name, error=str(error))
            self._failing = True
            return False
        self._failing = self._news = False
        then()
        return True

    def _tell(self, problem: Problem) -> None:
        key = (problem.what, problem.where, problem.record)
        if key not in self._problems and len(self._problems) < MOST_PROBLEMS:
            self._problems[key] = problem
            self._news = True
            log.warning("message cannot be used", source=self._settings.name, problem=str(problem))
