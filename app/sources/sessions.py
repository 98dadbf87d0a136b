"""Sources that also have charging sessions, pulled for the private store alone: `apply` and the feed never see them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.clock import Millis
from app.model.problem import Problem
from app.model.session import SessionRecord
from app.sources.base import Source


@dataclass(frozen=True, slots=True)
class SessionPage:
    list: str
    """Which of the source's lists it is of: `sessions`, `cdrs`."""
    records: tuple[SessionRecord, ...]
    problems: tuple[Problem, ...] = ()
    cursor: str | None = None
    """With the last page of a list: what to go on from."""
    relayed: tuple[Any, ...] = field(default=(), repr=False)
    """Its objects as the backend said them, where they are for partners too (`roaming.relay`); they name tokens."""
    version: str = ""
    """Of OCPI, in which it said them."""


class SessionSource(Source):
    @property
    @abstractmethod
    def sessions_every(self) -> float | None:
        """Seconds between two pulls of sessions; None: it is not asked for any."""

    @abstractmethod
    def charged(self, cursors: Mapping[str, str], since: Millis) -> Iterator[SessionPage]:
        """What came since, page by page; of a list without a cursor what was changed after `since`. Raises SourceError."""
