"""Puts the web application together: one Flask app, a blueprint per area, and the gate in front."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask

from app.registry.database import migrate, open_engine
from app.registry.database_clock import clock_of
from app.settings import Settings, shipped
from app.web import (
    admin,
    assets,
    catalogue,
    changes,
    compliance,
    documents,
    failure,
    front,
    history,
    languages,
    ledger,
    ledger_pages,
    location_page,
    map_page,
    moments,
    ocpi,
    openapi,
    operations,
    outgoing,
    partner,
    price_pages,
    prices,
    security,
    sources_page,
)
from app.web.docs import pages as docs
from app.web.gate import Gate
from app.web.places import Places
from app.web.site import EXTENSION, PARTY_PATH, Site

if TYPE_CHECKING:
    from app.web.limits import RateLimit


LARGEST = 1 << 16
"""Bytes of a body, but where a route says otherwise: forms of `/admin`."""


def create_app(settings: Settings) -> Flask:
    """One per process: it holds that process's connections and what it has rendered. Brings the database up to date."""
    templates = shipped("templates")
    app = Flask("app.web", template_folder=str(templates), static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    engine = open_engine(settings.database)
    migrate(engine)
    site = Site(settings, engine, settings.store.open(waited_for=True), clock_of(engine))
    app.extensions[EXTENSION] = site
    failure.register(app)
    outgoing.register(app)
    assets.register(app, templates / "assets", urlsplit(settings.web.url).path)
    app.register_blueprint(front.area)
    moments.register(app)
    for area in (ocpi.area, changes.area, catalogue.area, prices.area, documents.area):
        app.register_blueprint(area, url_prefix="/open")
        app.register_blueprint(area, url_prefix=PARTY_PATH, name=f"party_{area.name}")
    app.register_blueprint(documents.everybody, url_prefix="/open")
    app.register_blueprint(partner.area, url_prefix="/ocpi")
    app.register_blueprint(ledger.area, url_prefix="/ledger")
    app.register_blueprint(history.area, url_prefix="/history")
    app.register_blueprint(ledger_pages.area)
    app.register_blueprint(map_page.area)
    app.register_blueprint(sources_page.area)
    app.register_blueprint(location_page.area)
    app.register_blueprint(price_pages.area)
    compliance.register(app)
    languages.register(app)
    app.register_blueprint(docs.area)
    admin.register(app, settings)
    app.register_blueprint(openapi.area)
    app.register_blueprint(operations.area)
    app.register_blueprint(security.area)
    limit = _rate_limit(settings)
    places = Places(settings.web.threads)
    app.wsgi_app = Gate(app.wsgi_app, site.watch, site.requests, places, limit)  # type: ignore[method-assign]
    return app


def _rate_limit(settings: Settings) -> RateLimit | None:
    if not settings.web.rate_limit:
        return None
    from app.web.limits import RateLimit  # loads what most do without

    return RateLimit(settings.web.rate_limit, settings.web.trusted_proxies)
