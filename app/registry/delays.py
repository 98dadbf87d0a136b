"""How long changes took to become public, added up by the database from the journal.

A change happened at `occurred_at` where that is known, else between `earliest` (the poll before) and `received_at`; it is public
with its commit, `published_at`. So each delay lies between two bounds; without an earlier poll the upper one is unknown.

Left out is what no change in the world stands behind: what chargefeed decided itself (silence, schedules), the first status of
an EVSE, which is as old as it is, and what held before a silence and is said again after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Engine, LargeBinary, and_, case, func, literal, or_, select

from app.clock import Millis
from app.model.batch import Origin
from app.registry.database import reading
from app.registry.tables import journal, location, location_tariff

DAY: Millis = 86_400_000
AGAIN_AFTER: Millis = 60_000
"""A message that ends a silence and was received so long before is an old one, said again."""
NEVER_SAID = b'{"status":"UNKNOWN"}'
"""`evse.part` of one that nobody has spoken of."""


class What(StrEnum):
    STATUS = "status"
    PRICE = "price"
    """A tariff that changed, or one of its hours that began."""
    STATIC = "static"
    """A location, as its source gives it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which changes: published in [since, until), at sites in a country (alpha-3) or at its tariffs; None: no limit."""

    since: Millis | None = None
    until: Millis | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Delays:
    """Changes of one kind, from one source, published on one day (UTC)."""

    day: Millis
    """When the day begins."""
    source: str
    """`timer`: the hours of prices."""
    changes: int
    within: tuple[int, ...]
    """For each limit asked for: changes that were certainly public in time."""
    late: tuple[int, ...]
    """For each limit: certainly not. The rest may have been."""
    by_charger: int
    """Of the changes: how many the charger dated …"""
    by_backend: int
    """… or the backend; the others were first seen here."""
    polled_every: Millis | None
    """Mean time between the polls that saw those; None where none were."""


@dataclass(frozen=True, slots=True)
class Delay:
    """One change."""

    key: str
    evse_uid: str | None
    source: str
    published_at: Millis
    received_at: Millis
    at_least: Millis
    at_most: Millis | None
    """None: unknown."""


_at_least = journal.c.published_at - func.coalesce(journal.c.occurred_at, journal.c.received_at)
_at_most = journal.c.published_at - func.coalesce(journal.c.occurred_at, journal.c.earliest)


def delays(engine: Engine, what: What, limits: Sequence[Millis], span: Span) -> list[Delays]:
    """By day and source, in this order."""
    day = journal.c.published_at // DAY
    observed = case((journal.c.occurred_at.is_(None), journal.c.received_at - journal.c.earliest))
    figures = [
        func.count(),
        _number(journal.c.origin == Origin.CHARGER.value),
        _number(journal.c.origin == Origin.BACKEND.value),
        func.avg(observed),
        *(_number(_at_most <= limit) for limit in limits),
        *(_number(_at_least > limit) for limit in limits),
    ]
    query = select(day, journal.c.source, *figures).where(*_changes(what, span, engine.dialect))
    with reading(engine) as connection:
        rows = connection.execute(query.group_by(day, journal.c.source).order_by(day, journal.c.source)).all()
    count = len(limits)
    return [
        Delays(
            number * DAY, source, changes, tuple(bounds[:count]), tuple(bounds[count:]), charger, backend,
            None if polled is None else round(polled),
        )
        for number, source, changes, charger, backend, polled, *bounds in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Punctual:
    """Changes at the public sites of a party in a country, on one day."""

    day: Millis
    party: str
    """`DE*ABC`."""
    country: str
    """Alpha-3 of the sites."""
    within: int
    """Certainly public in time."""
    changes: int


def punctual(
    engine: Engine, what: What, limit: Millis, elsewhere: Mapping[str, Millis | None], span: Span
) -> list[Punctual]:
    """Of statuses or static data. `elsewhere`: the limits of countries (alpha-3) that have their own; None: none is set there."""
    own = [(location.c.country == country, allowed) for country, allowed in elsewhere.items() if allowed is not None]
    allowed = case(*own, else_=limit) if own else literal(limit)
    day, by = journal.c.published_at // DAY, (location.c.country_code, location.c.party_id, location.c.country)
    conditions = [*_changes(what, span, engine.dialect), location.c.public]
    conditions += [location.c.country != country for country, its in elsewhere.items() if its is None]
    query = select(day, *by, _number(_at_most <= allowed), func.count())
    joined = query.join_from(journal, location, location.c.ordinal == journal.c.ordinal).where(*conditions)
    with reading(engine) as connection:
        rows = connection.execute(joined.group_by(day, *by)).all()
    return [
        Punctual(number * DAY, f"{code}*{party}", country, within or 0, changes)
        for number, code, party, country, within, changes in rows
    ]


def slowest(engine: Engine, what: What, span: Span, number: int) -> list[Delay]:
    """Those that took longest for certain, the longest first."""
    columns = (journal.c.key, journal.c.evse_uid, journal.c.source, journal.c.published_at, journal.c.received_at)
    query = select(*columns, _at_least, _at_most).where(*_changes(what, span, engine.dialect))
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(_at_least.desc(), journal.c.seq).limit(number)).all()
    return [Delay(*row) for row in rows]


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def _changes(what: What, span: Span, dialect: Dialect) -> list[ColumnElement[bool]]:
    conditions = [journal.c.public, _KINDS[what]]
    if what is What.STATUS:
        resumed = and_(_contains(dialect, b'"reason"'), journal.c.published_at - journal.c.received_at > AGAIN_AFTER)
        conditions += [journal.c.before != NEVER_SAID, ~resumed]
    if span.since is not None:
        conditions.append(journal.c.published_at >= span.since)
    if span.until is not None:
        conditions.append(journal.c.published_at < span.until)
    if span.country is not None:
        conditions.append(_there(what, span.country))
    return conditions


_KINDS = {
    What.STATUS: and_(journal.c.what == "status", journal.c.origin.is_not(None)),
    What.PRICE: or_(journal.c.what == "boundary", and_(journal.c.what == "tariff", journal.c.was_public)),
    What.STATIC: and_(journal.c.what == "location", journal.c.was_public, journal.c.earliest.is_not(None)),
}


def _contains(dialect: Dialect, word: bytes) -> ColumnElement[bool]:
    """Whether the status before was one that chargefeed had decided itself: it gives its reason."""
    searched = literal(word, LargeBinary)
    if dialect.name == "postgresql":
        return func.position(searched.op("IN")(journal.c.before)) > 0
    return func.instr(journal.c.before, searched) > 0


def _there(what: What, country: str) -> ColumnElement[bool]:
    in_country = location.c.country == country
    if what is What.PRICE:
        named = select(location_tariff.c.tariff).join(location, location.c.ordinal == location_tariff.c.location)
        return journal.c.key.in_(named.where(in_country))
    return journal.c.ordinal.in_(select(location.c.ordinal).where(in_country))
