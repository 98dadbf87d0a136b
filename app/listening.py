"""The process that listens for push sources: what they hear goes into the inbox, for the worker that leads the source.

Told to stop, it stops listening, and hands in what it still has.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import structlog

from app.clock import Clock
from app.errors import ConfigError
from app.process import allow_many_files
from app.registry.database import migrate, open_engine
from app.registry.database_clock import clock_of
from app.registry.inbox import Inbox
from app.registry.private.store import PrivateStore
from app.registry.received import ReceivedObjects
from app.settings import Private, Settings
from app.sources.base import PushSource, SourceSettings, make_source, source_class

log = structlog.get_logger()


def pushes(source: SourceSettings) -> bool:
    """Whether it is a source to listen for."""
    return issubclass(source_class(source.type), PushSource)


def push_sources(settings: Settings, type_: str | None, clock: Clock) -> list[PushSource]:
    """Those of one type, or all. Raises ConfigError where there is none."""
    meant = [source for source in settings.sources if type_ in (None, source.type)]
    made = [make_source(source, clock) for source in meant if pushes(source)]
    found = [source for source in made if isinstance(source, PushSource)]
    if not found:
        if type_ is None:
            remedy = "Add one that pushes to `sources`, such as `ocpp`"
            raise ConfigError("there is nothing to listen for: all sources are pulled", remedy=remedy)
        raise ConfigError(f"no source is of type `{type_}`", remedy="Add one to `sources`")
    return found


def open_private(private: Private) -> PrivateStore:
    """Raises ConfigError, RegistryError."""
    keys = [key.get_secret_value() for key in private.keys]
    return PrivateStore.open(private.database, keys, private.postgres_schema)


def listen(settings: Settings, type_: str | None = None) -> None:
    """For the sources of one type, or all, until SIGTERM or SIGINT. Raises ConfigError where a source cannot begin."""
    engine = open_engine(settings.database)
    sources = push_sources(settings, type_, clock_of(engine))
    allow_many_files()
    if settings.private is not None:
        private = open_private(settings.private)
        for source in sources:
            source.sessions = private.put
    migrate(engine)
    for source in sources:
        source.holdings = ReceivedObjects(engine, source.name)
    asyncio.run(_listen(sources, {source.name: Inbox(engine, source.name) for source in sources}))


async def _listen(sources: Sequence[PushSource], inboxes: dict[str, Inbox]) -> None:
    everything = asyncio.gather(*(source.listen(inboxes[source.name].put) for source in sources))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, everything.cancel)
    log.info("listening", sources=[source.name for source in sources])
    try:
        await everything
    except asyncio.CancelledError:
        log.info("listening stopped")
