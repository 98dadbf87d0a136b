"""What the public sees. Every open feed, change, stream, snapshot and ledger entry reads through here and nowhere else.

Public are: locations with `publish = true`, without `publish_allowed_to`; tariffs of type AD_HOC_PAYMENT and those of audience
`public`; of each connector's `tariff_ids` just those that are public and known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from app.clock import Millis
from app.model.batch import Kind

BLOCK = 100
"""Locations per block: number = ordinal // BLOCK, for ever."""


@dataclass(frozen=True, slots=True)
class Head:
    seq: int
    published_at: Millis
    """The stamp of the last commit; a client's next `date_from`."""
    epoch: str
    oldest: int
    """First sequence that `changes` can still give."""


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the public feed: empty means all."""

    parties: frozenset[str] = frozenset()
    """`DE*ABC`, upper case: owners of the objects."""
    countries: frozenset[str] = frozenset()
    """ISO 3166-1 alpha-3 of the site."""


@dataclass(frozen=True, slots=True)
class PublicObject:
    ordinal: int
    country_code: str
    party_id: str
    id: str
    country: str
    """Alpha-3 of the site; empty for tariffs."""
    version: int
    """Highest journal sequence of all that a rendering of it may read."""
    last_updated: Millis
    boundary_at: Millis
    """When it last changed by time alone (a tariff began or ended); 0 if never."""
    body: dict[str, Any]
    """Canonical JSON object after projection."""
    tariffs: Mapping[str, dict[str, Any]]
    """The public tariffs its connectors name, by id as written there (locations only)."""


@dataclass(frozen=True, slots=True)
class Member:
    """That an object is public, and to which views it belongs."""

    ordinal: int
    country_code: str
    party_id: str
    country: str
    """Alpha-3 of the site; empty for tariffs."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    changes: list[dict[str, Any]]
    next: int
    """`since` of the next page."""
    head: Head


class PublicReader:
    """One consistent read of the public feed (a snapshot of the database); from `PublicFeed.read`."""

    def head(self) -> Head: ...

    def blocks(self, kind: Kind, newer_than: int = -1) -> dict[int, int]:
        """Block number → version, of the blocks whose version is above `newer_than`."""

    def block(self, kind: Kind, number: int, newer_than: int = -1) -> list[PublicObject]:
        """The public objects of a block, in order of creation; with `newer_than` just those whose version is above."""

    def members(self, kind: Kind, number: int | None = None) -> list[Member]:
        """Who is public in a block, or (None) in all blocks, in order of creation. Reads no bodies: counts rest on it, and a
        refreshed block learns from it who was hidden."""

    def moved(self, kind: Kind, since: int) -> set[int]:
        """Blocks in which, after sequence `since`, an object came, went, or changed its owner or country: not those whose
        objects have just another status, price or text. `since` must not lie before what the journal still holds."""

    def ordinals(
        self, kind: Kind, view: View, date_from: Millis | None, date_to: Millis | None, boundaries: bool = False
    ) -> Sequence[int]:
        """Ordinals of public objects with date_from <= last_updated < date_to, ascending (OCPI 2.2.1+, pagination).

        With `boundaries`, max(last_updated, boundary_at) counts instead (2.1.1, whose `tariff_id` changes by time alone).
        """

    def objects(self, kind: Kind, ordinals: Sequence[int]) -> list[PublicObject]: ...

    def find(self, kind: Kind, country_code: str, party_id: str, id: str) -> PublicObject | None:
        """One object by its id, compared without case."""

    def find_any_party(self, kind: Kind, id: str) -> list[PublicObject]:
        """Objects of that id, of whatever party."""

    def changes(self, since: int, limit: int, view: View = View()) -> ChangePage:
        """Public changes after sequence `since`. Raises JournalPruned where `since` lies before what is kept."""

    def parties(self) -> list[tuple[str, str]]:
        """(country_code, party_id) of all public objects, sorted."""


class PublicFeed:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[PublicReader]:
        """A consistent view; keep it short."""
        yield PublicReader()
