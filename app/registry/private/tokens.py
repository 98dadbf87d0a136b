"""Tokens of partners, and who answered for which driver. What a token is called here (`name`) is for the caller to say.

1. A token is found by its mark alone; uid, contract and all the rest are sealed.
2. Two partners may have a token of the same name: the one that is valid comes first, then the one that was first.
3. A reference belongs to whoever gave it first; a token is claimed by whoever answered for it last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from app.clock import Millis
from app.registry.private.store import PrivateStore
from app.registry.private.tables import claim, token

Body = dict[str, Any]
Change = Callable[[Body | None], tuple[Body, Millis]]
"""Of what is known (None: nothing) what is to be kept, and its `last_updated`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A token."""

    partner: str
    party: str
    """`NL*ABC`."""
    created_at: Millis
    body: Body

    @property
    def valid(self) -> bool:
        return self.body["valid"] is True


@dataclass(frozen=True, slots=True)
class Claim:
    partner: str
    party: str
    at: Millis
    body: Body


class TokenStore:
    def __init__(self, store: PrivateStore) -> None:
        self._store = store
        self._keys = store.keys

    def change(self, partner: str, party: str, name: str, now: Millis, change: Change) -> bool:
        """In one transaction; whether there was one. Raises what `change` raises, and RegistryError."""
        by = token.c.mark.in_(self._keys.marks(name)), token.c.party == party
        with self._store.writing() as connection:
            row = connection.execute(select(token).where(*by).with_for_update()).first()
            body, last_updated = change(None if row is None else self._keys.opened(row.body))
            connection.execute(delete(token).where(*by))
            values = {"mark": self._keys.mark(name), "party": party, "partner": partner, "last_updated": last_updated}
            created_at = now if row is None else row.created_at
            connection.execute(insert(token).values(**values, created_at=created_at, body=self._keys.seal(body)))
        return row is not None

    def find(self, names: Collection[str], party: str | None = None) -> list[Kept]:
        """Those called so; `party`: just its."""
        marks = [mark for name in names for mark in self._keys.marks(name)]
        query = select(token).where(token.c.mark.in_(marks))
        if party is not None:
            query = query.where(token.c.party == party)
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        found = [Kept(row.partner, row.party, row.created_at, self._keys.opened(row.body)) for row in rows]
        return sorted(found, key=lambda kept: (not kept.valid, kept.created_at))

    def claim(self, name: str, claimed: Claim, *, over: bool) -> bool:
        """Whether it is that partner's now; `over`: whoever had it before."""
        by = claim.c.mark.in_(self._keys.marks(name))
        with self._store.writing() as connection:
            known = connection.execute(select(claim.c.partner).where(by).with_for_update()).scalar()
            if known not in (None, claimed.partner) and not over:
                return False
            connection.execute(delete(claim).where(by))
            values = {"partner": claimed.partner, "party": claimed.party, "at": claimed.at}
            sealed = self._keys.seal(claimed.body)
            connection.execute(insert(claim).values(mark=self._keys.mark(name), body=sealed, **values))
        return True

    def claimed(self, names: Collection[str]) -> list[Claim]:
        """The newest first."""
        marks = [mark for name in names for mark in self._keys.marks(name)]
        with self._store.reading() as connection:
            rows = connection.execute(select(claim).where(claim.c.mark.in_(marks))).all()
        return sorted(map(self._claim, rows), key=attrgetter("at"), reverse=True)

    def prune(self, before: Millis, partners: Collection[str]) -> int:
        """Deletes claims from before a time, and the tokens of all but `partners`; returns how many."""
        with self._store.writing() as connection:
            return _deleted(connection, before, partners)

    def _claim(self, row: Row[Any]) -> Claim:
        return Claim(row.partner, row.party, row.at, self._keys.opened(row.body))


def _deleted(connection: Connection, before: Millis, partners: Collection[str]) -> int:
    old = connection.execute(delete(claim).where(claim.c.at < before)).rowcount
    return old + connection.execute(delete(token).where(token.c.partner.not_in(partners))).rowcount
