"""The spans in which EVSEs were not up, condensed from the history."""

from __future__ import annotations

import random

from sqlalchemy import delete

from app.clock import ManualClock
from app.model.batch import Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.registry.downtime import Downtime, downtimes, follow
from app.registry.tables import downtime, downtime_head
from tests.registry.backend import HOUR, MINUTE, Backend, evse, location
from tests.registry.reading import evse_row

FAR = 1 << 50


def spans(registry: Registry, uid: str = "E1") -> list[Downtime]:
    follow(registry.engine)
    with reading(registry.engine) as connection:
        id_ = evse_row(registry, uid).id
        return downtimes(connection, [id_], 0, FAR).get(id_, [])


def told(registry: Registry, since: int, uid: str = "E1") -> list[tuple[str, float, float | None]]:
    """(status, begin, end) in hours."""
    return [
        (one.status, (one.since - since) / HOUR, None if one.until is None else (one.until - since) / HOUR)
        for one in spans(registry, uid)
    ]


def test_what_does_not_serve_is_a_span_that_lasts_until_it_ends(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    start = clock.now()
    for status in ("OUTOFORDER", "INOPERATIVE", "CHARGING", "RESERVED", "BLOCKED"):
        clock.advance(seconds=3600)
        backend.statuses(("E1", status))
    expected = [("OUTOFORDER", 1, 2), ("INOPERATIVE", 2, 3), ("BLOCKED", 5, None)]
    assert told(registry, start) == expected
    clock.advance(seconds=3600)
    backend.statuses(("E1", "AVAILABLE"))
    assert told(registry, start) == [*expected[:2], ("BLOCKED", 5, 6)]


def test_a_late_status_changes_the_spans_it_reaches(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(location("L1", evse("E1")))
    start = clock.now()
    clock.advance(seconds=10 * 3600)
    registry.tick()
    clock.advance(seconds=3600)
    backend.statuses(("E1", "AVAILABLE"))
    assert told(registry, start) == [("UNKNOWN", 10, 11)]
    clock.advance(seconds=60)
    for status, at in (("OUTOFORDER", 2), ("AVAILABLE", 4), ("CHARGING", 10.5)):
        backend.events(StatusRecord("E1", status, start + round(at * HOUR), Origin.CHARGER, queued=True))
    assert told(registry, start) == [("OUTOFORDER", 2, 4), ("UNKNOWN", 10, 10.5)]


def test_following_step_by_step_ends_where_reading_everything_does(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    chance = random.Random(7)
    uids = ["E1", "E2", "E3"]
    backend.locations(location("L1", *map(evse, uids)))
    for step in range(60):
        clock.advance(seconds=600)
        uid, status = chance.choice(uids), chance.choice(["AVAILABLE", "CHARGING", "OUTOFORDER", "UNKNOWN"])
        if step % 4:
            backend.statuses((uid, status), complete=False)
        else:
            late = clock.now() - chance.randrange(1, 300) * MINUTE
            backend.events(StatusRecord(uid, status, late, Origin.CHARGER, queued=True))
        if step % 7 == 0:
            follow(registry.engine)
    stepwise = {uid: spans(registry, uid) for uid in uids}
    with writing(registry.engine) as connection:
        connection.execute(delete(downtime))
        connection.execute(delete(downtime_head))
    assert {uid: spans(registry, uid) for uid in uids} == stepwise
    assert any(stepwise.values())


def test_where_nothing_is_new_nothing_is_done(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1")))
    assert follow(registry.engine) == 1
    assert follow(registry.engine) == 0
