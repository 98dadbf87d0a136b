"""Which public objects a change touched: keys alone, for those who then read the objects as they are now (delivery).

A key of what is or was public says where to look; what there is to see is read through the projection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, or_, select

from app.clock import Millis, parse_time
from app.model.batch import Kind
from app.registry.database import reading
from app.registry.tables import journal, location, location_tariff, tariff
from app.registry.terms import Terms, bodies_of, candidates
from app.registry.views import Head, View, check_kept, has_moved, of_journal, of_view, read_head

_KINDS = {"location": Kind.LOCATIONS, "status": Kind.LOCATIONS, "tariff": Kind.TARIFFS, "boundary": Kind.TARIFFS}
_TABLES = {Kind.TARIFFS: tariff, Kind.LOCATIONS: location}
_AT_ONCE = OBJECTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Touch:
    kind: Kind
    """LOCATIONS or TARIFFS."""
    key: str
    """`object_key` of the object."""
    seq: int
    evse: str = ""
    """uid of the EVSE of which nothing but the status changed; empty: anything else may have."""
    gone: bool = False
    """It ceased to be public."""
    new: bool = False
    """It became public, or may have come into the view: what is known of it from before says nothing."""
    published_at: Millis | None = None
    """None where no change touched it (`every_object`)."""
    occurred_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class TouchPage:
    touches: list[Touch]
    """In order of sequence."""
    next: int
    """`since` of the next page."""
    head: Head


def touched(connection: Connection, since: int, limit: int, view: View, *, priced: bool) -> TouchPage:
    """By the public changes after sequence `since`, at most `limit` of them. Raises JournalPruned.

    A location that leaves the view's countries is in it once more, so that the caller can see that it left. With `priced`,
    locations are touched also by what changes their prices: a change of a tariff they name, or the time (boundaries). With terms,
    also by hidden changes of what the partner sees.
    """
    head = read_head(connection)
    check_kept(head, since)
    terms = view.terms
    names = ["seq", "what", "key", "ordinal", "evse_uid", "was_public", "public", "published_at", "occurred_at"]
    names += ["before", "after"] if view.countries or terms else []
    query = select(*(journal.c[name] for name in names)).where(journal.c.seq > since)
    if terms is None:
        query = query.where(or_(journal.c.public, journal.c.was_public))
    query = query.where(*of_journal(View(parties=view.parties)))
    if view.countries:
        there = select(location.c.ordinal).where(*of_view(location, View(countries=view.countries)))
        query = query.where(or_(journal.c.what != "status", journal.c.ordinal.in_(there)))
    rows = connection.execute(query.order_by(journal.c.seq).limit(limit)).all()
    after = rows[-1].seq if len(rows) == limit else max(since, head.seq)
    if terms is not None:
        rows = _concerning(connection, rows, terms)
    naming = _naming(connection, rows, view) if priced or terms else {}
    seen = _by_terms(terms) if terms else _by_all
    by_country = bool(view.countries)
    touches = [touch for row in rows for touch in _touches(row, naming, seen, by_country=by_country)]
    return TouchPage(touches, after, head)


def every_object(engine: Engine, view: View) -> Iterator[list[Touch]]:
    """All objects of the view: tariffs, then locations, each in order of creation; a page at a time, each of a moment of its own.
    What changes meanwhile may be told as it was: `touched` since before the first page tells it again."""
    for kind, table in _TABLES.items():
        last: int | None = -1
        while last is not None:
            with reading(engine) as connection:
                rows = _candidates(connection, table, view, table.c.ordinal > last)
                page = [Touch(kind, row.key, row.version) for row in _shown(connection, table, view, rows)]
            last = rows[-1].ordinal if rows else None
            yield page


def still_there(connection: Connection, view: View, kind: Kind, keys: Sequence[str]) -> set[str]:
    """Which of these objects, OBJECTS_AT_ONCE at most, are in the view."""
    table = _TABLES[kind]
    rows = _candidates(connection, table, view, table.c.key.in_(keys))
    return {row.key for row in _shown(connection, table, view, rows)}


def _candidates(connection: Connection, table: Table, view: View, which: ColumnElement[bool]) -> Sequence[Any]:
    there = table.c.public if view.terms is None else candidates(table)
    query = select(table.c.ordinal, table.c.key, table.c.version, table.c.public).where(
        there, *of_view(table, view), which
    )
    return connection.execute(query.order_by(table.c.ordinal).limit(OBJECTS_AT_ONCE)).all()


def _shown(connection: Connection, table: Table, view: View, rows: Sequence[Any]) -> Sequence[Any]:
    terms = view.terms
    if terms is None:
        return rows
    bodies = bodies_of(connection, table, [row.ordinal for row in rows])
    if table is tariff:
        return [row for row in rows if terms.shows_tariff(bodies[row.ordinal])]
    return [row for row in rows if row.public or terms.shows_location(bodies[row.ordinal])]


Seen = tuple[bool, bool]
"""Whether the reader saw the object of a row of `journal` before it, and sees it after."""


def _by_all(row: Row[Any]) -> Seen:
    return row.was_public, row.public


def _by_terms(terms: Terms) -> Callable[[Row[Any]], Seen]:
    shows = {"location": terms.shows_location, "tariff": terms.shows_tariff}

    def seen(row: Row[Any]) -> Seen:
        if row.what not in shows:
            return True, True
        before, after = (body is not None and shows[row.what](orjson.loads(body)) for body in (row.before, row.after))
        return before, after

    return seen


def _concerning(connection: Connection, rows: Sequence[Row[Any]], terms: Terms) -> list[Row[Any]]:
    """Without the hidden changes of what the terms do not show. Of a status or boundary, its object as it is now decides."""
    seen, tables = _by_terms(terms), {"status": location, "boundary": tariff}
    shown: set[tuple[str, int]] = set()
    for what, table in tables.items():
        shows = terms.shows_location if table is location else terms.shows_tariff
        ordinals = sorted({row.ordinal for row in rows if row.what == what and not row.public})
        for start in range(0, len(ordinals), _AT_ONCE):
            bodies = bodies_of(connection, table, ordinals[start : start + _AT_ONCE])
            shown.update((what, ordinal) for ordinal, body in bodies.items() if shows(body))
    return [
        row
        for row in rows
        if row.public
        or row.was_public
        or (row.what, row.ordinal) in shown
        or (row.what not in tables and any(seen(row)))
    ]


def _has_ended(row: Row[Any]) -> bool:
    """A hidden tariff that ends may be gone at once; a public one stays for a while."""
    end = orjson.loads(row.after).get("end_date_time") if row.what == "tariff" and not row.public else None
    return end is not None and parse_time(end) <= row.published_at


def _touches(
    row: Row[Any], naming: dict[str, list[str]], seen: Callable[[Row[Any]], Seen], *, by_country: bool
) -> Iterator[Touch]:
    when = {"published_at": row.published_at, "occurred_at": row.occurred_at}
    kind, evse = _KINDS[row.what], row.evse_uid or ""
    if row.what != "boundary":
        before, after = seen(row)
        new = row.what == "location" and (has_moved(row) if by_country else after and not before)
        yield Touch(kind, row.key, row.seq, evse, not after or _has_ended(row), new, **when)
    if kind is Kind.TARIFFS:
        for key in naming.get(row.key, ()):
            yield Touch(Kind.LOCATIONS, key, row.seq, **when)


def _naming(connection: Connection, rows: Sequence[Row[Any]], view: View) -> dict[str, list[str]]:
    """Tariff key → keys of the public locations that name it, of the tariffs among the rows."""
    keys = sorted({row.key for row in rows if _KINDS[row.what] is Kind.TARIFFS})
    found: dict[str, list[str]] = {}
    for start in range(0, len(keys), _AT_ONCE):
        wanted = location_tariff.c.tariff.in_(keys[start : start + _AT_ONCE])
        there = location.c.public if view.terms is None else candidates(location)
        query = select(location_tariff.c.tariff, location.c.key).where(wanted, there)
        joined = query.join_from(location_tariff, location, location_tariff.c.location == location.c.ordinal)
        for row in connection.execute(joined.where(*of_view(location, view))):
            found.setdefault(row.tariff, []).append(row.key)
    return found
