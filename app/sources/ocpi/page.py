"""A page of a list as raw records, and the memory of pages that were handed over: an identical page is not read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.clock import Millis, parse_time
from app.model.batch import Kind, Raw
from app.model.identifiers import object_key
from app.model.problem import Problem, Severity


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


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns records that name no party."""

    country_code: str | None
    party_id: str | None


def read_page(items: Sequence[Any], kind: Kind, digest: bytes, url: str, owner: Owner) -> Page:
    """`url` as messages show it."""
    raws: list[Raw] = []
    problems: list[Problem] = []
    newest: Millis | None = None
    for index, item in enumerate(items):
        where = f"{url} item {index}"
        key = record_key(item, owner)
        if key is None:
            problems.append(_nameless(item, kind, where, owner))
            continue
        raws.append(Raw(key, item, where))
        stamp = _stamp(item)
        if stamp is not None and (newest is None or stamp > newest):
            newest = stamp
    keys = tuple(raw.key for raw in raws)
    return Page(digest, len(items), keys, newest, tuple(problems), len(problems), raws)


def record_key(item: Any, owner: Owner) -> str | None:
    """None where the record has no id or no owner. A number as id is read as text here; its reader judges it."""
    if not isinstance(item, dict):
        return None
    country_code = item.get("country_code") or owner.country_code
    party_id = item.get("party_id") or owner.party_id
    id = item.get("id")
    if not isinstance(country_code, str) or not isinstance(party_id, str):
        return None
    if isinstance(id, bool) or not isinstance(id, str | int) or id == "":
        return None
    return object_key(country_code, party_id, str(id))


def _nameless(item: Any, kind: Kind, where: str, owner: Owner) -> Problem:
    name = "Location" if kind is Kind.LOCATIONS else "Tariff"
    if not isinstance(item, dict):
        what, path, remedy = f"is no {name} but {type(item).__name__}", "", "Ask the backend's operator"
        return Problem(what, Severity.REFUSED, where=where, path=path, value=str(item)[:80], remedy=remedy)
    id = item.get("id")
    if isinstance(id, str | int) and id != "" and not isinstance(id, bool):
        return Problem(
            "names no owner",
            Severity.REFUSED,
            record=str(id)[:80],
            path="country_code" if not (item.get("country_code") or owner.country_code) else "party_id",
            where=where,
            rule=f"OCPI {name}.country_code, party_id: required",
            remedy="Set `country_code` and `party_id` of the source",
        )
    return Problem(
        "has no id",
        Severity.REFUSED,
        path="id",
        where=where,
        rule=f"OCPI {name}.id: CiString(36), required",
        value="" if id is None else str(id)[:80],
        remedy="The backend has to give each object an id",
    )


def _stamp(item: dict[str, Any]) -> Millis | None:
    try:
        return parse_time(item["last_updated"])
    except (KeyError, TypeError, ValueError):
        return None
