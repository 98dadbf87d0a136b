"""Formats small enough to see through."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson

from app.formats.base import Context, Envelope, Format, Rendered
from app.model.loss import Loss


class Plain(Format):
    """The object as it is; the text `loud` is lost, what says `unsayable` cannot be said, and `poison` makes it fail."""

    name: ClassVar[str] = "plain"
    media_type: ClassVar[str] = "application/json"

    def __init__(self) -> None:
        self.rendered = 0

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        self.rendered += 1
        if body["text"] == "poison":
            raise KeyError("text")
        if body["text"] == "unsayable":
            return Rendered(None, (Loss("", "cannot be said"),))
        losses = (Loss("text", "too loud"),) if body["text"] == "loud" else ()
        return Rendered(orjson.dumps(body), losses)

    tariff = location

    def prefix(self, envelope: Envelope) -> bytes:
        return b'{"data":['

    def suffix(self, envelope: Envelope) -> bytes:
        return b'],"timestamp":%d}' % envelope.stamp
