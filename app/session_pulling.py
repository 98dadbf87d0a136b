"""Charging sessions of the sources that have them, on their way into the private store and nowhere else.

A page is kept as it comes; the cursor goes on when a list was read to its end. What one source fails in, the others do not feel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from app.clock import Clock
from app.errors import ConfigError, SourceError
from app.listening import open_private
from app.registry.leases import Lease
from app.registry.private.store import PrivateStore
from app.session_sending import declaring
from app.settings import Private, Settings
from app.sources.base import SourceSettings, make_source, source_class
from app.sources.sessions import SessionPage, SessionSource

PROBLEMS_IN_LOG = 5
WAIT = 300.0
"""Seconds until another try after a failure."""

HandOn = Callable[[str, SessionPage], None]

log = structlog.get_logger()


def session_sources(sources: Sequence[SourceSettings], clock: Clock) -> list[SessionSource]:
    """Those that are asked for sessions."""
    meant = [source for source in sources if issubclass(source_class(source.type), SessionSource)]
    made = [make_source(source, clock) for source in meant]
    return [source for source in made if isinstance(source, SessionSource) and source.sessions_every is not None]


class SessionDuty:
    def __init__(
        self,
        sources: Sequence[SessionSource],
        settings: Private,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        hand_on: HandOn | None = None,
    ) -> None:
        """`hand_on`: what is done with pages that are for partners too."""
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._hand_on = hand_on
        self._due = dict.fromkeys(sources, monotonic())

    def __call__(self, lease: Lease) -> None:
        due = [source for source, at in self._due.items() if at <= self._monotonic()]
        store = open_private(self._settings) if due else None
        for source in due:
            assert store is not None
            assert source.sessions_every is not None
            try:
                pull(source, store, self._clock.now() - round(self._settings.keep * 1000), self._hand_on)
                self._due[source] = self._monotonic() + source.sessions_every
            except SourceError as error:
                self._due[source] = self._monotonic() + min(WAIT, source.sessions_every)
                log.error("sessions not pulled", source=source.name, error=str(error))


def pull(source: SessionSource, store: PrivateStore, since: int, hand_on: HandOn | None = None) -> int:
    """Keeps what came since the last time, of a list that is read for the first time what changed after `since`; returns how many
    sessions. Raises SourceError, RegistryError."""
    kept = 0
    for page in source.charged(store.cursors(source.name), since):
        records = [record for record in page.records if record.started_at >= since]
        store.put(records)
        kept += len(records)
        if hand_on is not None and page.relayed:
            hand_on(source.name, page)
        for problem in page.problems[:PROBLEMS_IN_LOG]:
            log.warning("session not kept", list=page.list, problems=len(page.problems), **problem.as_dict())
        if page.cursor is not None:
            store.put_cursor(source.name, page.list, page.cursor)
    log.info("sessions pulled", source=source.name, sessions=kept)
    return kept


def tried(settings: Settings, clock: Clock) -> str:
    """One page of each source that is asked for sessions, kept nowhere; in words. Raises ConfigError where there is no place to
    keep them, SourceError."""
    sources = session_sources(settings.sources, clock)
    if settings.private is None:
        names = ", ".join([*(source.name for source in sources), *(each.name for each in declaring(settings))])
        remedy = "Add `private` (config/example.yaml shows how), or leave out `sessions` there"
        raise ConfigError(f"sessions of {names} are neither kept nor sent: there is no `private`", remedy=remedy)
    said = []
    for source in sources:
        page = next(source.charged({}, clock.now() - 86_400_000), None)
        said.append(f"{source.name}: {0 if page is None else len(page.records)} in the last day's first page")
    return "; ".join(said)
