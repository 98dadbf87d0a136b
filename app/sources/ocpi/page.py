"""A page of a list as raw records, and the memory of pages that were handed over: an identical page is not read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.clock import Millis, parse_time
from app.model.batch import Kind, Raw
from app.model.problem import Problem
from app.sources.records import Owner, nameless, record_key


@dataclass(frozen=True, slots=True)
class Page:
    digest: bytes
    count: int
    """Items in it, readable or not."""
    keys: tuple[str, ...]
    newest: Millis | None
    """The latest `last_updated` in it; None where there is none."""
    problems: tuple[Problem, ...] = ()
    nameless: int = 0
    """Items without an id or an owner: what they are cannot be said, so what is absent is not known either."""
    raws: Sequence[Raw] = field(default=(), compare=False)
    """Empty for a page from memory."""


class PageMemory:
    """Pages by their fingerprint, as they were last handed over. A key that was handed over otherwise since is forgotten."""

    def __init__(self) -> None:
        self._pages: dict[bytes, Page] = {}
        self._page_of: dict[str, bytes] = {}

    def find(self, digest: bytes) -> Page | None:
        return self._pages.get(digest)

    def clear(self) -> None:
        self._pages.clear()
        self._page_of.clear()

    def forget(self, keys: Iterable[str]) -> None:
        """Drops every page with one of these objects in it."""
        for digest in {self._page_of[key] for key in keys if key in self._page_of}:
            for key in self._pages.pop(digest).keys:
                del self._page_of[key]

    def remember(self, page: Page) -> None:
        self.forget(page.keys)
        self._pages[page.digest] = Page(page.digest, page.count, page.keys, page.newest, page.problems, page.nameless)
        self._page_of.update(dict.fromkeys(page.keys, page.digest))

    def keep(self, digests: set[bytes]) -> None:
        """Drops the pages that the last whole crawl did not meet."""
        for digest in self._pages.keys() - digests:
            for key in self._pages.pop(digest).keys:
                del self._page_of[key]


def read_page(items: Sequence[Any], kind: Kind, digest: bytes, url: str, owner: Owner) -> Page:
    """`url` as messages show it."""
    raws: list[Raw] = []
    problems: list[Problem] = []
    newest: Millis | None = None
    for index, item in enumerate(items):
        where = f"{url} item {index}"
        key = record_key(item, owner)
        if key is None:
            problems.append(nameless(item, kind, where, owner))
            continue
        raws.append(Raw(key, item, where))
        stamp = _stamp(item)
        if stamp is not None and (newest is None or stamp > newest):
            newest = stamp
    keys = tuple(raw.key for raw in raws)
    return Page(digest, len(items), keys, newest, tuple(problems), len(problems), raws)


def _stamp(item: dict[str, Any]) -> Millis | None:
    try:
        return parse_time(item["last_updated"])
    except (KeyError, TypeError, ValueError):
        return None
