"""Sessions out of the private store to QualiCharge, where its destination says `sessions: true`.

Each session is told once, a day after its end: what was taken, refused, or breaks a rule is noted in the private store. One at a
point that is not there yet is tried again until it is too old.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import structlog
from sqlalchemy import Engine

from app.clock import Clock, Millis
from app.delivery.qualicharge.batches import point_of
from app.delivery.qualicharge.sessions import NOT_THERE, SessionSender
from app.delivery.qualicharge.settings import QualiChargeSettings
from app.errors import DeliveryError
from app.formats.qualicharge_sessions import LATEST, DirectPoints, told
from app.listening import open_private
from app.registry.leases import Lease
from app.registry.origins import sourced_locations
from app.registry.private.store import PrivateStore
from app.registry.projection import View
from app.settings import Private, Settings

EVERY_S = 3600.0
SHOWN = 5

log = structlog.get_logger()


def declaring(settings: Settings) -> list[QualiChargeSettings]:
    """Destinations that are sent sessions."""
    return [each for each in settings.destinations if isinstance(each, QualiChargeSettings) and each.sessions]


class DeclareDuty:
    def __init__(
        self,
        destinations: list[QualiChargeSettings],
        private: Private,
        engine: Engine,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._destinations = destinations
        self._private = private
        self._engine = engine
        self._clock = clock
        self._monotonic = monotonic
        self._due = 0.0

    def __call__(self, lease: Lease) -> None:
        if self._monotonic() < self._due:
            return
        self._due = self._monotonic() + EVERY_S
        store = open_private(self._private)
        for settings in self._destinations:
            try:
                declare(settings, store, self._points(settings), self._clock)
            except DeliveryError as error:
                log.error("sessions not sent", destination=settings.name, error=str(error))

    def _points(self, settings: QualiChargeSettings) -> DirectPoints:
        points = DirectPoints()
        for sourced in sourced_locations(self._engine, View(countries=settings.countries)):
            points.add(sourced.object.body, self._clock.now())
        return points


def declare(settings: QualiChargeSettings, store: PrivateStore, points: DirectPoints, clock: Clock) -> Counter[str]:
    """Sends what was not told yet; returns how many were sent, refused, withheld. Raises DeliveryError."""
    now = clock.now()
    counted: Counter[str] = Counter()
    waiting = dict(_unsaid(settings, store, points, now, counted))
    rows = [dict(row) for row in waiting.values()]
    by_row = {_named(row): id_ for id_, row in waiting.items()}
    for sent in SessionSender(settings, clock).send(rows):
        outcome = "refused" if sent.reason else "sent"
        if sent.code == NOT_THERE:
            outcome = "waiting"
        else:
            store.mark(settings.name, [by_row[_named(sent.row)]])
        counted[outcome] += 1
        if sent.reason and counted[outcome] <= SHOWN:
            log.warning("session not taken", destination=settings.name, point=point_of(sent.row), why=sent.reason)
    if counted:
        log.info("sessions declared", destination=settings.name, **counted)
    return counted


def _unsaid(
    settings: QualiChargeSettings, store: PrivateStore, points: DirectPoints, now: Millis, counted: Counter[str]
) -> Iterator[tuple[bytes, dict[str, object]]]:
    """Sessions by their id in the store, but those that were told. All are read: those that were told count for overlaps."""
    known = dict(store.identified(now - 2 * LATEST, now))
    ids = {id(record): key for key, record in known.items()}
    done = store.marked(settings.name)
    for one in told(known.values(), points, now):
        key = ids[id(one.record)]
        if key in done:
            continue
        if one.object is not None:
            yield key, one.object
            continue
        store.mark(settings.name, [key])
        counted["withheld"] += 1
        if counted["withheld"] <= SHOWN:
            log.warning("session withheld", destination=settings.name, evse=one.record.evse, why=one.why)


def _named(row: dict[str, object]) -> tuple[object, object]:
    return row["id_pdc_itinerance"], row["start"]
