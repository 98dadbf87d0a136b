"""Events of statuses: late ones, queued ones, repeated ones, in any order of arrival."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from app.clock import ManualClock
from app.model.batch import Batch, Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.tables import evse, history
from tests.property.story import POLICIES
from tests.registry.backend import events_batch, location, locations_batch
from tests.registry.backend import evse as point
from tests.registry.conftest import emptied
from tests.registry.reading import body

START = ManualClock().now()
UIDS = ("E1", "E2")

moments = st.integers(0, 12).map(lambda number: START + number * 1000)
details = st.none() | st.sampled_from([{"fault_code": "1"}, {"fault_code": "2"}])
records = st.builds(
    StatusRecord,
    evse=st.sampled_from([*UIDS, "DE*ABC*E1"]),
    status=st.sampled_from(["AVAILABLE", "AVAILABLE", "CHARGING", "CHARGING", "OUTOFORDER", "UNKNOWN", "REMOVED"]),
    occurred_at=st.none() | moments,
    origin=st.just(Origin.CHARGER),
    backend_at=st.none() | moments,
    queued=st.booleans(),
    detail=details,
)
batches = st.builds(events_batch, st.sampled_from(["abc", "other"]), moments, st.lists(records, min_size=1, max_size=3))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Batch], list[Batch]]:
    """The same messages twice, in two orders of arrival; some are delivered more than once."""
    sent = draw(st.lists(batches, min_size=1, max_size=7))
    for batch in draw(st.lists(st.sampled_from(sent), max_size=2)):
        later = draw(moments)
        sent.append(events_batch(batch.source, later, [record for _, record in batch.records]))
    repeated = [*sent, *draw(st.lists(st.sampled_from(sent), max_size=2))]
    return draw(st.permutations(sent)), draw(st.permutations(repeated))


def told(engine: Engine, arrived: list[Batch]) -> tuple[Any, ...]:
    """What is there after all of them: the EVSEs, what is published of them, and their history."""
    emptied(engine)
    registry = Registry(engine, ManualClock(), POLICIES)
    network = location("L1", *(point(uid, status=None) for uid in UIDS))
    registry.apply(locations_batch("abc", START - 1000, [network]))
    for batch in arrived:
        registry.apply(batch)
    published = [
        {name: value for name, value in one.items() if name != "last_updated"} for one in body(registry, "L1")["evses"]
    ]
    with reading(engine) as connection:
        names = [column for column in evse.c if column.name not in ("id", "stamp")]
        points = connection.execute(select(*names).order_by(evse.c.uid)).all()
        facts = [column for column in history.c if column.name not in ("id", "evse", "published_at")]
        kept = connection.execute(select(evse.c.uid, *facts).join(evse, evse.c.id == history.c.evse)).all()
    return published, points, sorted(kept, key=repr)


@pytest.fixture(params=["sqlite_engine", "postgres_engine"], scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(orders=deliveries())
def test_any_order_of_arrival_ends_in_the_same_state_and_history(
    engine: Engine, orders: tuple[list[Batch], list[Batch]]
) -> None:
    one, another = orders
    assert told(engine, one) == told(engine, another)
