"""The wording of Mobilithek: DATEX II."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.formats.base import Context, Envelope, Rendered
from app.formats.datex2.dialect import DIALECTS
from app.formats.datex2.envelope import Frame, Protocol
from app.formats.datex2.publications import SEPARATORS
from app.formats.datex2.rendering import SiteWriter


class Datex:
    """In a dialect of DATEX II."""

    def __init__(self, profile: str, encoding: str) -> None:
        dialect = next(one for one in DIALECTS if one.profile == profile)
        self.static = f"datex2-{profile}-table-{encoding}"
        self.dynamic = f"datex2-{profile}-status-{encoding}"
        self.media_type = f"application/{encoding}"
        self.separator = SEPARATORS[encoding]
        self._snapshot = Frame(dialect, encoding, Protocol.PUSH)
        self._delta = Frame(dialect, encoding, Protocol.DELTA)
        self._sites = SiteWriter(self._delta)

    def around_snapshot(self, envelope: Envelope) -> tuple[bytes, bytes]:
        return self._snapshot.around(envelope)

    def around_delta(self, envelope: Envelope) -> tuple[bytes, bytes]:
        return self._delta.around(envelope)

    def changed(self, body: dict[str, Any], context: Context, uids: Collection[str] | None) -> Rendered:
        return self._sites.render(body, context, uids)
