"""Which page comes next (OCPI transport_and_format, pagination), for Senders that page badly too.

1. `Link: <…>; rel="next"` with the host and path that were asked: followed as it is.
2. A `Link` that leads elsewhere (wrong scheme, host or path, `date_from=None`), or none although `X-Total-Count` says
   there is more: `offset` grows by what came.
3. None, and nothing that says it was all (a full page, or no header at all): one look at the next offset.
4. `X-Total-Count` fell while `offset` grew: objects moved down past it, so the page is read again from so much earlier.
5. A list that never ends (a page seen before, nothing new, too many pages) is an error; at a look of rule 3 it is the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from requests.utils import parse_header_links

from app.errors import SourceAnswerError
from app.http.exchange import Answer, whole_number
from app.sources.http import origin


@dataclass
class Pages:
    """One crawl of one list. Ask for `url` until it is None; tell `turn` about each answer."""

    first: str
    """URL of the list, with filters and `limit`."""
    limit: int
    longest: int
    """Pages after which a list is taken to be endless."""
    where: str
    pages: bool = True
    """False where an earlier crawl found that the backend ignores `offset`: rule 3 is left out."""
    url: str | None = field(init=False)
    offset: int = field(init=False, default=0)
    """Items of the list that were read."""
    total: int | None = field(init=False, default=None)
    """The last `X-Total-Count`; None where the backend gives none."""
    again: int = field(init=False, default=0)
    """So many items of the page to come may repeat earlier ones (rule 4)."""

    def __post_init__(self) -> None:
        self.url = self.first
        self._count = 0
        self._first_count = 0
        self._read = 0
        self._linked = False
        self._looking = False
        self._visited = {self.first}

    def turn(self, answer: Answer, count: int, *, new: bool) -> bool:
        """Goes on to the next page. `count`: items in this one; `new`: something in it was not on an earlier page.

        False: this page is a repetition that marks the end; it is not part of the list. Raises SourceAnswerError.
        """
        if self._looking and (count == 0 or not new):
            if self._count == 1 and count == self._first_count:
                self.pages = False
            self.url = None
            return False
        self._count += 1
        self._first_count = self._first_count or count
        if self._count > 1 and count and not (new or self.again):
            raise self._endless("a page repeats: it brought nothing that was not on an earlier one")
        fell = self._fell(_number(answer.headers.get("X-Total-Count")))
        link = usable_link(answer.headers.get("Link", ""), answer.url, self.first)
        if fell and (link is None or "offset=" in link):
            self._read = self.offset + count
            self.offset = max(0, self.offset - fell)
            self.url = self._at_offset()
        else:
            self.offset += count
            self.url = self._next(answer, count, link)
            self._check_end()
        self.again = max(0, self._read - self.offset)
        return True

    @property
    def short(self) -> bool:
        """True at the end where fewer items came than the backend counts."""
        return self.total is not None and self.offset < self.total

    def _fell(self, total: int | None) -> int:
        """By how much the count fell; a count that never went beyond what was read already says nothing."""
        before, self.total = self.total, total
        if total is None or before is None or before <= self.offset:
            return 0
        return max(0, before - total)

    def _next(self, answer: Answer, count: int, link: str | None) -> str | None:
        self._looking = False
        if link is not None:
            self._linked = True
            return link
        if count == 0:
            return None
        if _next_link(answer.headers.get("Link", "")) or self.short:
            self._looking = self._linked
            return self._at_offset()
        if self._maybe_more(answer, count):
            self._looking = True
            return self._at_offset()
        return None

    def _maybe_more(self, answer: Answer, count: int) -> bool:
        if self._linked or not self.pages:
            return False
        most = _number(answer.headers.get("X-Limit"))
        if most is None and self.total is None:
            return count <= self.limit  # more than asked for: it does not page
        return count >= min(self.limit, most or self.limit)

    def _check_end(self) -> None:
        if self.url is None:
            return
        if self.url in self._visited:
            raise self._endless("`Link` leads back to a page that was read already")
        if self._count >= self.longest:
            raise self._endless(f"no end after {self._count} pages")
        self._visited.add(self.url)

    def _at_offset(self) -> str:
        return with_query(self.first, {"offset": str(self.offset)})

    def _endless(self, what: str) -> SourceAnswerError:
        remedy = "The backend's paging is broken; its operator has to repair it"
        return SourceAnswerError(f"endless paging: {what}", where=self.where, remedy=remedy)


def with_query(url: str, values: Mapping[str, str]) -> str:
    """The URL with these query parameters set."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in values]
    return urlunsplit(parts._replace(query=urlencode([*query, *values.items()], safe=":*")))


def _next_link(header: str) -> str | None:
    links = parse_header_links(header) if header.strip() else []
    return next((link["url"] for link in links if link.get("rel", "").lower() == "next" and link["url"]), None)


def usable_link(header: str, page: str, first: str) -> str | None:
    """The next page's URL if it belongs to the list that was asked for; `page` is where the answer came from."""
    link = _next_link(header)
    if link is None:
        return None
    url = urljoin(page, link)
    parts = urlsplit(url)
    if not any(_same_list(parts, urlsplit(asked)) for asked in (page, first)):
        return None
    values = [value.lower() for _, value in parse_qsl(parts.query, keep_blank_values=True)]
    return None if {"none", "null", "undefined"} & set(values) else url


def _same_list(one: SplitResult, other: SplitResult) -> bool:
    return origin(one) == origin(other) and one.path.rstrip("/") == other.path.rstrip("/")


def _number(text: str | None) -> int | None:
    return whole_number(text or "")
