"""Connectors that name a price plan name all of its tariffs, and nothing that is none."""

from __future__ import annotations

from typing import Any

import pytest

from app.clock import ManualClock
from app.model.batch import Kind
from app.model.problem import Severity
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.overlay import Fact, Overlay
from app.registry.replay import current, replay
from tests.registry.backend import DAY, Backend, Body, connector, evse, location, tariff
from tests.registry.reading import body, changes, find, point, stamps, tables

OTHERS = [tariff(f"T{number}") for number in range(20)]
"""So many that one of the plan's may vanish without being held."""


def of_plan(id: str, plan: str = "night", **fields: Any) -> Body:
    return tariff(id, plan={"plan": plan}, **fields)


def for_contracts(id: str) -> Body:
    return of_plan(id, type="REGULAR", audience="partner")


def naming(id: str, *tariff_ids: str, **fields: Any) -> Body:
    return location(id, evse(f"E{id}", connector("1", tariff_ids=list(tariff_ids)), connector("2")), **fields)


def named(registry: Registry, id: str = "1") -> list[str]:
    return list(point(registry, id, f"E{id}")["connectors"][0].get("tariff_ids", []))


def is_what_was_journaled(registry: Registry) -> bool:
    with reading(registry.engine) as connection:
        return current(connection) == replay(connection)


@pytest.fixture
def plan(backend: Backend) -> list[Body]:
    """The plan's tariffs among others, and two locations: the first names the plan, the second a tariff of its own."""
    tariffs = [of_plan("night-adhoc"), for_contracts("night-contract"), *OTHERS]
    backend.tariffs(*tariffs)
    backend.locations(naming("1", "night"), naming("2", "T1"))
    return tariffs


def test_its_name_stands_for_its_public_tariffs(plan: list[Body], registry: Registry) -> None:
    assert named(registry) == ["night-adhoc"]
    assert named(registry, "2") == ["T1"]
    assert "'night'" not in str([change for change in changes(registry) if change["type"] == "location"])


def test_also_where_the_locations_come_first(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(naming("1", "T1", "Night"), naming("2", "T1"))
    assert named(registry) == []
    clock.advance(seconds=60)
    backend.tariffs(of_plan("night-adhoc"), tariff("T1"))
    assert named(registry) == ["T1", "night-adhoc"]
    assert is_what_was_journaled(registry)


def test_a_tariff_that_is_announced_is_named_at_once_and_stamps_just_what_names_the_plan(
    plan: list[Body], backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    old, neighbour = stamps(body(registry, "1")), body(registry, "2")
    clock.advance(seconds=60)
    applied = backend.tariffs(*plan, of_plan("night-adhoc-270701"))
    assert named(registry) == ["night-adhoc", "night-adhoc-270701"]
    assert stamps(body(registry, "1")) == {
        **old,
        "": applied.published_at,
        "E1": applied.published_at,
        "E1/1": applied.published_at,
    }
    assert body(registry, "2") == neighbour
    assert applied.changes == 2
    assert is_what_was_journaled(registry)


def test_the_same_again_writes_nothing(
    plan: list[Body], backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    before = tables(registry.engine)
    clock.advance(seconds=60)
    backend.locations(naming("1", "night"), naming("2", "T1"))
    assert backend.tariffs(*plan).changes == 0
    assert tables(registry.engine)["location"] == before["location"]
    assert tables(registry.engine)["journal"] == before["journal"]


def test_what_the_plan_drops_ends_and_is_named_no_more(
    plan: list[Body], backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(*plan, of_plan("night-adhoc-270701"))
    clock.advance(seconds=60)
    applied = backend.tariffs(*plan)
    assert applied.problems == ()
    assert named(registry) == ["night-adhoc"]
    assert "end_date_time" in body(registry, "night-adhoc-270701", Kind.TARIFFS)
    assert is_what_was_journaled(registry)
    clock.advance(seconds=60)
    backend.tariffs(*plan, of_plan("night-adhoc-270701", currency="SEK"))
    assert named(registry) == ["night-adhoc", "night-adhoc-270701"]


def test_what_a_connector_names_itself_stays_listed(
    plan: list[Body], backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(*plan, of_plan("night-adhoc-270701"))
    backend.locations(naming("1", "night"), naming("2", "night-adhoc-270701"))
    (problem,) = backend.tariffs(*plan).problems
    assert problem.record == "de*abc/night-adhoc-270701"
    assert "end_date_time" not in body(registry, "night-adhoc-270701", Kind.TARIFFS)


def test_the_last_tariffs_of_a_plan_that_is_named_stay_listed(
    plan: list[Body], backend: Backend, registry: Registry
) -> None:
    applied = backend.tariffs(*OTHERS)
    assert {problem.severity for problem in applied.problems} == {Severity.NOTE}
    assert len(applied.problems) == 2
    assert named(registry) == ["night-adhoc"]


def test_a_tariff_with_the_name_of_the_plan_is_one_of_it(backend: Backend, registry: Registry) -> None:
    backend.tariffs(of_plan("night"))
    backend.locations(naming("1", "night"))
    assert named(registry) == ["night"]
    backend.tariffs(of_plan("night"), of_plan("night-270701"))
    assert named(registry) == ["night", "night-270701"]


def test_the_id_of_another_tariff_is_no_plan(
    plan: list[Body], backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(*plan, tariff("night"))
    assert named(registry) == ["night"]
    clock.advance(seconds=60)
    backend.tariffs(complete=False, deleted=["de*abc/night"])
    assert named(registry) == ["night", "night-adhoc"], "it has ended, and is listed for a day"
    clock.advance(seconds=DAY / 1000)
    registry.tick()
    assert named(registry) == ["night-adhoc"]
    assert is_what_was_journaled(registry)


def test_another_party_has_plans_of_its_own(plan: list[Body], backend: Backend, registry: Registry) -> None:
    backend.locations(naming("1", "night"), naming("2", "T1"), naming("3", "night", party_id="XYZ"))
    (foreign,) = body(registry, "3", party="DE*XYZ")["evses"]
    assert "tariff_ids" not in foreign["connectors"][0]


def test_a_hidden_location_stays_hidden(plan: list[Body], backend: Backend, registry: Registry) -> None:
    backend.locations(naming("1", "night"), naming("2", "night", publish=False))
    since = changes(registry)[-1]["seq"]
    backend.tariffs(*plan, of_plan("night-adhoc-270701"))
    assert find(registry, "2") is None
    assert [change.get("id") for change in changes(registry, since)] == ["night-adhoc-270701", "1"]


def test_an_evse_that_its_location_lacks_follows_the_plan(
    plan: list[Body], backend: Backend, registry: Registry
) -> None:
    backend.locations(location("1", evse("E9")), naming("2", "T1"))
    backend.tariffs(*plan, of_plan("night-adhoc-270701"))
    assert named(registry) == ["night-adhoc", "night-adhoc-270701"]


def test_an_overlay_names_plans_too(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    fact = Fact("facts.yaml:1", "connector", {"tariff_ids": ["night"]}, location="1", connector="1")
    facing = Registry(registry.engine, clock, overlay=lambda: Overlay([fact]))
    backend.tariffs(of_plan("night-adhoc"))
    backend.locations(naming("1"), naming("2"))
    facing.refresh_overlay()
    assert named(registry) == ["night-adhoc"]
    clock.advance(seconds=60)
    backend.tariffs(of_plan("night-adhoc"), of_plan("night-adhoc-270701"))
    assert named(registry) == ["night-adhoc", "night-adhoc-270701"]
    Registry(registry.engine, clock).refresh_overlay()
    assert named(registry) == []


@pytest.mark.parametrize("name", [None, 5, "", "x" * 37, "a\x00b", {"plan": "night"}])
def test_what_is_no_name_is_no_plan(backend: Backend, registry: Registry, name: Any) -> None:
    assert backend.tariffs(tariff("T1", plan={"plan": name, "other": 1})).problems == ()
    assert find(registry, "T1", Kind.TARIFFS) is not None
