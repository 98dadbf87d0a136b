"""A sample plug-in: a format of its own, a line of text for each location."""

from __future__ import annotations

from typing import Any

from app.clock import Millis
from app.formats.base import Context, Format, Rendered
from app.model.loss import Loss


class BoardLines(Format):
    name = "board-lines"
    media_type = "text/plain"
    separator = b"\n"

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        return Rendered(f"{body['id']} {body['city']}".encode())

    def tariff(self, body: dict[str, Any], context: Context) -> Rendered:
        return Rendered(None, (Loss("", "a board shows places: tariffs left out"),))

    def prefix(self, stamp: Millis) -> bytes:
        return b""

    def suffix(self, stamp: Millis) -> bytes:
        return b"\n"
