"""Pulling an OCPI Sender: what is asked for, and the answers as batches.

1. Endpoints are discovered at first, after a failure, and every `full_every`.
2. Locations are read whole, or from the cursor on (`date_from`); tariffs always whole, since no delta shows a deleted one.
3. Statuses come inside locations. OCPI gives them no time of their own, unless `status_time` says what stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from app.clock import Clock, Millis
from app.errors import SourceAnswerError, SourceError
from app.model.batch import Batch, Kind, Parsed, Raw
from app.sources.base import Capabilities, SourceSettings
from app.sources.http import Transport
from app.sources.ocpi import cursor as cursors
from app.sources.ocpi.charged import ChargedLists
from app.sources.ocpi.crawl import Crawl
from app.sources.ocpi.cursor import Cursor
from app.sources.ocpi.discovery import Backend, Endpoints
from app.sources.ocpi.page import PageMemory
from app.sources.ocpi.paging import Pages, with_query
from app.sources.ocpi.settings import OcpiSettings
from app.sources.records import Owner, dated, read_record
from app.sources.sessions import SessionPage, SessionSource


class OcpiSource(SessionSource):
    type = "ocpi"
    Settings = OcpiSettings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS, Kind.TARIFFS}), statuses_in_locations=True, incremental=True)
    settings: OcpiSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._backend = Backend(self.settings, Transport(self.settings, clock))
        self._endpoints: Endpoints | None = None
        self._discovered_at: Millis = 0
        self._memory = {kind: PageMemory() for kind in self.capabilities.kinds}
        self._cursors: dict[Kind, str | None] = {}
        self._pages_at_all: dict[str, bool] = {}

    @property
    def incremental(self) -> bool:
        return self.settings.incremental

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        if cursor != self._cursors.get(kind):
            self._memory[kind].clear()  # what was handed over is not what was applied
        try:
            endpoints = self._discovered()
            whole = full or kind is Kind.TARIFFS or not self.incremental
            since = None if whole else cursors.read(cursor, endpoints.version)
            yield from self._crawl(kind, endpoints, since)
        except SourceError:
            self._endpoints = None
            raise

    @property
    def sessions_every(self) -> float | None:
        return self.settings.sessions_every if self.settings.sessions else None

    def charged(self, cursors: Mapping[str, str], since: Millis) -> Iterator[SessionPage]:
        lists = ChargedLists(self._backend, self.settings, self.clock)
        yield from lists.pages(self._discovered(), cursors, since)

    def _discovered(self) -> Endpoints:
        now = self.clock.now()
        endpoints = self._endpoints
        if endpoints is None or now - self._discovered_at > self.settings.full_every * 1000:
            endpoints = self._endpoints = self._backend.endpoints()
            self._discovered_at = now
        if endpoints.version == "2.1.1" and self.settings.party_id is None:
            raise SourceAnswerError(
                "OCPI 2.1.1 names no owner in its records",
                where=f"source {self.name}",
                remedy="Set `country_code` and `party_id` of the source",
            )
        return endpoints

    def _crawl(self, kind: Kind, endpoints: Endpoints, since: Cursor | None) -> Iterator[Batch]:
        pages = self._pages(kind, endpoints, since)
        owner = Owner(self.settings.country_code, self.settings.party_id)
        crawl = Crawl(self._backend, kind, pages, owner, self.clock)
        memory = self._memory[kind]
        for page in crawl.changed(None if since else memory):
            memory.forget(page.keys)
            yield self._batch(kind, endpoints, page.raws)
        self._pages_at_all[endpoints.lists[kind]] = pages.pages
        cursor = cursors.after(endpoints.version, since, crawl.newest, crawl.generated, crawl.began).write()
        yield self._last(kind, endpoints, crawl, cursor, whole=since is None)
        self._cursors[kind] = cursor

    def _pages(self, kind: Kind, endpoints: Endpoints, since: Cursor | None) -> Pages:
        url = endpoints.lists.get(kind)
        if url is None:
            raise SourceAnswerError(
                f"the backend lists no `{kind}` endpoint",
                where=f"source {self.name}",
                remedy="Leave out what it cannot give in the source's `roles`, or ask the backend's operator",
            )
        query = {"limit": str(self.settings.page_limit)}
        if since is not None:
            query["date_from"] = since.date_from(self.settings.overlap)
        first = with_query(url, query)
        return Pages(
            first,
            self.settings.page_limit,
            self.settings.max_pages,
            self._backend.where(first),
            self._pages_at_all.get(url, True),
        )

    def _batch(self, kind: Kind, endpoints: Endpoints, raws: Sequence[Raw]) -> Batch:
        rules = self.rules(endpoints.version, self.settings.status_time)
        return Batch(self.name, kind, self.clock.now(), self._reader(kind, endpoints), raws, rules=rules)

    def _last(self, kind: Kind, endpoints: Endpoints, crawl: Crawl, cursor: str, *, whole: bool) -> Batch:
        return Batch(
            self.name,
            kind,
            self.clock.now(),
            self._reader(kind, endpoints),
            (),
            complete=whole and crawl.complete,
            unchanged=crawl.keys if whole else (),
            problems=crawl.problems,
            cursor=cursor,
        )

    def _reader(self, kind: Kind, endpoints: Endpoints) -> Callable[[Raw], Parsed]:
        read = partial(read_record, kind, endpoints.version, self.settings)
        if kind is Kind.LOCATIONS and self.settings.status_time == "last_updated":
            return lambda raw: dated(read(raw), raw.body)
        return read
