"""A push source as the worker sees it: what is asked, again and again, is the inbox that its listener writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog
from sqlalchemy import Engine

from app.clock import Clock
from app.errors import SourceAnswerError
from app.model.batch import Batch, Kind
from app.model.letter import Letter
from app.registry.inbox import Inbox
from app.sources.base import Capabilities, Pull, PushSource, Source, SourceSettings, make_source
from app.sources.pushed import joined

LOOK_EVERY = 0.2

log = structlog.get_logger()


class Received(Source):
    """Hands over what the listener has written."""

    type = "received"
    Settings = SourceSettings
    capabilities = Capabilities(frozenset())

    def __init__(self, source: PushSource, engine: Engine) -> None:
        super().__init__(source.settings, source.clock)
        self._source = source
        self._inbox = Inbox(engine, source.name)

    @property
    def kinds(self) -> frozenset[Kind]:
        return self._source.kinds

    def pulls(self) -> tuple[Pull, ...]:
        return tuple(sorted(Pull(kind, LOOK_EVERY, full=True) for kind in self.kinds))

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        """One batch per letter; of events that wait, one of many letters."""
        for letters in self._inbox.take(kind):
            yield from joined(self._legible(letters))

    def _legible(self, letters: Sequence[Letter]) -> Iterator[Batch]:
        """One that cannot be read is told and left out: those behind it must not wait for it."""
        for letter in letters:
            try:
                yield self._source.opened(letter)
            except SourceAnswerError as error:
                log.error("letter cannot be read", source=self.name, kind=letter.kind.value, error=str(error))


def worked_source(settings: SourceSettings, clock: Clock, engine: Engine) -> Source:
    """The source that these settings describe, as a worker asks it."""
    source = make_source(settings, clock)
    return Received(source, engine) if isinstance(source, PushSource) else source
