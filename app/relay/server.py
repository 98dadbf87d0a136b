"""`app.web.server` with the relay in it: `gunicorn "app.relay.server:application()"`."""

from __future__ import annotations

from flask import Flask

from app.relay import partner
from app.relay.backend import area
from app.relay.site import Access
from app.settings import Settings, from_environment
from app.web import server
from app.web.site import RELAY


def application() -> Flask:
    """As each serving process makes it, from CHARGEFEED_CONFIG."""
    return with_relay(server.application(), from_environment())


def supervised() -> Flask:
    """As granian's processes make it."""
    return with_relay(server.supervised(), from_environment())


def with_relay(app: Flask, settings: Settings) -> Flask:
    """The same application, before its first request."""
    app.extensions[RELAY] = Access(settings)
    app.register_blueprint(area, url_prefix="/relay")
    app.register_blueprint(partner.area, url_prefix="/ocpi/cpo/<version>")
    return app
