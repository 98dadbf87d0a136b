"""The relay between our backend and partners, put together from the settings: what the web asks, and what a worker does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import structlog
from sqlalchemy import Engine

from app.clock import Clock
from app.errors import PartnerError
from app.listening import open_private
from app.partnering import open_partners
from app.registry.leases import Lease
from app.registry.private.commands import CommandStore
from app.registry.private.outbox import Outbox, Taken
from app.registry.private.store import PrivateStore
from app.registry.private.tokens import TokenStore
from app.registry.projection import PublicFeed
from app.roaming.authorisation import Authoriser
from app.roaming.backend import Backend
from app.roaming.calls import Line
from app.roaming.commanding import Commander, Results, Stores
from app.roaming.forwarding import Forwarding
from app.roaming.partners import Partners
from app.roaming.routing import UNKNOWN_TOKEN, routed
from app.roaming.settings import PartnerSettings, Relay
from app.roaming.token_pull import TokenPull
from app.settings import Settings
from app.sources.sessions import SessionPage

SHOWN = 5
"""Reasons logged of a page."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Relaying:
    """What a web process asks."""

    stores: Stores
    authoriser: Authoriser
    commander: Commander
    partners: Partners


def relay_of(settings: Settings) -> Relay:
    """Where there is one."""
    assert settings.roaming.relay is not None
    return settings.roaming.relay


def relaying_partners(settings: Settings) -> list[PartnerSettings]:
    return [partner for partner in settings.partners if partner.relay]


def _stores(store: PrivateStore) -> Stores:
    return Stores(TokenStore(store), Outbox(store), CommandStore(store))


def _private(settings: Settings) -> PrivateStore:
    assert settings.private is not None
    return open_private(settings.private)


def open_relaying(settings: Settings, engine: Engine, clock: Clock) -> Relaying:
    """Raises ConfigError, RegistryError."""
    relay, partners = relay_of(settings), open_partners(settings, engine, clock)
    stores = _stores(_private(settings))
    lines = [Line(partner, partners, clock, relay.timeout) for partner in relaying_partners(settings)]
    backend = Backend(relay, clock, f"{settings.web.url}/relay/commands")
    authoriser = Authoriser(stores.tokens, lines, clock)
    return Relaying(stores, authoriser, Commander(relay, stores, backend, clock), partners)


class RelayCourier:
    """Tells one partner what it is to know, and pulls its tokens. One call at a time."""

    def __init__(self, partner: PartnerSettings, settings: Settings, engine: Engine, clock: Clock) -> None:
        self._partner = partner
        self._settings = settings
        self._engine = engine
        self._clock = clock

    def __call__(self, lease: Lease) -> None:
        """Raises ConfigError, RegistryError."""
        for run in self._runs:
            run()

    def hand_on(self) -> None:
        """Each call is short."""

    @cached_property
    def _runs(self) -> tuple[Callable[[], object], ...]:
        """Not before they are needed: where the private store is away, everything else goes on."""
        store, clock = _private(self._settings), self._clock
        line, stores = Line(self._partner, open_partners(self._settings, self._engine, clock), clock), _stores(store)
        forwarding = Forwarding(line, stores.outbox, clock)
        return Results(line, stores.commands, clock).run, forwarding.run, TokenPull(line, store, clock).run


def relay_couriers(settings: Settings, engine: Engine, clock: Clock) -> dict[str, RelayCourier]:
    """By the partner's name."""
    return {each.name: RelayCourier(each, settings, engine, clock) for each in relaying_partners(settings)}


class PullRelay:
    """Sessions and CDRs that were pulled, for the partners whose tokens they name; most are of nobody's."""

    def __init__(self, settings: Settings, engine: Engine, clock: Clock) -> None:
        self._settings = settings
        self._public = PublicFeed(engine)
        self._keep = round(relay_of(settings).keep * 1000)
        self._clock = clock

    def __call__(self, source: str, page: SessionPage) -> None:
        """Raises ConfigError, RegistryError."""
        with self._public.read() as reader:
            ours = ["*".join(owner) for owner in reader.parties()]
        now, errors = self._clock.now(), Counter[str]()
        for body in page.relayed:
            try:
                record = routed(self._stores.tokens, page.list, body, page.version, ours)
            except PartnerError as error:
                errors.update([error.what] if error.status_code != UNKNOWN_TOKEN else ())
                continue
            if record.last_updated >= now - self._keep:
                taken = self._stores.outbox.take(record, now)
                errors.update([f"{page.list}: {taken.value}"] if taken in (Taken.FOREIGN, Taken.FIXED) else ())
        for what, times in errors.most_common(SHOWN):
            log.warning("not relayed", source=source, what=what, records=times)

    @cached_property
    def _stores(self) -> Stores:
        return _stores(_private(self._settings))


class RelayRetention:
    """Deletes what has been relayed for long enough, and the tokens of partners that are not in the settings any more."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def __call__(self, lease: Lease) -> None:
        stores = _stores(_private(self._settings))
        before = self._clock.now() - round(relay_of(self._settings).keep * 1000)
        names = [each.name for each in relaying_partners(self._settings)]
        deleted = stores.outbox.prune(before) + stores.commands.prune(before) + stores.tokens.prune(before, names)
        if deleted:
            log.info("relayed records deleted", records=deleted)
