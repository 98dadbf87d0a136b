"""What the two files have in common: a header, and lines that stand one below the other."""

from __future__ import annotations

from typing import Any, ClassVar

from app.formats.base import Context, Envelope, Format, Rendered
from app.formats.irve.columns import Layout
from app.formats.irve.writing import header
from app.model.loss import Loss

_NO_TARIFFS = Rendered(None, (Loss("", "IRVE has no tariffs: left out"),))


class IrveFile(Format):
    media_type = "text/csv; charset=utf-8"
    separator = b""
    layout: ClassVar[Layout]

    def tariff(self, body: dict[str, Any], context: Context) -> Rendered:
        return _NO_TARIFFS

    def prefix(self, envelope: Envelope) -> bytes:
        return header(self.layout)

    def suffix(self, envelope: Envelope) -> bytes:
        return b""
