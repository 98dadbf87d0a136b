"""Tokens of a partner that does not push them: its list, page by page, from where it was read last (OCPI tokens module, GET).

A page that cannot be read ends the pull, and the next one begins where this one did. One bad token loses no other.
"""

from __future__ import annotations

import time
from urllib.parse import urlencode, urljoin, urlsplit

import structlog
from requests.utils import parse_header_links

from app.clock import Clock, format_time, parse_time
from app.errors import DeliveryError, PartnerError
from app.registry.private.store import PrivateStore
from app.registry.private.tokens import TokenStore
from app.roaming.calls import Line
from app.roaming.partners import Counterparty
from app.roaming.reading import read
from app.roaming.token import Token, replacing
from app.roaming.token_kinds import name_of

LIST = "tokens"
MOST_PAGES = 10_000
OVERLAP_MS = 60_000
"""So far before the newest is asked again: clocks differ, and a list is not read in an instant."""

log = structlog.get_logger()


class TokenPull:
    """From one partner. One call at a time."""

    def __init__(self, line: Line, store: PrivateStore, clock: Clock) -> None:
        self._line = line
        self._store = store
        self._tokens = TokenStore(store)
        self._clock = clock
        self._due = 0.0

    def run(self) -> None:
        """Where it is time. Raises RegistryError."""
        every, found = self._line.settings.tokens_every, self._line.counterparty()
        if every is None or found is None or "tokens" not in found.endpoints or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + every
        try:
            kept, bad = self._pull(found)
            log.info("tokens pulled", partner=self._line.name, tokens=kept, unreadable=bad)
        except DeliveryError as error:
            self._due = time.monotonic() + min(every, self._line.settings.longest_wait)
            log.error("tokens not pulled", partner=self._line.name, error=str(error))

    def _pull(self, found: Counterparty) -> tuple[int, int]:
        source = f"partner:{self._line.name}"[:64]
        began, since = self._clock.now(), self._store.cursors(source).get(LIST)
        query = {} if since is None else {"date_from": format_time(max(0, parse_time(since) - OVERLAP_MS))}
        url: str | None = found.endpoints["tokens"] + (f"?{urlencode(query)}" if query else "")
        kept, bad, met = 0, 0, set[str]()
        while url is not None and url not in met and len(met) < MOST_PAGES:
            met.add(url)
            said = self._line.call(found, "GET", url)
            if not isinstance(said.data, list):
                raise DeliveryError("`data` is no list", where=f"partner {self._line.name}, tokens")
            taken = [self._take(found, body) for body in said.data]
            kept, bad = kept + taken.count(True), bad + taken.count(False)
            url = _next(url, said.answer.headers.get("Link", ""))
        self._store.put_cursor(source, LIST, format_time(began))
        return kept, bad

    def _take(self, found: Counterparty, body: object) -> bool:
        try:
            token = read(Token, body, "token")
            if token.party not in found.roles:
                return False
            change = replacing(body, token.party, token.uid, token.type)
            name = name_of(token.type, token.uid)
            self._tokens.change(self._line.name, token.party, name, self._clock.now(), change)
        except PartnerError:
            return False
        return True


def _next(url: str, link: str) -> str | None:
    """The page that follows, at the same server alone."""
    links = {entry.get("rel"): entry["url"] for entry in parse_header_links(link)} if link else {}
    following = links.get("next")
    target = None if following is None else urljoin(url, following)
    return target if target is not None and urlsplit(target)[:2] == urlsplit(url)[:2] else None
