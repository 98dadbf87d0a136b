"""Starts the web processes. Any WSGI server can serve `application()` instead: `gunicorn "app.web.server:application()"`."""

from __future__ import annotations

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from app import log
from app.settings import Settings, from_environment
from app.web.application import create_app

BACKLOG = 2048


def application() -> Flask:
    """As each serving process makes it, from CHARGEFEED_CONFIG."""
    log.configure("web")
    return create_app(from_environment())


def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. The serving processes read the settings themselves, by the environment."""
    web = settings.web
    Granian(
        "app.web.server:application",
        factory=True,
        address=web.host,
        port=web.port,
        interface=Interfaces.WSGI,
        workers=web.processes,
        blocking_threads=web.threads,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        log_enabled=False,
    ).serve()
