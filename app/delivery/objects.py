"""Bringing an object destination what is due, a batch at a time.

1. A batch is read in one look at the feed. Tariffs go first, then locations, then the tariffs that are gone. A location waits for
   a tariff that it names and the destination does not have yet, until that was tried GIVES_WAY times.
2. After a failure of the destination a single object is sent first, to see.
3. Where nothing is due, what it holds and was not looked at for `compares_every` is compared, and sent where it differs.
4. A destination that loads is loaded before anything else where it is not known what it holds. Everything stays due: what the
   load left to say is sent, and the rest found to be there.
5. One that holds a connection is looked after before, and while nothing is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import structlog

from app.clock import Millis
from app.delivery.base import Item, ObjectDestination
from app.delivery.items import Parcel, by_turn, parcels
from app.delivery.network import Network
from app.delivery.queue import (
    LOCATION,
    Dirty,
    Outcome,
    awaited_tariffs,
    checked,
    due,
    holdings,
    loaded,
    mark,
    memories,
    postpone,
    settle,
    unchecked,
)
from app.delivery.sending import FAILS_AT, Sending, Streak
from app.delivery.states import State, succeeded
from app.delivery.tenure import Tenure
from app.errors import ObjectRefused
from app.model.batch import Kind
from app.model.identifiers import object_key
from app.registry.database import reading
from app.registry.touched import Touch

AT_ONCE = 500
COMPARED_AT_ONCE = 20
EVER, EVERYTHING = 1 << 62, 1 << 31

log = structlog.get_logger()


class Objects:
    """The way of one destination, for one worker."""

    takes_up = True
    """What changes is noted as due."""
    marks = True
    """Where everything is to be sent anew, each object is due."""

    def __init__(self, destination: ObjectDestination, network: Network) -> None:
        self._destination = destination
        self._network = network
        self._streak = Streak(destination.name, 1 if destination.in_order else FAILS_AT)
        self._compares = True

    def begin(self) -> None:
        """A new lease."""

    def catch_up(self, tenure: Tenure, state: State) -> bool:
        """Sends the next batch; False where there was nothing to do. Raises DeliveryError where the destination fails."""
        name, now = self._destination.name, self._network.clock.now()
        if self._destination.held_open:
            self._attend(tenure, state, now)
        if self._destination.loads and state.snapshot_at is None and self._load(tenure, state):
            return True
        with reading(self._network.engine) as connection:
            most, in_order = 1 if state.failures else AT_ONCE, self._destination.in_order
            rows = due(connection, name, now, most, in_order=in_order)
        if not rows:
            return self._compare(tenure, state, now)
        found, _ = parcels(self._network, self._destination, rows)
        trusted = state.succeeded_at is not None
        for part in by_turn(found):
            sending = Sending(self._destination, self._network, tenure, self._streak, trusted=trusted)
            sending.send(self._ready(tenure, part))
        return True

    def _load(self, tenure: Tenure, state: State) -> bool:
        """False where there is nothing to load."""
        name = self._destination.name
        # Resumed by a person since it was refused: what it was refused for is wanted.
        released = state.error or "" if state.refused and not state.next_attempt else ""
        with reading(self._network.engine) as connection:
            rows = {row.key: row for row in due(connection, name, EVER, EVERYTHING) if row.kind is Kind.LOCATIONS}
            for kind, key in holdings(connection, name):
                if kind is Kind.LOCATIONS:
                    rows.setdefault(key, _as_it_is(kind, key, state.cursor))
        tenure.ensure()
        receipts = self._destination.load(self._items([*rows.values()]), released)
        now = self._network.clock.now()
        if receipts:
            with tenure.writing() as connection:
                settle(connection, name, [Outcome(receipt, ()) for receipt in receipts], now)
                loaded(connection, name)
                succeeded(connection, name, now, snapshot_at=now)
        return bool(receipts)

    def _items(self, rows: Sequence[Dirty]) -> Iterator[Item]:
        for start in range(0, len(rows), AT_ONCE):
            found, _ = parcels(self._network, self._destination, rows[start : start + AT_ONCE])
            yield from (parcel.item for parcel in found)

    def _attend(self, tenure: Tenure, state: State, now: Millis) -> None:
        """Raises DeliveryError."""
        tenure.ensure()
        self._destination.attend()
        if state.failures:
            with tenure.writing() as connection:
                succeeded(connection, self._destination.name, now)

    def _ready(self, tenure: Tenure, given: Sequence[Parcel]) -> list[Parcel]:
        """Without the locations that wait for a tariff."""
        name, now = self._destination.name, self._network.clock.now()
        with reading(self._network.engine) as connection:
            awaited = awaited_tariffs(connection, name)
            there = memories(connection, name, Kind.TARIFFS, list(awaited))
        missing = {key: max(at, now + 1000) for key, at in awaited.items() if there.get(key) is None}
        until = [_waits_until(parcel.item, missing) for parcel in given]
        later = [(parcel.item.kind, parcel.item.key, at) for parcel, at in zip(given, until, strict=True) if at]
        if later:
            with tenure.writing() as connection:
                postpone(connection, name, later)
        return [parcel for parcel, at in zip(given, until, strict=True) if not at]

    def _compare(self, tenure: Tenure, state: State, now: Millis) -> bool:
        every, name = self._destination.compares_every, self._destination.name
        if every is None or not self._compares or state.failures:
            return False
        with reading(self._network.engine) as connection:
            wanted = unchecked(connection, name, now - round(every * 1000), COMPARED_AT_ONCE)
        if not wanted:
            return False
        rows = [_as_it_is(kind, key, state.cursor) for kind, key in wanted]
        found, _ = parcels(self._network, self._destination, rows)
        differing = list(self._differing(tenure, state, [parcel.item for parcel in found]))
        with tenure.writing() as connection:
            mark(connection, name, differing, whole=True)
            checked(connection, name, wanted, now)
        return True

    def _differing(self, tenure: Tenure, state: State, items: Iterable[Item]) -> Iterable[Touch]:
        for item in items:
            if item.object is not None and item.object.version > state.cursor:
                continue  # it is about to be sent anyway
            tenure.ensure()
            try:
                where = self._destination.compare(item)
            except ObjectRefused as error:
                self._compares = False
                log.warning("cannot be asked what it holds", destination=self._destination.name, error=str(error))
                return
            if where is not None:
                log.warning("holds something else", destination=self._destination.name, record=item.key, path=where)
                yield Touch(item.kind, item.key, state.cursor, gone=item.object is None)


def _as_it_is(kind: Kind, key: str, seq: int) -> Dirty:
    """An object that is not due."""
    return Dirty(kind, key, "", LOCATION, seq, seq, None, None, False, 0)


def _waits_until(item: Item, missing: dict[str, Millis]) -> Millis | None:
    """When the last of the missing tariffs that it names is tried; None where it need not wait."""
    if not missing or item.object is None or not item.content:
        return None
    named = {object_key(item.object.country_code, item.object.party_id, id) for id in item.object.tariffs}
    return max((missing[key] for key in named & missing.keys()), default=None)
