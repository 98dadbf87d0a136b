"""A backend under the test's control: what it says of its network, as batches for the registry."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from app.clock import ManualClock, Millis
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import Batch, Kind, Parsed, Raw, Scope, StatusRecord
from app.model.identifiers import object_key
from app.registry.apply import Applied, Registry

Body = dict[str, Any]

_DATA = Path(__file__).parent / "data"
_BASE: Mapping[str, Body] = {path.stem: json.loads(path.read_text()) for path in _DATA.glob("*.json")}

MINUTE: Millis = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


_EVERYTHING = Scope()


def location(id: str, *evses: Body, **fields: Any) -> Body:
    """A location as a 2.3.0 backend sends it; a field given as None is left out."""
    return _body("location", {"id": id, "evses": list(evses), **fields})


def evse(uid: str, *connectors: Body, status: str | None = "AVAILABLE", **fields: Any) -> Body:
    """With one connector where none is given, and an `evse_id` made of the uid, which begins with E."""
    given = {"uid": uid, "evse_id": f"DE*ABC*{uid}", "status": status, **fields}
    return _body("evse", {**given, "connectors": list(connectors) or [connector()]})


def connector(id: str = "1", **fields: Any) -> Body:
    return _body("connector", {"id": id, **fields})


def tariff(id: str, **fields: Any) -> Body:
    return _body("tariff", {"id": id, **fields})


def _body(name: str, fields: Body) -> Body:
    return {field: value for field, value in {**_BASE[name], **fields}.items() if value not in (None, [])}


def key(body: Body) -> str:
    return object_key(body["country_code"], body["party_id"], body["id"])


def locations_batch(
    source: str,
    at: Millis,
    bodies: Collection[Body],
    *,
    complete: bool = True,
    unchanged: Collection[str] = (),
    seen: Collection[str] = (),
    deleted: Collection[str] = (),
    scope: Scope = _EVERYTHING,
    cursor: str | None = None,
) -> Batch:
    raws = [Raw(key(body), body, f"item {number}") for number, body in enumerate(bodies, 1)]
    return Batch(
        source,
        Kind.LOCATIONS,
        at,
        _read_location,
        raws,
        complete=complete,
        unchanged=unchanged,
        seen=seen,
        deleted=deleted,
        scope=scope,
        cursor=cursor,
    )


def tariffs_batch(
    source: str, at: Millis, bodies: Collection[Body], *, complete: bool = True, deleted: Collection[str] = ()
) -> Batch:
    raws = [Raw(key(body), body, f"item {number}") for number, body in enumerate(bodies, 1)]
    return Batch(source, Kind.TARIFFS, at, _read_tariff, raws, complete=complete, deleted=deleted)


def statuses_batch(source: str, at: Millis, rows: Collection[tuple[Any, ...]], *, complete: bool = True) -> Batch:
    """`rows` are (evse, status) or (evse, status, occurred_at in milliseconds)."""
    return Batch(source, Kind.STATUSES, at, _read_row, list(rows), complete=complete)


def events_batch(source: str, at: Millis, records: Collection[StatusRecord]) -> Batch:
    return Batch(source, Kind.STATUSES, at, _read_event, [(record.evse, record) for record in records], events=True)


def _read_location(raw: Raw) -> Parsed:
    return read_location(raw.body, "2.3.0", country_code=None, party_id=None, where=raw.where)


def _read_tariff(raw: Raw) -> Parsed:
    return read_tariff(raw.body, "2.3.0", country_code=None, party_id=None, where=raw.where)


def _read_row(row: tuple[Any, ...]) -> Parsed:
    return Parsed(StatusRecord(row[0], row[1], row[2] if len(row) > 2 else None))


def _read_event(row: tuple[str, StatusRecord]) -> Parsed:
    return Parsed(row[1])


class Backend:
    """One source: each call is one pull (or push) at the clock's time, applied to the registry."""

    def __init__(self, registry: Registry, clock: ManualClock, name: str = "abc") -> None:
        self.registry = registry
        self.clock = clock
        self.name = name
        self.last: Batch | None = None

    def locations(self, *bodies: Body, **more: Any) -> Applied:
        return self._apply(locations_batch(self.name, self.clock.now(), bodies, **more))

    def tariffs(self, *bodies: Body, **more: Any) -> Applied:
        return self._apply(tariffs_batch(self.name, self.clock.now(), bodies, **more))

    def statuses(self, *rows: tuple[Any, ...], **more: Any) -> Applied:
        return self._apply(statuses_batch(self.name, self.clock.now(), rows, **more))

    def events(self, *records: StatusRecord) -> Applied:
        return self._apply(events_batch(self.name, self.clock.now(), records))

    def again(self) -> Applied:
        """The same batch once more."""
        assert self.last is not None
        return self.registry.apply(self.last)

    def _apply(self, batch: Batch) -> Applied:
        self.last = batch
        return self.registry.apply(batch)
