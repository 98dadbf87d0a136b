"""Sessions and CDRs of a Sender, for reports: a CDR is the last word on its session, so CDRs are read last.

OCPI 2.1.1 does not say which session a CDR is of: there CDRs alone are read where the backend has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.clock import Clock, Millis, parse_time
from app.errors import SourceAnswerError
from app.formats.ocpi.charged import CDRS, SESSIONS, read_charged
from app.http.exchange import shown
from app.sources.ocpi import answer as answers
from app.sources.ocpi import cursor as cursors
from app.sources.ocpi.cursor import Cursor
from app.sources.ocpi.discovery import Backend, Endpoints
from app.sources.ocpi.paging import Pages, with_query
from app.sources.ocpi.settings import OcpiSettings
from app.sources.sessions import SessionPage


class ChargedLists:
    def __init__(self, backend: Backend, settings: OcpiSettings, clock: Clock) -> None:
        self._backend = backend
        self._settings = settings
        self._clock = clock

    def pages(self, endpoints: Endpoints, known: Mapping[str, str], since: Millis) -> Iterator[SessionPage]:
        """Raises SourceError."""
        names = [name for name in (SESSIONS, CDRS) if name in endpoints.charged]
        if not names:
            raise SourceAnswerError(
                "the backend lists neither a `sessions` nor a `cdrs` endpoint",
                where=f"source {self._settings.name}",
                remedy="Leave out `sessions` of the source, or ask the backend's operator",
            )
        for name in names[-1:] if endpoints.version == "2.1.1" else names:
            before = cursors.read(known.get(name), endpoints.version) or Cursor(endpoints.version, since)
            yield from self._crawl(name, endpoints, before)

    def _crawl(self, name: str, endpoints: Endpoints, before: Cursor) -> Iterator[SessionPage]:
        settings, began = self._settings, self._clock.now()
        query = {"limit": str(settings.page_limit), "date_from": before.date_from(settings.overlap)}
        first = with_query(endpoints.charged[name], query)
        pages = Pages(first, settings.page_limit, settings.max_pages, self._backend.where(first))
        newest: Millis | None = None
        generated: Millis | None = None
        met: set[bytes] = set()
        while pages.url is not None:
            answer = self._backend.get(pages.url)
            items, digest = answers.items(answer, self._backend.where(answer.url)), answers.fingerprint(answer.body)
            if not pages.turn(answer, len(items), new=bool(items) and digest not in met):
                break
            met.add(digest)
            generated = answers.generated_at(answer) if generated is None else generated
            newest = max(filter(None, (newest, *map(_stamp, items))), default=None)
            yield self._page(name, items, shown(answer.url), endpoints.version)
        yield SessionPage(name, (), cursor=cursors.after(endpoints.version, before, newest, generated, began).write())

    def _page(self, name: str, items: list[Any], url: str, version: str) -> SessionPage:
        read = [read_charged(item, name, self._settings.name, f"{url} item {at}") for at, item in enumerate(items)]
        records = tuple(record for record, _ in read if record is not None)
        problems = tuple(problem for _, problems in read for problem in problems)
        return SessionPage(
            name, records, problems, relayed=tuple(items) if self._settings.relay else (), version=version
        )


def _stamp(item: Any) -> Millis | None:
    try:
        return parse_time(item["last_updated"])
    except (KeyError, TypeError, ValueError):
        return None
