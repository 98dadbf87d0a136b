"""A destination that starts over is told of everything that it is to have or to lose, and no list of that is held in memory."""

from __future__ import annotations

import tracemalloc

import pytest
from sqlalchemy import delete, func, insert, select

from app.clock import ManualClock
from app.delivery.tables import delivery, dirty, held
from app.delivery.tenure import Tenure
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.registry.tables import location
from tests.delivery.conftest import MakePost, Post

BATCH = 2000


def add(registry: Registry, name: str, first: int, last: int) -> None:
    """Public locations, and as many that the destination holds and nobody knows any more."""
    facts = {
        "country_code": "DE",
        "party_id": "ABC",
        "country": "DEU",
        "time_zone": "UTC",
        "source": "abc",
        "public": True,
    }
    facts |= {"version": 1, "last_updated": 1}
    for start in range(first, last, BATCH):
        numbers = range(start, min(start + BATCH, last))
        with writing(registry.engine) as connection:
            places = [{**facts, "ordinal": n, "id": f"L{n:07}", "key": f"de*abc/l{n:07}"} for n in numbers]
            connection.execute(insert(location), places)
            known = {"destination": name, "kind": "locations", "memory": b"{}", "checked_at": 0}
            connection.execute(insert(held), [{**known, "key": f"de*abc/old{n:07}"} for n in numbers])


def peak(registry: Registry, one: Post) -> int:
    """Bytes that starting over takes at most."""
    with writing(registry.engine) as connection:
        connection.execute(delete(dirty))
        connection.execute(delete(delivery))
    tracemalloc.start()
    try:
        tenure = Tenure(registry.engine, one.lease, one.stopped)
        one.courier._start_over(tenure, one.courier._head(), whole=True)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_its_memory_does_not_grow_with_the_network(registry: Registry, post: MakePost, clock: ManualClock) -> None:
    one = post()
    add(registry, one.name, 0, 1500)
    peak(registry, one)  # statements are made once
    small = peak(registry, one)
    add(registry, one.name, 1500, 9000)
    large = peak(registry, one)
    print(f"1,500 objects: {small:,} B, 9,000: {large:,} B")  # noqa: T201
    assert large < 1.5 * small
    with reading(registry.engine) as connection:
        assert connection.execute(select(func.count()).select_from(dirty)).scalar_one() == 18_000
