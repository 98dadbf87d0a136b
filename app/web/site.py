"""What every request needs: the settings, the public feed, the store of snapshots, and which part of the feed the path names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import current_app, g

from app.clock import Clock, SystemClock
from app.registry.projection import PublicFeed, PublicReader, View
from app.registry.watch import CommitWatch
from app.settings import Settings
from app.store.base import Store
from app.web.failure import GENERIC_CLIENT, Failure
from app.web.metrics import Requests

EXTENSION = "chargefeed"
PARTY_PATH = "/open/party/<party>"
_PARTY = re.compile(r"([A-Za-z]{2})-([A-Za-z0-9]{3})")


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the feed below one path prefix."""

    prefix: str
    """`/open`, or `/open/party/DE-ABC`."""
    party: str | None = None
    """`DE*ABC`; None: everybody."""

    @property
    def view(self) -> View:
        return View(parties=frozenset({self.party})) if self.party else View()


EVERYBODY = Scope("/open")


@dataclass(frozen=True)
class Site:
    settings: Settings
    feed: PublicFeed
    watch: CommitWatch
    store: Store
    requests: Requests
    clock: Clock = field(default_factory=SystemClock)

    def url(self, path: str) -> str:
        return self.settings.web.url + path

    @cached_property
    def _known(self) -> dict[object, list[str]]:
        return {}

    def parties(self, reader: PublicReader) -> list[str]:
        """`DE*ABC` of all who have public objects, sorted; read again after each commit."""
        stamp = self.watch.stamp()
        known = self._known.get(stamp)
        if known is None:
            known = [f"{country_code}*{party_id}".upper() for country_code, party_id in reader.parties()]
            self._known.clear()
            self._known[stamp] = known
        return known

    def default_party(self, reader: PublicReader) -> str | None:
        """Whom 2.1.1 speaks for where the path names nobody: it has one party per connection (OCPI 2.1.1, Credentials)."""
        configured = self.settings.web.default_party
        return configured or next(iter(self.parties(reader)), None)


def site() -> Site:
    found: Site = current_app.extensions[EXTENSION]
    return found


def scope() -> Scope:
    found: Scope = g.get("scope", EVERYBODY)
    return found


def read_scope(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Takes `party` out of a path's values. Raises Failure (404) for one that nobody publishes under."""
    text = (values or {}).pop("party", None)
    if text is None:
        return
    match = _PARTY.fullmatch(text)
    party = f"{match[1]}*{match[2]}".upper() if match else ""
    with site().feed.read() as reader:
        if party not in site().parties(reader):
            raise Failure(
                404, GENERIC_CLIENT, f"nobody publishes here as {text[:20]!r}: the front page lists the parties"
            )
    g.scope = Scope(f"/open/party/{party.replace('*', '-')}", party)
