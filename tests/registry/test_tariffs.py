"""Batches of tariffs: when they are public, when their locations get a new stamp, how they end."""

from __future__ import annotations

import pytest

from app.clock import ManualClock, format_time
from app.model.batch import Kind
from app.model.problem import Severity
from app.registry.apply import Registry
from tests.registry.backend import DAY, Backend, connector, evse, location, tariff
from tests.registry.reading import body, changes, find, point, public_object, stamps, tables

NAMING = location("L1", evse("E1", connector("1", tariff_ids=["T1"]), connector("2")), evse("E2"))


def named(registry: Registry) -> list[str]:
    return list(point(registry, "L1", "E1")["connectors"][0].get("tariff_ids", []))


def test_a_batch_applied_twice_writes_nothing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(NAMING)
    assert backend.tariffs(tariff("T1"), tariff("T2")).changes == 3
    before = tables(registry.engine)
    clock.advance(seconds=60)
    assert backend.again().changes == 0
    assert tables(registry.engine) == before


def test_tariffs_that_come_first_are_named_from_the_start(backend: Backend, registry: Registry) -> None:
    backend.tariffs(tariff("T1"))
    assert backend.locations(NAMING).changes == 1
    assert named(registry) == ["T1"]
    assert public_object(registry, "L1").tariffs["T1"]["currency"] == "EUR"


def test_a_tariff_that_comes_late_is_named_from_then_on_and_stamps_what_names_it(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(NAMING)
    old = stamps(body(registry, "L1"))
    assert named(registry) == []
    clock.advance(seconds=60)
    new = backend.tariffs(tariff("T1")).published_at
    assert named(registry) == ["T1"]
    assert stamps(body(registry, "L1")) == {**old, "": new, "E1": new, "E1/1": new}
    assert [change["type"] for change in changes(registry, since=1)] == ["tariff", "location"]
    assert changes(registry, since=1)[1]["object"] == body(registry, "L1")


def test_tariff_ids_are_compared_without_case(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["t1"]))))
    backend.tariffs(tariff("T1"))
    assert named(registry) == ["t1"]
    assert set(public_object(registry, "L1").tariffs) == {"t1"}


def test_a_changed_price_stamps_the_tariff_and_has_its_locations_rendered_anew(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(tariff("T1"))
    backend.locations(NAMING, location("L2"))
    old, neighbour = public_object(registry, "L1"), public_object(registry, "L2")
    clock.advance(seconds=60)
    applied = backend.tariffs(tariff("T1", currency="SEK"))
    assert applied.changes == 1
    new = public_object(registry, "L1")
    assert (new.version, new.last_updated, new.boundary_at) == (applied.seq, old.last_updated, 0)
    assert new.tariffs["T1"]["currency"] == "SEK"
    assert public_object(registry, "L2") == neighbour
    assert public_object(registry, "T1", Kind.TARIFFS).last_updated == applied.published_at


def test_a_changed_validity_moves_the_boundary_of_its_locations(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(tariff("T1"))
    backend.locations(NAMING)
    clock.advance(seconds=60)
    applied = backend.tariffs(tariff("T1", end_date_time="2027-01-01T00:00:00Z"))
    assert public_object(registry, "L1").boundary_at == applied.published_at


@pytest.mark.parametrize(
    ("fields", "public"),
    [
        ({"type": "AD_HOC_PAYMENT"}, True),
        ({"type": None}, True),
        ({"type": "REGULAR"}, False),
        ({"type": "PROFILE_CHEAP"}, False),
        ({"type": "REGULAR", "audience": "public"}, True),
        ({"type": "AD_HOC_PAYMENT", "audience": "partner"}, False),
        ({"type": None, "audience": "group"}, False),
    ],
)
def test_who_sees_a_tariff(backend: Backend, registry: Registry, fields: dict[str, str], public: bool) -> None:
    backend.tariffs(tariff("T1", **fields))
    backend.locations(NAMING)
    assert (find(registry, "T1", Kind.TARIFFS) is not None) == public
    assert named(registry) == (["T1"] if public else [])
    assert ("T1" in str(changes(registry))) == public


def test_a_tariff_that_ceases_to_be_public_leaves_a_tombstone_and_stamps_its_locations(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(tariff("T1"))
    backend.locations(NAMING)
    old = stamps(body(registry, "L1"))
    clock.advance(seconds=60)
    new = backend.tariffs(tariff("T1", audience="partner", currency="SEK")).published_at
    assert stamps(body(registry, "L1")) == {**old, "": new, "E1": new, "E1/1": new}
    gone, moved = changes(registry, since=2)
    assert {name: gone[name] for name in ("type", "op", "id", "party")} == {
        "type": "tariff",
        "op": "remove",
        "id": "T1",
        "party": "DE*ABC",
    }
    assert "SEK" not in str(gone)
    assert "T1" not in str(moved)


def test_a_tariff_that_is_gone_ends_stays_listed_and_is_buried(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    everyone = [tariff(f"T{number}") for number in range(1, 12)]
    backend.tariffs(*everyone)
    clock.advance(seconds=60)
    end = clock.now()
    assert backend.tariffs(*everyone[1:]).held is None
    ended = body(registry, "T1", Kind.TARIFFS)
    assert ended["end_date_time"] == format_time(end)
    clock.set(end + DAY - 1)
    registry.tick()
    assert find(registry, "T1", Kind.TARIFFS) is not None
    clock.set(end + DAY)
    seq = changes(registry)[-1]["seq"]
    registry.tick()
    assert find(registry, "T1", Kind.TARIFFS) is None
    (tombstone,) = changes(registry, since=seq)
    assert (tombstone["op"], tombstone["id"]) == ("remove", "T1")
    assert registry.tick() == 0


def test_an_ended_tariff_keeps_an_earlier_end_of_its_own(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    everyone = [tariff("T1", end_date_time="2025-06-01T00:00:00Z"), *(tariff(f"T{n}") for n in range(2, 12))]
    backend.tariffs(*everyone)
    backend.tariffs(*everyone[1:])
    assert body(registry, "T1", Kind.TARIFFS)["end_date_time"] == "2025-06-01T00:00:00.000Z"


def test_an_ended_tariff_that_comes_back_is_as_before(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    everyone = [tariff(f"T{number}") for number in range(1, 12)]
    backend.tariffs(*everyone)
    backend.tariffs(*everyone[1:])
    clock.advance(seconds=60)
    assert backend.tariffs(*everyone).changes == 1
    assert "end_date_time" not in body(registry, "T1", Kind.TARIFFS)
    clock.advance(seconds=3 * DAY / 1000)
    registry.tick()
    assert find(registry, "T1", Kind.TARIFFS) is not None


def test_a_buried_tariff_that_comes_back_is_public_again(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    everyone = [tariff(f"T{number}") for number in range(1, 12)]
    backend.tariffs(*everyone)
    backend.tariffs(*everyone[1:])
    clock.advance(seconds=2 * DAY / 1000)
    registry.tick()
    backend.tariffs(*everyone)
    assert "end_date_time" not in body(registry, "T1", Kind.TARIFFS)


def test_a_tariff_that_connectors_still_name_stays_and_is_reported(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    everyone = [tariff(f"T{number}") for number in range(1, 12)]
    backend.tariffs(*everyone)
    backend.locations(NAMING)
    (problem,) = backend.tariffs(*everyone[1:]).problems
    assert problem.severity is Severity.NOTE
    assert "end_date_time" not in body(registry, "T1", Kind.TARIFFS)
    assert named(registry) == ["T1"]


def test_a_missing_tariff_ends_as_soon_as_nothing_names_it(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    everyone = [tariff(f"T{number}") for number in range(1, 12)]
    backend.tariffs(*everyone)
    backend.locations(NAMING)
    backend.tariffs(*everyone[1:])
    backend.locations(location("L1", evse("E1"), evse("E2")))
    clock.advance(seconds=60)
    backend.tariffs(*everyone[1:])
    assert body(registry, "T1", Kind.TARIFFS)["end_date_time"] == format_time(clock.now())


def test_a_source_whose_tariff_was_refused_takes_nothing_away_when_it_stops(
    backend: Backend, other: Backend, registry: Registry
) -> None:
    backend.tariffs(tariff("T1"))
    other.tariffs(*(tariff(f"T{number}") for number in range(1, 13)))
    other.tariffs(*(tariff(f"T{number}") for number in range(2, 13)))
    assert "end_date_time" not in body(registry, "T1", Kind.TARIFFS)
    other.tariffs(complete=False, deleted=["de*abc/t1"])
    assert "end_date_time" not in body(registry, "T1", Kind.TARIFFS)


def test_many_lost_tariffs_are_held(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.tariffs(tariff("T1"), tariff("T2"), tariff("T3"))
    held = backend.tariffs(tariff("T1")).held
    assert [(item.id, item.keys) for item in registry.held()] == [(held, ("de*abc/t2", "de*abc/t3"))]
    assert "end_date_time" not in body(registry, "T2", Kind.TARIFFS)
    assert backend.tariffs(tariff("T1")).held is None, "held once"
    assert held is not None
    registry.release(held)
    assert body(registry, "T2", Kind.TARIFFS)["end_date_time"] == format_time(clock.now())
    assert registry.held() == []


def test_held_tariffs_that_are_discarded_stay(backend: Backend, registry: Registry) -> None:
    backend.tariffs(tariff("T1"), tariff("T2"), tariff("T3"))
    held = backend.tariffs().held
    assert held is not None
    registry.discard(held)
    assert registry.held() == []
    assert backend.tariffs().held is None
    assert "end_date_time" not in body(registry, "T2", Kind.TARIFFS)


def test_a_held_tariff_that_comes_back_is_not_ended_by_a_late_release(backend: Backend, registry: Registry) -> None:
    backend.tariffs(tariff("T1"), tariff("T2"), tariff("T3"))
    held = backend.tariffs(tariff("T1")).held
    backend.tariffs(tariff("T1"), tariff("T2"))
    assert [item.keys for item in registry.held()] == [("de*abc/t3",)]
    assert held is not None
    registry.release(held)
    assert "end_date_time" not in body(registry, "T2", Kind.TARIFFS)
    assert "end_date_time" in body(registry, "T3", Kind.TARIFFS)


def test_a_tariff_that_was_explicitly_withdrawn_ends_at_once(backend: Backend, registry: Registry) -> None:
    backend.tariffs(tariff("T1"), tariff("T2"))
    backend.tariffs(complete=False, deleted=["de*abc/t1"])
    assert "end_date_time" in body(registry, "T1", Kind.TARIFFS)
    assert backend.again().changes == 0
    assert backend.tariffs(tariff("T2")).held is None, "what was withdrawn is not missed"


def test_a_refused_tariff_keeps_its_last_good_data(backend: Backend, registry: Registry) -> None:
    backend.tariffs(tariff("T1"))
    backend.tariffs(tariff("T1", elements=[{"price_components": []}]))
    assert "elements" in body(registry, "T1", Kind.TARIFFS)
    assert "end_date_time" not in body(registry, "T1", Kind.TARIFFS)
    assert registry.problems("abc") != []


def test_a_tariff_that_two_sources_give_is_refused_and_both_are_named(
    backend: Backend, other: Backend, registry: Registry
) -> None:
    backend.tariffs(tariff("T1"))
    refused = [
        problem for problem in other.tariffs(tariff("T1", currency="SEK")).problems if "two sources" in problem.what
    ]
    assert ["`abc`" in problem.what and "`other`" in problem.what for problem in refused] == [True]
    assert body(registry, "T1", Kind.TARIFFS)["currency"] == "EUR"


def test_an_incomplete_answer_ends_no_tariff(backend: Backend, registry: Registry) -> None:
    backend.tariffs(*(tariff(f"T{number}") for number in range(1, 12)))
    assert backend.tariffs(complete=False).changes == 0


def test_a_buried_tariff_that_is_named_again_stamps_the_location(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    everyone = [tariff(f"T{number}") for number in range(1, 12)]
    backend.tariffs(*everyone)
    backend.tariffs(*everyone[1:])
    backend.locations(NAMING)
    old = stamps(body(registry, "L1"))
    assert named(registry) == ["T1"]
    clock.advance(seconds=DAY / 1000)
    registry.tick()
    assert named(registry) == []
    assert stamps(body(registry, "L1"))["E1/1"] > old["E1/1"]


def test_the_journal_says_between_which_answers_a_price_or_a_location_changed(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    backend.tariffs(tariff("T1"))
    before = clock.now()
    clock.advance(seconds=600)
    backend.tariffs(tariff("T1", currency="CHF"))
    backend.locations(location("L1", evse("E1"), name="New"))
    times = [(change["type"], change.get("earliest")) for change in changes(registry)]
    assert times == [
        ("location", None),
        ("tariff", None),
        ("tariff", format_time(before)),
        ("location", format_time(before)),
    ]
