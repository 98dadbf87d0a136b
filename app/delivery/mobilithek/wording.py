"""How a network is said to an access point: the formats of its documents, and the envelopes and points of a push."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from app.formats.base import Context, Envelope, Rendered


class Wording(Protocol):
    static: str
    """Name of the format of the static document."""
    dynamic: str
    """Name of the format of the dynamic document, whose objects a snapshot has in an envelope for pushing."""
    media_type: str
    separator: bytes
    """Between the objects of a delta."""

    def around_snapshot(self, envelope: Envelope) -> tuple[bytes, bytes]:
        """What a dynamic snapshot starts and ends with."""

    def around_delta(self, envelope: Envelope) -> tuple[bytes, bytes]: ...

    def changed(self, body: dict[str, Any], context: Context, uids: Collection[str] | None) -> Rendered:
        """A location in a delta with just these EVSEs; None: all of them."""
