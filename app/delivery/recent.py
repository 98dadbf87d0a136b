"""What was made last, for all destinations that need the same: they follow the same feed, one a little behind the other."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from app.model.batch import Kind
from app.registry.projection import PublicObject, PublicReader
from app.registry.terms import Terms

MOST = 1000
"""Twice what a destination takes up at once; an object with all that is said of it takes some 20 kB."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The MOST that were used last. For any number of threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, value: Value) -> None:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)


class RecentObjects:
    """Public objects, read again only where their version moved. Those of a partner with terms of its own are read each time:
    what it sees may change without their version."""

    def __init__(self) -> None:
        self._kept: Recent[tuple[Kind, str], PublicObject] = Recent()
        self._turn = threading.Lock()

    def named(
        self, reader: PublicReader, kind: Kind, keys: Iterable[str], terms: Terms | None
    ) -> dict[str, PublicObject]:
        """As `PublicReader.named`."""
        if terms is not None:
            return reader.named(kind, keys, terms)
        versions = reader.versions(kind, keys)
        with self._turn:  # those that come at the same time want the same: the first one reads it
            found = {}
            for key, version in versions.items():
                kept = self._kept.get((kind, key))
                if kept is not None and kept.version == version:
                    found[key] = kept
            fresh = reader.named(kind, versions.keys() - found.keys())
            for key, item in fresh.items():
                self._kept.put((kind, key), item)
        return found | fresh
