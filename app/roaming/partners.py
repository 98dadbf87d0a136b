"""How each registration stands, and who shows which token.

1. Of a token that a partner shows us only the SHA-256 is kept; the one we show it is encrypted.
2. Tokens are compared by their hashes, in constant time, against all that there are.
3. Whoever registers by a token uses it up in the transaction that writes the registration: the same request sent twice at once
   succeeds once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest
from typing import Any

import orjson
from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import Connection, Engine, Row, select, update

from app.clock import Clock, Millis
from app.errors import ConfigError, PartnerError
from app.formats.ocpi.token import Encoding
from app.model.token import hash_shown
from app.registry.commit import upsert
from app.registry.database import reading, writing
from app.roaming.tables import partner

NOTED_EVERY: Millis = 60_000
_GONE: dict[str, Any] = dict.fromkeys(
    (
        "token_hash",
        "next_hash",
        "token",
        "encoding",
        "version",
        "endpoints",
        "roles",
        "hub",
        "registered_at",
        "rotated_at",
    )
)


class Stage(StrEnum):
    """For what a token is good."""

    INVITED = "invited"
    """To register (token A): versions and credentials alone."""
    EXPECTED = "expected"
    """For the call-back in a handshake that we have begun: to read versions and details."""
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class Counterparty:
    """What a partner's versions and details say, and its credentials."""

    version: str
    versions_url: str
    endpoints: Mapping[str, str]
    """Module → URL: its receiver interfaces, `tokens`, which it sends, and `credentials`."""
    token: str = field(repr=False)
    """The one that we show it."""
    encoding: Encoding
    roles: tuple[str, ...] = ()
    """Its parties, `NL*ABC`."""
    hub: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    name: str
    counterparty: Counterparty | None
    """None: it is not registered."""
    invited: bool
    registered_at: Millis | None
    rotated_at: Millis | None
    contacted_at: Millis | None
    blocked: bool

    @property
    def word(self) -> str:
        """blocked, registered, invited or unregistered."""
        if self.blocked:
            return "blocked"
        return "registered" if self.counterparty else "invited" if self.invited else "unregistered"


def new_token() -> str:
    """43 printable characters; OCPI allows 64."""
    return secrets.token_urlsafe(32)


class Partners:
    """Of one database. Thread-safe."""

    def __init__(self, engine: Engine, key: MultiFernet, clock: Clock) -> None:
        self._engine = engine
        self._key = key
        self._clock = clock

    def read(self, name: str) -> Registration | None:
        """None: it was never invited."""
        with reading(self._engine) as connection:
            row = connection.execute(select(partner).where(partner.c.name == name)).first()
        return None if row is None else self._registration(row)

    def bearer(self, tokens: Iterable[str], names: Iterable[str]) -> tuple[str, Stage, str] | None:
        """Whose one of these tokens is, among the partners called `names`, what it is good for, and its hash."""
        shown, known = [hash_shown(token) for token in tokens], set(names)
        with reading(self._engine) as connection:
            rows = connection.execute(select(partner).where(~partner.c.blocked)).all()
        found = None
        for row in rows:
            for stage, hash_ in ((_stage(row), row.token_hash), (Stage.EXPECTED, row.next_hash)):
                for one in shown:
                    if hash_ is not None and compare_digest(one, hash_) and row.name in known:
                        found = row.name, stage, one  # and go on: how long it takes tells nothing
        return found

    def invite(self, name: str) -> str:
        """A new token A, in place of all that there was. The registration, where there is one, is over."""
        token = new_token()
        self._write(name, **{**_GONE, "token_hash": hash_shown(token)}, invited=True, blocked=False)
        return token

    def expect(self, name: str) -> str:
        """A new token for the partner, good for its call-back until the handshake is over."""
        token = new_token()
        self._write(name, next_hash=hash_shown(token))
        return token

    def give_up(self, name: str) -> None:
        """The handshake that we had begun."""
        self._write(name, next_hash=None)

    def confirm(self, name: str, found: Counterparty, token: str) -> None:
        """The handshake that we had begun is over; `token` is the partner's from now on."""
        registered = self._columns(name, found)
        self._write(name, **registered, token_hash=hash_shown(token), next_hash=None, invited=False)

    def accept(self, name: str, found: Counterparty, shown: str, token: str) -> bool:
        """Registers it (or anew), by a token with hash `shown`, which `token` replaces. False where that one is used up."""
        registered = self._columns(name, found)
        by = update(partner).where(partner.c.name == name, partner.c.token_hash == shown, ~partner.c.blocked)
        values = {**registered, "token_hash": hash_shown(token), "next_hash": None, "invited": False}
        with writing(self._engine) as connection:
            return connection.execute(by.values(**values)).rowcount > 0

    def forget(self, name: str, shown: str | None = None) -> bool:
        """Ends the registration: no token of it is good any more. False where `shown`, the hash of its token, is used up."""
        ended = update(partner).where(partner.c.name == name)
        if shown is not None:
            ended = ended.where(partner.c.token_hash == shown)
        with writing(self._engine) as connection:
            return connection.execute(ended.values(**_GONE, invited=False)).rowcount > 0

    def block(self, name: str, *, blocked: bool) -> None:
        self._write(name, blocked=blocked)

    def note_contact(self, name: str) -> None:
        """To the minute: a partner that reads a lot does not make us write a lot."""
        now = self._clock.now()
        with reading(self._engine) as connection:
            at = connection.execute(select(partner.c.contacted_at).where(partner.c.name == name)).scalar()
        if at is None or now - at >= NOTED_EVERY:
            self._write(name, contacted_at=now)

    def _write(self, name: str, **columns: Any) -> None:
        with writing(self._engine) as connection:
            upsert(connection, partner, [{"name": name, **columns}], keys=("name",))

    def _columns(self, name: str, found: Counterparty) -> dict[str, Any]:
        now, known = self._clock.now(), self.read(name)
        first = known.registered_at if known is not None and known.counterparty else None
        return {
            "token": self._key.encrypt(found.token.encode()),
            "encoding": found.encoding,
            "version": found.version,
            "versions_url": found.versions_url,
            "endpoints": orjson.dumps(dict(found.endpoints)),
            "roles": orjson.dumps(found.roles),
            "hub": found.hub,
            "registered_at": first or now,
            "rotated_at": now,
        }

    def _registration(self, row: Row[Any]) -> Registration:
        times = (row.registered_at, row.rotated_at, row.contacted_at)
        return Registration(row.name, self._counterparty(row), row.invited, *times, row.blocked)

    def _counterparty(self, row: Row[Any]) -> Counterparty | None:
        if row.token is None:
            return None
        try:
            token = self._key.decrypt(row.token).decode()
        except InvalidToken as error:
            remedy = "Restore the file of `roaming.key`, or invite the partner anew: `chargefeed partner rotate`"
            raise ConfigError("its token cannot be decrypted", where=f"partner {row.name}", remedy=remedy) from error
        endpoints, roles = orjson.loads(row.endpoints), tuple(orjson.loads(row.roles))
        return Counterparty(row.version, row.versions_url, endpoints, token, row.encoding, roles, row.hub)


def registered_names(connection: Connection) -> set[str]:
    """Of those who are registered."""
    return set(connection.execute(select(partner.c.name).where(partner.c.token.is_not(None))).scalars())


def _stage(row: Row[Any]) -> Stage:
    return Stage.INVITED if row.invited else Stage.REGISTERED


def registered(found: Registration | None, name: str) -> Counterparty:
    """Raises PartnerError where it is not."""
    if found is None or found.counterparty is None:
        remedy = f"`chargefeed partner add {name}` invites it"
        raise PartnerError("it is not registered", where=f"partner {name}", remedy=remedy)
    return found.counterparty
