"""What the public sees. Every open feed, change, stream, snapshot and ledger entry reads through here and nowhere else.

Public are: locations with `publish = true`, without `publish_allowed_to`; tariffs of type AD_HOC_PAYMENT and those of audience
`public`; of each connector's `tariff_ids` just those that are public and known. A partner with terms of its own (`terms`) sees
other tariffs, and locations that are shown to holders of its tokens, through the same door.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, and_, func, or_, select

from app.clock import Millis, format_time
from app.model.batch import Kind
from app.model.identifiers import object_key
from app.model.status import OUT_OF_SERVICE
from app.registry import merge
from app.registry.database import reading
from app.registry.found import Found
from app.registry.gazetteer import Gazetteer
from app.registry.offers import read_offers
from app.registry.public_changes import public_change
from app.registry.public_objects import ChangePage as ChangePage
from app.registry.public_objects import Member as Member
from app.registry.public_objects import Offer as Offer
from app.registry.public_objects import PublicObject as PublicObject
from app.registry.search import Wanted
from app.registry.tables import block, evse, journal, location, location_body, tariff
from app.registry.terms import Span, Terms, Verdicts, candidates, shown_in, stamped
from app.registry.timeline import Timelines, timelines
from app.registry.views import BLOCK as BLOCK
from app.registry.views import Head as Head
from app.registry.views import View as View
from app.registry.views import check_kept, has_moved, of_journal, of_view, read_head

_EVERYTHING = View()


def is_public_tariff(body: Mapping[str, Any]) -> bool:
    """Ad hoc tariffs, those that hold for every session (no type), and those marked public; never one for a partner or
    a group."""
    audience = body.get("audience")
    if audience is not None:
        return bool(audience == "public")
    return body.get("type") in (None, "AD_HOC_PAYMENT")


def is_public_location(body: Mapping[str, Any]) -> bool:
    return body.get("publish") is True


def tariff_ids(body: Mapping[str, Any]) -> set[str]:
    """All tariff ids that a location's connectors name, as written, also those of ad hoc offers."""
    connectors = [connector for evse in body.get("evses", ()) for connector in evse["connectors"]]
    named = {tariff_id for connector in connectors for tariff_id in connector.get("tariff_ids", ())}
    return named | {offer["tariff_id"] for connector in connectors for offer in connector.get("adhoc_offers", ())}


def tariff_key(location_key: str, tariff_id: str) -> str:
    """The key of a tariff that a location names: of the same party."""
    return f"{location_key.split('/', 1)[0]}/{tariff_id}".lower()


def public_location(body: dict[str, Any], public_tariffs: Mapping[str, Any]) -> dict[str, Any]:
    """The location as the public may see it; `public_tariffs` holds the ids that may be named. The input is not
    changed."""
    body = {name: value for name, value in body.items() if name != "publish_allowed_to"}
    if tariff_ids(body) <= public_tariffs.keys():
        return body
    body["evses"] = [
        {**point, "connectors": [_public_connector(connector, public_tariffs) for connector in point["connectors"]]}
        for point in body["evses"]
    ]
    return body


def _public_connector(connector: dict[str, Any], public_tariffs: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "tariff_ids": [tariff_id for tariff_id in connector.get("tariff_ids", ()) if tariff_id in public_tariffs],
        "adhoc_offers": [offer for offer in connector.get("adhoc_offers", ()) if offer["tariff_id"] in public_tariffs],
    }
    fields = {name: shown.get(name, value) for name, value in connector.items()}
    return {name: value for name, value in fields.items() if value != []}


class PublicReader:
    """One consistent read of the public feed (a snapshot of the database); from `PublicFeed.read`."""

    def __init__(
        self,
        connection: Connection,
        tariffs: dict[str, tuple[int, dict[str, Any]]],
        verdicts: Verdicts | None = None,
        gazetteer: Gazetteer | None = None,
    ) -> None:
        self._connection = connection
        self._tariff_cache = tariffs
        self._verdicts = {} if verdicts is None else verdicts
        self._gazetteer = gazetteer or Gazetteer()

    def head(self) -> Head:
        return read_head(self._connection)

    def blocks(self, kind: Kind, newer_than: int = -1) -> dict[int, int]:
        """Block number → version, of the blocks whose version is above `newer_than`."""
        query = select(block.c.number, block.c.version).where(block.c.kind == kind.value, block.c.version > newer_than)
        return {row.number: row.version for row in self._connection.execute(query.order_by(block.c.number))}

    def block(self, kind: Kind, number: int, newer_than: int = -1) -> list[PublicObject]:
        """The public objects of a block, in order of creation; with `newer_than` just those whose version is above."""
        return self._select(kind, and_(_in_block(_TABLES[kind], number), _VERSIONS[kind] > newer_than))

    def members(self, kind: Kind, number: int | None = None) -> list[Member]:
        """Who is public in a block, or (None) in all blocks, in order of creation. Reads no bodies: counts rest on it, and a
        refreshed block learns from it who was hidden."""
        table = _TABLES[kind]
        columns = [table.c.ordinal, table.c.country_code, table.c.party_id]
        if table is location:
            columns.append(location.c.country)
        query = select(*columns).where(table.c.public).order_by(table.c.ordinal)
        if number is not None:
            query = query.where(_in_block(table, number))
        rows = self._connection.execute(query)
        return [Member(row[0], row[1], row[2], row[3] if table is location else "") for row in rows]

    def moved(self, kind: Kind, since: int) -> set[int]:
        """Blocks in which, after sequence `since`, an object came, went, or changed its country: not those whose objects
        have just another status, price or text. `since` must not lie before what the journal still holds."""
        what = "tariff" if kind is Kind.TARIFFS else "location"
        query = select(journal.c.ordinal, journal.c.was_public, journal.c.public, journal.c.before, journal.c.after)
        query = query.where(journal.c.seq > since, journal.c.what == what, or_(journal.c.was_public, journal.c.public))
        return {row.ordinal // BLOCK for row in self._connection.execute(query) if has_moved(row)}

    def ordinals(
        self, kind: Kind, view: View, date_from: Millis | None, date_to: Millis | None, boundaries: bool = False
    ) -> Sequence[int]:
        """Ordinals of public objects with date_from <= last_updated < date_to, ascending (OCPI 2.2.1+, pagination).

        With `boundaries`, max(last_updated, boundary_at) counts instead (2.1.1, whose `tariff_id` changes by time
        alone).
        """
        table = _TABLES[kind]
        if view.terms is not None:
            span = Span(date_from, date_to, boundaries and kind is Kind.LOCATIONS)
            return shown_in(self._connection, table, of_view(table, view), view.terms, span, self._verdicts)
        query = select(table.c.ordinal).where(table.c.public, *of_view(table, view)).order_by(table.c.ordinal)
        moved = boundaries and kind is Kind.LOCATIONS
        stamp = location.c.static_at if kind is Kind.SITES else table.c.last_updated
        if date_from is not None:
            since = stamp >= date_from
            query = query.where(or_(since, location.c.boundary_at >= date_from) if moved else since)
        if date_to is not None:
            query = query.where(stamp < date_to)
            if moved:
                query = query.where(location.c.boundary_at < date_to)
        return self._connection.execute(query).scalars().all()

    def objects(self, kind: Kind, ordinals: Sequence[int], terms: Terms | None = None) -> list[PublicObject]:
        """The public ones of these objects (or those that the terms show), in order of creation."""
        found: list[PublicObject] = []
        ascending = sorted(ordinals)
        for start in range(0, len(ascending), _AT_ONCE):
            found += self._select(kind, _TABLES[kind].c.ordinal.in_(ascending[start : start + _AT_ONCE]), terms)
        return found

    def find(self, kind: Kind, country_code: str, party_id: str, id: str) -> PublicObject | None:
        """One object by its id, compared without case."""
        found = self._select(kind, _TABLES[kind].c.key == object_key(country_code, party_id, id))
        return found[0] if found else None

    def named(self, kind: Kind, keys: Iterable[str], terms: Terms | None = None) -> dict[str, PublicObject]:
        """As `objects`, of those with these keys (`object_key`), by key."""
        found: dict[str, PublicObject] = {}
        wanted = sorted(keys)
        for start in range(0, len(wanted), _AT_ONCE):
            there = self._select(kind, _TABLES[kind].c.key.in_(wanted[start : start + _AT_ONCE]), terms)
            found |= {object_key(item.country_code, item.party_id, item.id): item for item in there}
        return found

    def versions(self, kind: Kind, keys: Iterable[str]) -> dict[str, int]:
        """Key → version of the public ones of these: as long as it stands, so does the object."""
        table, found, wanted = _TABLES[kind], dict[str, int](), sorted(keys)
        for start in range(0, len(wanted), _AT_ONCE):
            there = table.c.public, table.c.key.in_(wanted[start : start + _AT_ONCE])
            rows = self._connection.execute(select(table.c.key, _VERSIONS[kind]).where(*there))
            found |= {row.key: row[1] for row in rows}
        return found

    def search(self, wanted: Wanted) -> Found:
        """Among the public locations."""
        return Found(self._connection, self._gazetteer, wanted)

    def offers(self) -> list[Offer]:
        """Of all public EVSEs, each once; the same list until one may have changed."""
        return self._gazetteer.offers(self._connection, self._read_offers)

    def _read_offers(self) -> list[Offer]:
        kept = read_offers(self._connection)
        bodies = [{"evses": [{"connectors": one.connectors}]} for one in kept]
        tariffs = self._tariffs((one.owner, body) for one, body in zip(kept, bodies, strict=True))
        found = []
        for one, body in zip(kept, bodies, strict=True):
            named = _named(one.owner, body, tariffs)
            (point,) = public_location(body, named)["evses"]
            found.append(Offer(one.number, one.time_zone, one.cards, tuple(point["connectors"]), named))
        return found

    def timelines(self, found: PublicObject, since: Millis, until: Millis) -> Timelines:
        """What the EVSEs of a public location were, by uid (`timeline`)."""
        return timelines(self._connection, found.ordinal, since, until)

    def find_any_party(self, kind: Kind, id: str, terms: Terms | None = None) -> list[PublicObject]:
        """Objects of that id, of whatever party."""
        return self._select(kind, func.lower(_TABLES[kind].c.id) == id.lower(), terms)

    def parties(self) -> list[tuple[str, str]]:
        """(country_code, party_id) of all public objects, sorted."""
        found: set[tuple[str, str]] = set()
        for table in (location, tariff):
            query = select(table.c.country_code, table.c.party_id).where(table.c.public).distinct()
            found.update((row.country_code, row.party_id) for row in self._connection.execute(query))
        return sorted(found)

    def changes(self, since: int, limit: int, view: View = _EVERYTHING) -> ChangePage:
        """Public changes after sequence `since`. Raises JournalPruned where `since` lies before what is kept."""
        head = self.head()
        check_kept(head, since)
        query = (
            select(journal)
            .where(journal.c.seq > since, or_(journal.c.public, journal.c.was_public), *of_journal(view))
            .order_by(journal.c.seq)
            .limit(limit)
        )
        rows = self._connection.execute(query).all()
        after = rows[-1].seq if len(rows) == limit else max(since, head.seq)
        return ChangePage(self._public_changes(rows), after, head)

    def _public_changes(self, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
        bodies = {row.seq: orjson.loads(row.after) for row in rows if row.public and row.after is not None}
        placed = [row for row in rows if row.what == "location" and row.seq in bodies]
        tariffs = self._tariffs((row.key, bodies[row.seq]) for row in placed)
        for row in placed:
            bodies[row.seq] = public_location(bodies[row.seq], _named(row.key, bodies[row.seq], tariffs))
        return [public_change(row, bodies.get(row.seq)) for row in rows]

    def _select(self, kind: Kind, condition: ColumnElement[bool], terms: Terms | None = None) -> list[PublicObject]:
        if kind is not Kind.TARIFFS:
            return self._locations(kind, condition, terms)
        rows = self._connection.execute(
            select(tariff).where(_seen(tariff, terms), condition).order_by(tariff.c.ordinal)
        )
        bodies = [(row, orjson.loads(row.body)) for row in rows]
        return [_object(kind, row, body, {}) for row, body in bodies if terms is None or terms.shows_tariff(body)]

    def _locations(self, kind: Kind, condition: ColumnElement[bool], terms: Terms | None) -> list[PublicObject]:
        query = select(location, location_body.c.body).join(location_body).where(_seen(location, terms), condition)
        rows = self._connection.execute(query.order_by(location.c.ordinal)).all()
        if terms is not None:
            rows = [row for row in rows if row.public or terms.shows_location(orjson.loads(row.body))]
        read = self._published if kind is Kind.LOCATIONS else self._static
        bodies = read(rows)
        tariffs = self._tariffs(((row.key, body) for row, body in zip(rows, bodies, strict=True)), terms)
        objects = []
        for row, body in zip(rows, bodies, strict=True):
            named = _named(row.key, body, tariffs)
            said = public_location(body, named) if terms is None else _partner_location(body, named, terms)
            objects.append(_object(kind, row, said, named))
        return objects

    def _published(self, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
        parts = self._parts([row.ordinal for row in rows])
        return [
            merge.published(orjson.loads(row.body), parts.get(row.ordinal, {}), format_time(row.last_updated))
            for row in rows
        ]

    def _static(self, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
        """Without statuses, but for those that say an EVSE is not, or no more, part of the site."""
        outside: dict[int, dict[str, str]] = {}
        for start in range(0, len(rows), _AT_ONCE):
            ordinals = [row.ordinal for row in rows[start : start + _AT_ONCE]]
            query = select(evse.c.location, evse.c.uid, evse.c.status).where(evse.c.location.in_(ordinals))
            for ordinal, uid, status in self._connection.execute(query.where(evse.c.status.in_(OUT_OF_SERVICE))):
                outside.setdefault(ordinal, {})[uid] = status
        return [
            merge.with_statuses(orjson.loads(row.body), outside.get(row.ordinal, {}), format_time(row.static_at))
            for row in rows
        ]

    def _parts(self, ordinals: Sequence[int]) -> dict[int, dict[str, tuple[dict[str, Any], str]]]:
        """Status parts with their stamps, by location and uid."""
        found: dict[int, dict[str, tuple[dict[str, Any], str]]] = {}
        columns = (evse.c.location, evse.c.uid, evse.c.part, evse.c.stamp)
        for start in range(0, len(ordinals), _AT_ONCE):
            query = select(*columns).where(evse.c.location.in_(ordinals[start : start + _AT_ONCE]))
            for ordinal, uid, part, stamp in self._connection.execute(query):
                found.setdefault(ordinal, {})[uid] = orjson.loads(part), format_time(stamp)
        return found

    def _tariffs(
        self, locations: Iterable[tuple[str, dict[str, Any]]], terms: Terms | None = None
    ) -> dict[str, dict[str, Any]]:
        """The tariffs that these locations name and that may be seen, by key; read again only where their version moved."""
        keys = sorted({tariff_key(key, tariff_id) for key, body in locations for tariff_id in tariff_ids(body)})
        versions: dict[str, int] = {}
        found: dict[str, dict[str, Any]] = {}  # the cache itself may hold what a reader of another time put there
        for start in range(0, len(keys), _AT_ONCE):
            wanted = tariff.c.key.in_(keys[start : start + _AT_ONCE])
            query = select(tariff.c.key, tariff.c.version).where(_seen(tariff, terms), wanted)
            versions.update({row.key: row.version for row in self._connection.execute(query)})
        cache = self._tariff_cache
        for key, version in versions.items():
            cached, body = cache.get(key, (-1, {}))
            if cached == version:
                found[key] = body
        stale = sorted(versions.keys() - found.keys())
        for start in range(0, len(stale), _AT_ONCE):
            query = select(tariff.c.key, tariff.c.version, tariff.c.body).where(
                tariff.c.key.in_(stale[start : start + _AT_ONCE])
            )
            for row in self._connection.execute(query):
                found[row.key] = orjson.loads(row.body)
                cache[row.key] = row.version, found[row.key]
        return found if terms is None else {key: body for key, body in found.items() if terms.shows_tariff(body)}


class PublicFeed:
    """The public side of a registry's database. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tariffs: dict[str, tuple[int, dict[str, Any]]] = {}
        self._verdicts: Verdicts = {}
        self._gazetteer = Gazetteer()

    @contextmanager
    def read(self) -> Iterator[PublicReader]:
        """A consistent view; keep it short."""
        with reading(self._engine) as connection:
            yield PublicReader(connection, self._tariffs, self._verdicts, self._gazetteer)


_TABLES: dict[Kind, Table] = {Kind.LOCATIONS: location, Kind.SITES: location, Kind.TARIFFS: tariff}
_VERSIONS = {
    Kind.LOCATIONS: location.c.version,
    Kind.SITES: location.c.static_version,
    Kind.TARIFFS: tariff.c.version,
}
_AT_ONCE = 500  # values in one IN (…)


def _seen(table: Table, terms: Terms | None) -> ColumnElement[bool]:
    return table.c.public if terms is None else candidates(table)


def _partner_location(body: dict[str, Any], named: Mapping[str, dict[str, Any]], terms: Terms) -> dict[str, Any]:
    """The location as a partner sees it; the tariffs are those that it sees. The input is not changed."""
    allowed = [] if body.get("publish") is True else terms.allowed(body)
    said = public_location(body, named) | ({"publish_allowed_to": allowed} if allowed else {})
    own = {id: tariff["last_updated"] for id, tariff in named.items() if not is_public_tariff(tariff)}
    return stamped(said, own)


def _in_block(table: Table, number: int) -> ColumnElement[bool]:
    return and_(table.c.ordinal >= number * BLOCK, table.c.ordinal < (number + 1) * BLOCK)


def _named(key: str, body: dict[str, Any], tariffs: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Id as written in the location → public tariff."""
    keys = {tariff_id: tariff_key(key, tariff_id) for tariff_id in tariff_ids(body)}
    return {tariff_id: tariffs[wanted] for tariff_id, wanted in keys.items() if wanted in tariffs}


def _object(kind: Kind, row: Row[Any], body: dict[str, Any], tariffs: dict[str, Any]) -> PublicObject:
    static, placed = kind is Kind.SITES, kind is not Kind.TARIFFS
    return PublicObject(
        ordinal=row.ordinal,
        country_code=row.country_code,
        party_id=row.party_id,
        id=row.id,
        country=row.country if placed else "",
        version=row.static_version if static else row.version,
        last_updated=row.static_at if static else row.last_updated,
        boundary_at=row.boundary_at if placed else 0,
        static_at=row.static_at if placed else 0,
        body=body,
        tariffs=tariffs,
    )
