"""One crawl of one list: its pages one by one, and what they say together.

1. A page that is byte for byte one of the last whole crawl (but for its timestamp) is not decoded.
2. Of records with the same key the first counts; the others are problems.
3. A crawl that lacks something (nameless records, fewer than `X-Total-Count`) is not complete: nothing counts as missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.clock import Clock, Millis, format_time
from app.http.exchange import Answer, shown
from app.model.batch import Kind, Raw
from app.model.problem import Problem, Severity
from app.sources.ocpi import answer as answers
from app.sources.ocpi.discovery import Backend
from app.sources.ocpi.page import Page, PageMemory, read_page
from app.sources.ocpi.paging import Pages
from app.sources.records import Owner, double

AHEAD: Millis = 60_000
"""A backend's clock may run so far ahead of ours before it is worth a note."""
MOST_PROBLEMS = 1000


class Crawl:
    """Iterate `changed` to the end, then read the attributes."""

    def __init__(self, backend: Backend, kind: Kind, pages: Pages, owner: Owner, clock: Clock) -> None:
        self._backend = backend
        self._kind = kind
        self._pages = pages
        self._owner = owner
        self._clock = clock
        self._digests: set[bytes] = set()
        self._problems: list[Problem] = []
        self._problem_count = 0
        self._nameless = 0
        self.began = clock.now()
        self.keys: set[str] = set()
        self.newest: Millis | None = None
        """The latest `last_updated` met."""
        self.generated: Millis | None = None
        """When the backend made the first page, by its own clock."""

    def changed(self, memory: PageMemory | None) -> Iterator[Page]:
        """The pages that `memory` does not know (None: an incremental pull, whose pages never come twice)."""
        while self._pages.url is not None:
            answer = self._backend.get(self._pages.url)
            page = self._page(answer, memory)
            again = self._pages.again
            if not self._pages.turn(answer, page.count, new=self._is_new(page)):
                break
            if self.generated is None:
                self.generated = answers.generated_at(answer)
            page, whole = self._without_doubles(page, again)
            self._meet(page)
            if page.raws:
                yield page
                if memory is not None and whole:
                    memory.remember(page)
        if memory is not None:
            memory.keep(self._digests)

    @property
    def complete(self) -> bool:
        return not self._nameless and not self._pages.short

    @property
    def problems(self) -> list[Problem]:
        return [*self._problems, *self._notes()]

    def _page(self, answer: Answer, memory: PageMemory | None) -> Page:
        digest = answers.fingerprint(answer.body)
        known = memory.find(digest) if memory is not None else None
        if known is not None and self.keys.isdisjoint(known.keys):
            return known
        items = answers.items(answer, self._backend.where(answer.url))
        return read_page(items, self._kind, digest, shown(answer.url), self._owner)

    def _is_new(self, page: Page) -> bool:
        if page.digest in self._digests:
            return False
        return not page.keys or not self.keys.issuperset(page.keys)

    def _without_doubles(self, page: Page, again: int) -> tuple[Page, bool]:
        """The page without records that came before; False where there were any, so that it is read anew next time."""
        if self.keys.isdisjoint(page.keys) and len(set(page.keys)) == len(page.keys):
            return page, True
        met = set(self.keys)
        raws: list[Raw] = []
        problems = list(page.problems)
        for index, raw in enumerate(page.raws):
            if raw.key not in met:
                raws.append(raw)
                met.add(raw.key)
            elif index >= again:
                problems.append(double(raw, self._kind))
        return replace(page, raws=raws, problems=tuple(problems)), False

    def _meet(self, page: Page) -> None:
        self._digests.add(page.digest)
        self.keys.update(page.keys)
        self._problem_count += len(page.problems)
        self._problems += page.problems[: MOST_PROBLEMS - len(self._problems)]
        self._nameless += page.nameless
        if page.newest is not None:
            self.newest = max(page.newest, self.newest or page.newest)

    def _notes(self) -> Iterator[Problem]:
        where = self._pages.where
        if self._problem_count > len(self._problems):
            more = self._problem_count - len(self._problems)
            yield Problem(f"{more} more records have problems", Severity.NOTE, where=where)
        if self._pages.short:
            yield Problem(
                f"only {self._pages.offset} of {self._pages.total} objects came (X-Total-Count); nothing counts as missing",
                Severity.NOTE,
                where=where,
                remedy="The backend's paging or its count is wrong; its operator has to repair it",
            )
        latest = max(self.newest or 0, self.generated or 0)
        if latest > self._clock.now() + AHEAD:
            yield Problem(
                f"the backend's clock is ahead of ours: it speaks of {format_time(latest)}",
                Severity.NOTE,
                path="timestamp" if latest == self.generated else "last_updated",
                where=where,
                remedy="Synchronise the clocks (NTP); changes are asked for as of our time until then",
            )
