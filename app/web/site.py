"""What every request needs: the settings, the public feed, the store of snapshots, and which part of the feed its path names."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g
from sqlalchemy import Engine

from app.clock import Clock, SystemClock
from app.formats.base import formats
from app.formats.ocpi.versions import VERSIONS
from app.publish.feed import Feed
from app.publish.files import Files
from app.publish.left_out import kept
from app.publish.publications import Publication, catalogue, party_folder
from app.registry.figures import Figures, read_figures
from app.registry.projection import PublicFeed, View
from app.registry.watch import CommitWatch
from app.settings import Settings
from app.store.base import Store
from app.web.failure import GENERIC_CLIENT, Failure
from app.web.metrics import Requests

EXTENSION = "chargefeed"
PARTY_PATH = "/open/party/<party>"
MODULES = ("locations", "tariffs")
RELAYED = ("tokens", "sessions", "cdrs", "commands")
"""Modules of OCPI for partners whose drivers charge here."""
RELAY_RECEIVES = frozenset({"tokens", "commands"})
"""Modules of OCPI whose receiver we are."""
RELAY = "chargefeed.relay"
"""Extension of an application that relays: whoever serves it puts it there (`app.relay`)."""
FIGURES_EVERY_S = 2.0
_PARTY = re.compile(r"([A-Za-z]{2})-([A-Za-z0-9]{3})")


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the feed below one path prefix."""

    prefix: str
    """`/open`, or `/open/party/DE-ABC`."""
    party: str | None = None
    """`DE*ABC`; None: everybody."""
    partner: View | None = None
    """What the partner sees who has shown a token; None: anyone may read it."""
    versions: tuple[str, ...] = VERSIONS
    """Of OCPI, oldest first."""
    modules: tuple[str, ...] = MODULES
    """Of OCPI, as details list them."""
    receives: tuple[str, ...] = ()
    """Those among them that the partner writes to."""
    page_limit: int | None = None
    """Objects on a page, at most; None: as the settings say."""

    @property
    def view(self) -> View:
        if self.partner is not None:
            return self.partner
        return View(parties=frozenset({self.party})) if self.party else View()

    @property
    def ocpi(self) -> str:
        """Where the OCPI versions stand."""
        return f"{self.prefix}/ocpi" if self.partner is None else self.prefix


EVERYBODY = Scope("/open")


@dataclass
class Site:
    """One per process, for all its threads."""

    settings: Settings
    engine: Engine
    store: Store
    clock: Clock = field(default_factory=SystemClock)
    requests: Requests = field(default_factory=Requests)

    def __post_init__(self) -> None:
        self.public = PublicFeed(self.engine)
        self.watch = CommitWatch(self.engine)
        self.feed = Feed(self.public, self.watch.stamp, self.clock)
        self.files = Files(self.store)
        self._catalogue: tuple[object, dict[str, Publication]] = (None, {})
        self._figures: tuple[float, Figures | None] = (0.0, None)

    def url(self, path: str) -> str:
        return self.settings.web.url + path

    def publications(self) -> dict[str, Publication]:
        """By path, for the parties and countries there are now."""
        scopes = self.feed.index().scopes()
        known_for, known = self._catalogue
        if known_for != scopes:
            known = catalogue(formats(), scopes, self.settings.web.default_party, self.settings.publisher())
            self._catalogue = (scopes, known)
        return known

    def documents(self) -> dict[str, Publication]:
        """By path, those that are written: without what the settings leave out."""
        return kept(self.publications(), self.settings.snapshots.leave_out)

    def parties(self) -> list[str]:
        """`DE*ABC` of all who have public objects, sorted."""
        return sorted(self.feed.index().parties())

    def figures(self) -> Figures:
        """Counts at most FIGURES_EVERY_S old."""
        due, known = self._figures
        if known is None or time.monotonic() >= due:
            known = read_figures(self.engine)
            self._figures = (time.monotonic() + FIGURES_EVERY_S, known)
        return known


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
    if party not in site().parties():
        raise Failure(404, GENERIC_CLIENT, f"nobody publishes here as {text[:20]!r}: the front page lists the parties")
    g.scope = Scope(f"/open/{party_folder(party).rstrip('/')}", party)
