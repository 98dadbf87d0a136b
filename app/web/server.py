"""Starts the web processes. Any WSGI server can serve `application()` instead: `gunicorn "app.web.server:application()"`.

Where partners' drivers charge (`roaming.relay`), the application is another, which has this one inside: `app.relay.server`.
Nothing here knows it but by its name, so that what is public cannot reach what is not.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from typing import TYPE_CHECKING

import structlog
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy.exc import OperationalError

from app import log, tracing
from app.errors import RegistryError
from app.process import allow_many_files, end_with_parent
from app.settings import Settings, from_environment
from app.web.places import threads

if TYPE_CHECKING:
    from flask import Flask

BACKLOG = 2048
"""Connections that wait in the system until a process takes them."""
OPEN, RELAYING = "app.web.server:supervised", "app.relay.server:supervised"
SESSION_KEY = "CHARGEFEED_SESSION_KEY"
"""Environment: what the serving processes of one server sign the sessions of `/admin` by."""
WAIT_S = 1.0
MOST_MEMORY_MB = 1024
"""A process that holds more is replaced. Answers wait in its memory for clients that are slow to take them: a large document,
unpacked for one that takes no gzip, is as large there as it is."""
KILL_AFTER_S = 5
"""A process that is told to stop while it is still starting does not hear it."""


def application() -> Flask:
    """As each serving process makes it, from CHARGEFEED_CONFIG."""
    # Only the serving processes load what serves: the one that starts them would take a second longer.
    from app.registry.database import migrate, open_engine
    from app.web.application import create_app
    from app.web.map_page import keep_ready

    log.configure("web")
    tracing.configure("web")
    settings = from_environment()
    engine = open_engine(settings.database)
    migrate(engine)
    engine.dispose()
    app = create_app(settings)
    keep_ready(app)
    return app


def supervised() -> Flask:
    """As granian's processes make it.

    An orphan would go on answering, at an address that its successor takes too; and one that is still starting hears nothing
    but SIGKILL. One that starts while the database is away waits: granian takes one that fails twice for a defect, and ends all
    of them.
    """
    end_with_parent(signal.SIGKILL)
    while True:
        try:
            return application()
        except RegistryError as error:
            if not isinstance(error.__cause__, OperationalError):
                raise
            structlog.get_logger().warning("waiting for the database", error=str(error), seconds=WAIT_S)
            time.sleep(WAIT_S)


def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. The serving processes read the settings, and the key of sessions, by the environment."""
    web = settings.web
    os.environ.setdefault(SESSION_KEY, secrets.token_hex(32))
    allow_many_files()
    Granian(
        OPEN if settings.roaming.relay is None else RELAYING,
        factory=True,
        address=web.host,
        port=web.port,
        interface=Interfaces.WSGI,
        workers=web.processes,
        blocking_threads=threads(web.threads),
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_max_rss=MOST_MEMORY_MB,
        rss_sample_interval=5,
        workers_kill_timeout=KILL_AFTER_S,
        log_enabled=False,
    ).serve()
