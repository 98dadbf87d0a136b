"""Batches of locations: what is written, what is stamped (OCPI conformance 62 to 64, 67, 70), what is refused."""

from __future__ import annotations

from app.clock import ManualClock
from app.model.batch import Kind
from app.model.problem import Severity
from app.registry.apply import Registry
from tests.registry.backend import Backend, connector, evse, location
from tests.registry.reading import EVERYTHING, body, changes, entries, find, point, stamps, status, tables


def test_a_batch_applied_twice_writes_nothing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    first = backend.locations(location("L1", evse("E1"), evse("E2", status="CHARGING")), location("L2"))
    before = tables(registry.engine)
    clock.advance(seconds=60)
    second = backend.again()
    assert (first.changes, second.changes, second.seq) == (2, 0, None)
    assert tables(registry.engine) == before


def test_a_fresh_process_that_applies_the_same_again_writes_nothing(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    before = tables(registry.engine)
    clock.advance(seconds=60)
    assert backend.last is not None
    Registry(registry.engine, clock).apply(backend.last)
    assert tables(registry.engine) == before


def test_the_same_facts_written_otherwise_are_no_change(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    before = body(registry, "L1")
    clock.advance(seconds=60)
    again = location("L1", evse("E1"), last_updated="2025-12-31T00:00:00Z")
    assert backend.locations(dict(reversed(again.items()))).changes == 0
    assert body(registry, "L1") == before


def test_a_new_location_has_one_stamp_everywhere(backend: Backend, registry: Registry) -> None:
    applied = backend.locations(location("L1", evse("E1", connector("1"), connector("2"))))
    assert set(stamps(body(registry, "L1")).values()) == {applied.published_at}


def test_locations_keep_the_order_of_their_creation(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(location("L2"), location("L1"))
    backend.locations(location("L2", name="A new name"), location("L1"), location("L3"))
    with registry.feed().read() as feed:
        ordinals = feed.ordinals(Kind.LOCATIONS, EVERYTHING, None, None)
        assert [item.id for item in feed.objects(Kind.LOCATIONS, ordinals)] == ["L2", "L1", "L3"]


def test_a_changed_static_field_stamps_the_location_alone(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")), location("L2"))
    old, neighbour = stamps(body(registry, "L1")), body(registry, "L2")
    clock.advance(seconds=60)
    applied = backend.locations(location("L1", evse("E1"), name="Marktplatz"), location("L2"))
    assert stamps(body(registry, "L1")) == {**old, "": applied.published_at}
    assert (applied.changes, body(registry, "L2")) == (1, neighbour)


def test_a_changed_connector_stamps_itself_its_evse_and_its_location(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    def network(amperes: int) -> dict[str, object]:
        plugs = connector("1"), connector("2", max_amperage=amperes)
        return location("L1", evse("E1", *plugs), evse("E2"))

    backend.locations(network(16))
    old = stamps(body(registry, "L1"))
    clock.advance(seconds=60)
    new = backend.locations(network(32)).published_at
    assert stamps(body(registry, "L1")) == {**old, "": new, "E1": new, "E1/2": new}


def test_a_connector_that_is_gone_stamps_its_evse(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(location("L1", evse("E1", connector("1"), connector("2"))))
    old = stamps(body(registry, "L1"))
    clock.advance(seconds=60)
    new = backend.locations(location("L1", evse("E1", connector("1")))).published_at
    assert stamps(body(registry, "L1")) == {"": new, "E1": new, "E1/1": old["E1/1"]}


def test_a_status_inside_the_location_stamps_evse_and_location(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1"), evse("E2")))
    old = stamps(body(registry, "L1"))
    clock.advance(seconds=60)
    applied = backend.locations(location("L1", evse("E1"), evse("E2", status="CHARGING")))
    new = applied.published_at
    assert stamps(body(registry, "L1")) == {**old, "": new, "E2": new}
    assert [entry.what for entry in entries(registry)] == ["location", "status"]
    assert status(registry, "L1", "E2") == "CHARGING"


def test_an_added_evse_stamps_the_location_and_leaves_its_neighbours(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1")))
    old = stamps(body(registry, "L1"))
    clock.advance(seconds=60)
    new = backend.locations(location("L1", evse("E1"), evse("E2"))).published_at
    assert stamps(body(registry, "L1")) == {**old, "": new, "E2": new, "E2/1": new}


def test_an_evse_that_is_no_longer_listed_stays(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1"), evse("E2")), complete=False)
    assert backend.locations(location("L1", evse("E1")), complete=False).changes == 0
    assert [evse["uid"] for evse in body(registry, "L1")["evses"]] == ["E1", "E2"]


def test_an_evse_without_a_status_is_unknown(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1", status=None)))
    assert point(registry, "L1", "E1")["status"] == "UNKNOWN"
    assert "status_times" not in point(registry, "L1", "E1")


def test_a_refused_location_keeps_its_last_good_data(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1")))
    before = body(registry, "L1")
    applied = backend.locations(location("L1", evse("E1"), coordinates={"latitude": "north"}))
    assert {problem.severity for problem in applied.problems} == {Severity.REFUSED}
    assert (body(registry, "L1"), registry.held()) == (before, [])
    assert registry.problems("abc")[0]["record"] == "DE*ABC/L1"
    assert backend.locations(location("L1", evse("E1"), name="Mended")).changes == 1
    assert registry.problems("abc") == []


def test_a_refused_record_leaves_the_rest_of_the_batch(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", country="Germany"), location("L2"))
    assert (find(registry, "L1"), body(registry, "L2")["id"]) == (None, "L2")


def test_a_refused_evse_keeps_its_last_good_data(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1"), evse("E2")))
    before = point(registry, "L1", "E2")
    applied = backend.locations(location("L1", evse("E1"), evse("E2", connector(standard=None))))
    assert any(problem.severity is Severity.PARTLY for problem in applied.problems)
    assert point(registry, "L1", "E2") == before


def test_of_two_records_with_one_id_the_first_counts(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    applied = backend.locations(location("L1", name="First"), location("l1", name="Second"))
    assert body(registry, "L1")["name"] == "First"
    twice = [problem for problem in applied.problems if "twice" in problem.what]
    assert [(problem.where, "item 1" in problem.remedy) for problem in twice] == [("item 2", True)]
    before = tables(registry.engine)
    clock.advance(seconds=60)
    assert backend.again().changes == 0
    assert tables(registry.engine) == before


def test_of_two_evses_with_one_uid_the_first_counts(backend: Backend, registry: Registry) -> None:
    applied = backend.locations(location("L1", evse("E1"), evse("E1", physical_reference="2", status="CHARGING")))
    assert [evse["physical_reference"] for evse in body(registry, "L1")["evses"]] == ["1"]
    assert status(registry, "L1", "E1") == "AVAILABLE"
    assert any("uid" in problem.what or "uid" in problem.path for problem in applied.problems)


def test_a_location_that_two_sources_give_is_refused_and_both_are_named(
    backend: Backend, other: Backend, registry: Registry
) -> None:
    backend.locations(location("L1", name="Mine"))
    applied = other.locations(location("L1", name="Theirs"))
    assert body(registry, "L1")["name"] == "Mine"
    (problem,) = applied.problems
    assert problem.severity is Severity.REFUSED
    assert "`abc`" in problem.what
    assert "`other`" in problem.what


def test_a_source_whose_location_was_refused_takes_nothing_away_when_it_stops(
    backend: Backend, other: Backend, registry: Registry
) -> None:
    backend.locations(location("L1", evse("E1")))
    other.locations(location("L1", evse("E1")), location("L9", party_id="XYZ"))
    other.locations(location("L9", party_id="XYZ"))
    assert registry.held() == []
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_an_evse_id_that_two_parties_give_is_refused_and_both_are_named(
    backend: Backend, other: Backend, registry: Registry
) -> None:
    backend.locations(location("L1", evse("E1")))
    foreign = location("L9", evse("E9"), evse("E1"), party_id="XYZ")
    (problem,) = other.locations(foreign).problems
    assert [evse["uid"] for evse in body(registry, "L9", party="DE*XYZ")["evses"]] == ["E9"]
    assert problem.severity is Severity.PARTLY
    assert problem.path == "evses[1]"
    for name in ("de*abc/l1", "`abc`", "de*xyz/l9", "`other`"):
        assert name in problem.what


def test_an_evse_id_that_two_parties_of_one_batch_give_goes_to_the_first(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1")), location("L9", evse("E1"), party_id="XYZ"))
    assert status(registry, "L1", "E1") == "AVAILABLE"
    assert "evses" not in body(registry, "L9", party="DE*XYZ")


def test_a_uid_belongs_to_one_location_of_its_party(backend: Backend, registry: Registry) -> None:
    applied = backend.locations(location("L1", evse("E1")), location("L2", evse("E1", evse_id=None)))
    assert any("de*abc/l1" in problem.what for problem in applied.problems)
    assert "evses" not in body(registry, "L2")


def test_a_removed_uid_that_comes_back_is_a_finding_and_stays_removed(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1"), evse("E2", status="REMOVED")))
    clock.advance(seconds=60)
    applied = backend.locations(location("L1", evse("E1"), evse("E2", status="AVAILABLE")))
    assert status(registry, "L1", "E2") == "REMOVED"
    assert any("REMOVED" in problem.what and "E2" in problem.value for problem in applied.problems)
    assert applied.changes == 0


def test_a_removed_evse_that_is_still_listed_as_removed_is_no_finding(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1", status="REMOVED")))
    assert backend.locations(location("L1", evse("E1", status="REMOVED"), name="Named")).problems == ()


def test_the_id_of_a_removed_evse_may_go_to_a_new_uid(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(location("L1", evse("E1")))
    backend.statuses(("DE*ABC*E1", "CHARGING"))
    backend.locations(location("L1", evse("E1", status="REMOVED")))
    clock.advance(seconds=60)
    backend.locations(location("L1", evse("E1", status="REMOVED"), evse("E2", evse_id="DE*ABC*E1", status=None)))
    backend.statuses(("DE*ABC*E1", "CHARGING"))
    assert (status(registry, "L1", "E1"), status(registry, "L1", "E2")) == ("REMOVED", "CHARGING")


def test_ids_keep_their_first_writing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(location("L1", evse("E1")), complete=False)
    old = body(registry, "L1")
    clock.advance(seconds=60)
    applied = backend.locations(location("l1", evse("e1", evse_id="DE*ABC*E1")), complete=False)
    assert (applied.changes, body(registry, "L1")) == (0, old)
    backend.locations(location("l1", evse("e1", evse_id="DE*ABC*E1", status="CHARGING"), name="Named"), complete=False)
    changed = body(registry, "L1")
    assert (changed["id"], changed["evses"][0]["uid"], changed["name"]) == ("L1", "E1", "Named")


def test_every_change_is_in_the_public_changes(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1")))
    backend.locations(location("L1", evse("E1", status="CHARGING")))
    backend.locations(location("L1", evse("E1", status="CHARGING"), name="Named"))
    assert [(change["seq"], change["op"]) for change in changes(registry)] == [(1, "put"), (2, "status"), (3, "put")]
    assert changes(registry)[2]["object"] == body(registry, "L1")
