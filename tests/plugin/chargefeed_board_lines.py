"""A sample plug-in: a format of its own, a line of text for each location."""

from __future__ import annotations

from typing import Any

from app.formats.base import Address, Context, Envelope, Format, Rendered
from app.model.batch import Kind
from app.model.loss import Loss


class BoardLines(Format):
    name = "board-lines"
    media_type = "text/plain"
    separator = b"\n"
    addresses = (Address("board.txt", Kind.LOCATIONS, "Board"),)

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        return Rendered(f"{body['id']} {body['city']}".encode())

    def tariff(self, body: dict[str, Any], context: Context) -> Rendered:
        return Rendered(None, (Loss("", "a board shows places: tariffs left out"),))

    def prefix(self, envelope: Envelope) -> bytes:
        return b""

    def suffix(self, envelope: Envelope) -> bytes:
        return b"\n"
