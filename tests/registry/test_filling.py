"""What an upgrade leaves open is filled as edits would have written it, whoever is killed or writes meanwhile."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine, delete, event, select, update

from app.filling import FillingDuty
from app.registry import filling
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.registry.tables import evse as points
from app.registry.tables import location as places
from app.registry.tables import location_search, offer
from tests.registry.backend import Backend, connector, evse, location

Rows = list[tuple[object, ...]]


def rows(engine: Engine) -> list[Rows]:
    queries = (
        select(location_search).order_by(location_search.c.location),
        select(points.c.uid, points.c.offer).order_by(points.c.id),
        select(places.c.id, places.c.public_since).order_by(places.c.ordinal),
        select(offer).order_by(offer.c.number),
    )
    with reading(engine) as connection:
        return [[tuple(row) for row in connection.execute(query)] for query in queries]


def empty(engine: Engine) -> None:
    """As the migrations leave it."""
    with writing(engine) as connection:
        connection.execute(update(points).values(offer=None))
        connection.execute(update(places).values(public_since=None))
        for table in offer, location_search:
            connection.execute(delete(table))


@pytest.fixture
def network(backend: Backend, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Backend:
    """L0 to L4, of which L1 became public later, L2 is hidden, and an EVSE of L3 was removed."""
    monkeypatch.setattr(filling, "PORTION", 2)
    sites = [location(f"L{n}", evse(f"E{n}"), evse(f"F{n}"), publish=n not in (1, 2)) for n in range(5)]
    backend.locations(*sites)
    backend.clock.advance(seconds=60)
    backend.locations(location("L1", evse("E1", connector(standard="CHADEMO")), evse("F1")), complete=False)
    backend.locations(location("L3", evse("E3"), evse("F3", status="REMOVED")), complete=False)
    return backend


def test_it_is_as_edits_would_have_written_it(network: Backend, registry: Registry, engine: Engine) -> None:
    before = rows(engine)
    assert len(before[0]) == 4
    assert len(before[3]) == 2
    assert [since is None for _, since in before[2]] == [False, False, True, False, False]
    empty(engine)
    FillingDuty(registry)()
    assert rows(engine) == before


def test_who_is_killed_leaves_the_rest_to_the_next_who_finds_nothing_else_to_do(
    network: Backend, registry: Registry, engine: Engine
) -> None:
    before = rows(engine)
    empty(engine)
    duty = FillingDuty(registry)
    written: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def die(_connection, _cursor, statement, *_rest):
        if re.match("INSERT|UPDATE|DELETE", statement):
            written.append(statement)
        if len(written) == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        duty()
    event.remove(engine, "before_cursor_execute", die)
    assert len(rows(engine)[0]) == 2, "the first portion stays, the second is rolled back"
    FillingDuty(registry)()
    assert rows(engine) == before
    with reading(engine) as connection:
        assert filling.plan_filling(connection, -1, filling.PublicSince(0, {})).writes is False


def test_what_changes_before_its_turn_stays_as_it_changed(network: Backend, registry: Registry, engine: Engine) -> None:
    empty(engine)
    network.clock.advance(seconds=60)
    network.locations(location("L0", evse("E0"), evse("F0"), publish=False), complete=False)
    network.locations(location("L2", evse("E2"), evse("F2")), complete=False)
    network.locations(location("L4", evse("E4"), evse("F4", connector(standard="CHAOJI"))), complete=False)
    FillingDuty(registry)()
    now = rows(engine)
    empty(engine)
    FillingDuty(registry)()
    assert rows(engine) == now
    assert [since is None for _, since in now[2]] == [True, False, False, False, False]
