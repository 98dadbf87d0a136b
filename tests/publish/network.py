"""A network in memory behind the interface of the public projection, for the logic of blocks and pages alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from app.model.batch import Kind
from app.publish.index import EVERYTHING
from app.registry.projection import BLOCK, ChangePage, Head, Member, PublicFeed, PublicObject, PublicReader, View


@dataclass
class Network(PublicFeed):
    """One kind of objects with a fixed history of calls; each call is one commit."""

    kind: Kind = Kind.LOCATIONS
    epoch = "e"
    seq: int = 0
    objects: dict[int, PublicObject] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    next_ordinal: int = 0
    versions: dict[int, int] = field(default_factory=dict)
    moves: list[tuple[int, int]] = field(default_factory=list)
    reads: int = 0

    def add(self, text: str, party: str = "DE*ABC", ordinal: int | None = None) -> int:
        ordinal = self.next_ordinal if ordinal is None else ordinal
        self.next_ordinal = ordinal + 1
        country_code, party_id = party.split("*")
        body = {"id": f"L{ordinal}", "text": text}
        self.objects[ordinal] = PublicObject(
            ordinal, country_code, party_id, f"L{ordinal}", "DEU", 0, 0, 0, 0, body, {}
        )
        self._touch(ordinal, moved=True)
        return ordinal

    def change(self, ordinal: int, text: str) -> None:
        self.objects[ordinal] = replace(self.objects[ordinal], body={"id": f"L{ordinal}", "text": text})
        self._touch(ordinal)

    def hide(self, ordinal: int) -> None:
        self.hidden.add(ordinal)
        self._touch(ordinal, moved=True)

    def show(self, ordinal: int) -> None:
        self.hidden.discard(ordinal)
        self._touch(ordinal, moved=True)

    def visible(self, view: View = EVERYTHING) -> list[int]:
        return [
            ordinal
            for ordinal, item in sorted(self.objects.items())
            if ordinal not in self.hidden
            and (not view.parties or f"{item.country_code}*{item.party_id}" in view.parties)
        ]

    def stamp(self) -> tuple[str, int]:
        return (self.epoch, self.seq)

    @contextmanager
    def read(self) -> Iterator[PublicReader]:
        self.reads += 1
        yield Reader(self)

    def _touch(self, ordinal: int, *, moved: bool = False) -> None:
        self.seq += 1
        item = self.objects[ordinal]
        self.objects[ordinal] = replace(item, version=self.seq, last_updated=self.seq)
        self.versions[ordinal // BLOCK] = self.seq
        if moved:
            self.moves.append((self.seq, ordinal // BLOCK))


class Reader(PublicReader):
    def __init__(self, network: Network) -> None:
        self._network = network
        self._objects = dict(network.objects)
        self._visible = [ordinal for ordinal in sorted(network.objects) if ordinal not in network.hidden]
        self._versions = dict(network.versions)
        self._seq, self._epoch = network.seq, network.epoch

    def head(self) -> Head:
        return Head(self._seq, self._seq, self._epoch, 1)

    def blocks(self, kind: Kind, newer_than: int = -1) -> dict[int, int]:
        if kind is not self._network.kind:
            return {}
        return {number: version for number, version in self._versions.items() if version > newer_than}

    def block(self, kind: Kind, number: int, newer_than: int = -1) -> list[PublicObject]:
        return [item for item in self._public(kind) if item.ordinal // BLOCK == number and item.version > newer_than]

    def members(self, kind: Kind, number: int | None = None) -> list[Member]:
        return [
            Member(item.ordinal, item.country_code, item.party_id, item.country)
            for item in self._public(kind)
            if number is None or item.ordinal // BLOCK == number
        ]

    def moved(self, kind: Kind, since: int) -> set[int]:
        return {
            number for seq, number in self._network.moves if since < seq <= self._seq and kind is self._network.kind
        }

    def ordinals(
        self, kind: Kind, view: View, date_from: int | None, date_to: int | None, boundaries: bool = False
    ) -> Sequence[int]:
        low, high = date_from or 0, date_to if date_to is not None else self._seq + 1
        wanted = self._network.visible(view)
        return [
            item.ordinal for item in self._public(kind) if low <= item.last_updated < high and item.ordinal in wanted
        ]

    def objects(self, kind: Kind, ordinals: Sequence[int]) -> list[PublicObject]:
        return [item for item in self._public(kind) if item.ordinal in ordinals]

    def changes(self, since: int, limit: int, view: View = EVERYTHING) -> ChangePage:
        changes: list[dict[str, Any]] = [{"seq": seq} for seq in range(since + 1, self._seq + 1)][:limit]
        return ChangePage(changes, since + len(changes), self.head())

    def _public(self, kind: Kind) -> list[PublicObject]:
        return [self._objects[ordinal] for ordinal in self._visible] if kind is self._network.kind else []
