"""What people say of spans: why an outage does not count, or what was while nobody looked. Revoked, never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from app.clock import Millis
from app.model.identifiers import compare_key
from app.registry.evses import rows_where
from app.registry.tables import evse, exclusion, location, source_state


class Level(StrEnum):
    """What is meant, the narrowest first."""

    PORT = "port"
    LOCATION = "location"
    PARTY = "party"
    SOURCE = "source"
    """Every EVSE whose last status it said."""


@dataclass(frozen=True, slots=True)
class Place:
    level: Level
    key: str
    """`us*abc/e1` of an EVSE or a location, `us*abc`, the name of a source."""

    def __str__(self) -> str:
        return f"{self.level} {self.key}"


@dataclass(frozen=True, slots=True)
class Statement:
    place: Place
    since: Millis
    until: Millis
    says: str
    """A cause (compliance/uptime/figures.py); or `up`, `outage`."""
    who: str
    why: str
    evidence: str | None = None
    """A text, a URL, or a file's name and SHA-256."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A statement, as it stands in the table."""

    id: int
    said: Statement
    entered_at: Millis
    revoked_at: Millis | None = None
    revoked_by: str | None = None
    revoked_why: str | None = None


def enter(connection: Connection, statements: Iterable[Statement], now: Millis) -> list[int]:
    """In a write transaction. Returns their ids."""
    return [_enter(connection, statement, now) for statement in statements]


def revoke(connection: Connection, id: int, who: str, why: str, now: Millis) -> bool:
    """False where there is none, or it is revoked already."""
    mine = (exclusion.c.id == id, exclusion.c.revoked_at.is_(None))
    done = update(exclusion).where(*mine).values(revoked_at=now, revoked_by=who, revoked_why=why)
    return connection.execute(done).rowcount == 1


def entered(
    connection: Connection, since: Millis | None = None, until: Millis | None = None, *, revoked: bool = False
) -> list[Entered]:
    """Those that touch [since, until), in the order they were entered; with `revoked` also those that no longer hold."""
    query = select(exclusion).order_by(exclusion.c.id)
    if since is not None:
        query = query.where(exclusion.c.until > since)
    if until is not None:
        query = query.where(exclusion.c.since < until)
    if not revoked:
        query = query.where(exclusion.c.revoked_at.is_(None))
    return [_entered(row) for row in connection.execute(query)]


def told(connection: Connection) -> int:
    """How often anything was entered or revoked: another number, and figures may be others."""
    return connection.execute(
        select(func.count() + func.count(exclusion.c.revoked_at)).select_from(exclusion)
    ).scalar_one()


def same(connection: Connection, statement: Statement) -> int | None:
    """id of a statement that says the same of the same span and holds; None: there is none."""
    place = statement.place
    query = select(exclusion.c.id).where(exclusion.c.level == place.level.value, exclusion.c.key == place.key)
    query = query.where(exclusion.c.since == statement.since, exclusion.c.until == statement.until)
    return connection.execute(
        query.where(exclusion.c.says == statement.says, exclusion.c.revoked_at.is_(None))
    ).scalar()


def ports_named(connection: Connection, name: str) -> list[Row[Any]]:
    """EVSEs by key (`US*ABC/E1`), else by EVSE id, else by uid; those in use where there are any, else REMOVED ones."""
    ways = ((evse.c.key, name.lower()), (evse.c.evse_key, compare_key(name)), (evse.c.uid_key, name.lower()))
    for column, value in ways:
        if rows := rows_where(connection, column, {value}):
            return [row for row in rows if not row.removed] or rows
    return []


def place_exists(connection: Connection, place: Place) -> bool:
    """Of a location, party or source."""
    if place.level is Level.LOCATION:
        query = select(location.c.ordinal).where(location.c.key == place.key)
    elif place.level is Level.PARTY:
        country_code, _, party_id = place.key.partition("*")
        owner = func.lower(location.c.country_code) == country_code, func.lower(location.c.party_id) == party_id
        query = select(location.c.ordinal).where(*owner)
    else:
        query = select(source_state.c.source).where(source_state.c.source == place.key)
    return connection.execute(query.limit(1)).first() is not None


def evses_at(connection: Connection, place: Place) -> list[int]:
    """`evse.id` of those it is said of."""
    query = select(evse.c.id).join(location, location.c.ordinal == evse.c.location).order_by(evse.c.id)
    if place.level is Level.PORT:
        query = query.where(evse.c.key == place.key)
    elif place.level is Level.LOCATION:
        query = query.where(location.c.key == place.key)
    elif place.level is Level.PARTY:
        query = query.where(evse.c.key.startswith(f"{place.key}/", autoescape=True))
    else:
        query = query.where(or_(evse.c.said_by == place.key, location.c.source == place.key))
    return list(connection.execute(query).scalars())


def _enter(connection: Connection, statement: Statement, now: Millis) -> int:
    place = statement.place
    row = {
        "level": place.level.value, "key": place.key, "since": statement.since, "until": statement.until,
        "says": statement.says, "who": statement.who, "why": statement.why, "evidence": statement.evidence,
        "entered_at": now,
    }  # fmt: skip
    (id_,) = connection.execute(insert(exclusion).values(row)).inserted_primary_key or (0,)
    return int(id_)


def _entered(row: Row[Any]) -> Entered:
    place = Place(Level(row.level), row.key)
    said = Statement(place, row.since, row.until, row.says, row.who, row.why, row.evidence)
    return Entered(row.id, said, row.entered_at, row.revoked_at, row.revoked_by, row.revoked_why)
