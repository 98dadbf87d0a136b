"""Pages that follow `/open/stream`: their content security policy opens for the host of the stream, and for that of map tiles."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, render_template

from app.settings import Settings
from app.web.outgoing import page_policy
from app.web.site import site


def live_page(template: str, *, tiles: bool = False, **context: Any) -> Response:
    """`tiles`: it shows the map."""
    settings = site().settings
    response = Response(render_template(template, **context), mimetype="text/html")
    images = _tile_host(settings) if tiles else ""
    response.headers["Content-Security-Policy"] = page_policy(images, _origin(settings.web.stream_url))
    return response


def _tile_host(settings: Settings) -> str:
    tiles = settings.site.map_tiles
    return _origin(tiles.url) if tiles else ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
