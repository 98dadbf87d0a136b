"""`/admin/…`: what a person in charge sees and does, behind a token."""

from __future__ import annotations

from flask import Flask

from app.settings import Settings
from app.web.admin import deliveries, sources
from app.web.admin.access import Access, area

area.register_blueprint(deliveries.area)
area.register_blueprint(sources.area)


def register(app: Flask, settings: Settings) -> None:
    app.extensions[Access.EXTENSION] = Access(settings)
    app.register_blueprint(area, url_prefix="/admin")
