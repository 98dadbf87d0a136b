"""One list, page after page, and whether it was all of it.

A list that never ends (an address or a page that comes again, too many pages) is an error, and so is a next page on another
host: the credentials would go there. Where the backend tells how many records there are, and fewer came or the count changed from
page to page, the list is not whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import urljoin, urlsplit

from requests.utils import parse_header_links

from app.errors import SourceAnswerError
from app.http.exchange import Answer, one_line, shown
from app.sources.http import origin
from app.sources.ocpi.answer import decode
from app.sources.ocpi.paging import with_query
from app.sources.rest.access import Access
from app.sources.rest.description import Description, List, Paging
from app.sources.rest.expression import ExpressionFailed, Query


@dataclass(frozen=True, slots=True)
class Page:
    where: str
    """Its address as messages show it."""
    items: list[Any]


class Walk:
    """Iterate `pages` to the end, then read the attributes."""

    def __init__(self, access: Access, description: Description, listing: List, url: str, longest: int) -> None:
        self._access = access
        self._error = description.error
        self._records = listing.records or description.records
        self._paging = listing.paging or description.paging
        self._first = self._begun(with_query(url, listing.params))
        self._longest = longest
        self.count = 0
        """Records so far, before any are left out."""
        self.total: int | None = None
        """As many as the backend says there are; None where it does not."""
        self._steady = True

    @property
    def whole(self) -> bool:
        """False where fewer came than there are, or a changing list may have moved some past us from page to page."""
        return self._steady and not self._more

    @property
    def _more(self) -> bool:
        return self.total is not None and self.count < self.total

    def pages(self) -> Iterator[Page]:
        """Raises SourceError."""
        url = self._first
        met: set[str | bytes] = set()
        for number in range(1, self._longest + 1):
            answer = self._access.get(url)
            said = self._read(answer, url)
            items = self._items(said, url)
            digest = blake2b(answer.body, digest_size=16).digest()
            if url in met or (items and digest in met):
                raise self._endless("a page comes again", url)
            met |= {url, digest}
            self.count += len(items)
            yield Page(shown(url), items)
            following = self._next(said, answer, url, number, len(items))
            if following is None:
                return
            url = following
        raise self._endless(f"no end after {self._longest} pages", self._first)

    def _begun(self, url: str) -> str:
        paging = self._paging
        if paging is None:
            return url
        first = {paging.param: str(paging.first)} if paging.by == "page" else {}
        first |= {paging.param: "0"} if paging.by == "offset" else {}
        return with_query(url, first | ({paging.size_param: str(paging.size)} if paging.size_param else {}))

    def _read(self, answer: Answer, url: str) -> Any:
        said = decode(answer, self._access.where(url))
        error = self._found(self._error, said, url) if self._error else None
        if error:
            remedy = "It answers with HTTP 200 and an error: ask the backend's operator"
            raise SourceAnswerError(one_line(error), where=self._access.where(url), remedy=remedy)
        return said

    def _items(self, said: Any, url: str) -> list[Any]:
        items = self._found(self._records, said, url)
        if isinstance(items, list):
            return items
        there = (
            f"an object with {', '.join(map(str, said))[:200] or 'nothing'}" if isinstance(said, dict) else "no object"
        )
        raise SourceAnswerError(
            f"no list at `{self._records.text}`, the answer is {one_line(there)}",
            where=self._access.where(url),
            remedy="Check the URL, and `records` of the description",
        )

    def _next(self, said: Any, answer: Answer, url: str, number: int, count: int) -> str | None:
        paging = self._paging
        if paging is None:
            return None
        total = self._found(paging.total, said, url) if paging.total else None
        if isinstance(total, int) and not isinstance(total, bool):
            self._steady &= self.total in (None, total)
            self.total = total
        if count == 0 and paging.by in ("page", "offset", "cursor"):
            return None
        if paging.by in ("page", "offset"):
            at = paging.first + number if paging.by == "page" else self.count
            done = self.total is not None and not self._more
            return None if done else with_query(url, {paging.param: str(at)})
        return self._named(paging, said, answer, url)

    def _named(self, paging: Paging, said: Any, answer: Answer, url: str) -> str | None:
        """The page that the answer names."""
        named = _linked(answer) if paging.next is None else self._found(paging.next, said, url)
        if not named:
            return None
        if paging.by == "cursor":
            return with_query(url, {paging.param: str(named)})
        target = urljoin(url, str(named))
        if origin(urlsplit(target)) != origin(urlsplit(url)):
            raise SourceAnswerError(
                f"the next page is on another host: {shown(target)}",
                where=self._access.where(url),
                remedy="Nothing is asked for there. If that is right, set `url` of the source to that host",
            )
        return target

    def _found(self, query: Query, said: Any, url: str) -> Any:
        try:
            return query.find(said)
        except ExpressionFailed as failed:
            remedy = "The answer is not as the description takes it to be"
            raise SourceAnswerError(str(failed), where=self._access.where(url), remedy=remedy) from failed

    def _endless(self, what: str, url: str) -> SourceAnswerError:
        remedy = "The backend's paging is not as the description says, or broken"
        return SourceAnswerError(f"endless paging: {what}", where=self._access.where(url), remedy=remedy)


def _linked(answer: Answer) -> str | None:
    links = parse_header_links(answer.headers.get("Link", ""))
    return next((link["url"] for link in links if link.get("rel", "").lower() == "next"), None)
