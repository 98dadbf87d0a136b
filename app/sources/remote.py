"""A file at a URL, looked at as one on a disk, and how settings name either."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.clock import Clock
from app.sources.file.watched import Look
from app.sources.http import Transport

Place = Annotated[Annotated[str, Field(pattern=r"^(?i:https?)://")] | Path, Field(union_mode="left_to_right")]
"""A URL, or a path (which starts at the folder of the config)."""


class RemoteFile:
    """Whoever serves it vouches for it at every request, so that it is never older than that."""

    def __init__(self, url: str, transport: Transport, clock: Clock, headers: Mapping[str, str]) -> None:
        """`headers`: for the origin of the URL alone, beside those of the settings: `Accept`, `Authorization`."""
        self.where = transport.where(url)
        self.name = url.rpartition("/")[2].partition("?")[0] or url
        self._url = url
        self._transport = transport
        self._clock = clock
        self._headers = headers

    def look(self) -> Look:
        """Raises SourceError."""
        body = self._transport.get(self._url, self._headers).body
        return Look(self._clock.now(), body, blake2b(body, digest_size=16).digest(), None)

    def accept(self, look: Look) -> None:
        """Nothing to remember: it is fetched whole each time."""

    def forget(self) -> None: ...
