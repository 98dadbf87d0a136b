"""What a complete pull no longer has, what is held for a person, and what was explicitly withdrawn."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.errors import RegistryError
from app.model.batch import Scope
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from tests.registry.backend import DAY, HOUR, MINUTE, Backend, Body, connector, evse, key, location
from tests.registry.reading import body, changes, entries, evse_row, history_of, point, stamps, status, tables


def site(*numbers: int, id: str = "L1", **fields: str) -> Body:
    return location(id, *(evse(f"E{number}") for number in numbers), **fields)


TWENTY = tuple(range(1, 21))
WITHOUT_ONE = site(*TWENTY[1:])


def test_an_evse_missing_from_a_complete_pull_is_unknown(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY))
    old = stamps(body(registry, "L1"))
    clock.advance(seconds=60)
    applied = backend.locations(WITHOUT_ONE)
    assert (applied.changes, applied.held, registry.held()) == (1, None, [])
    gone = point(registry, "L1", "E1")
    assert (gone["status"], gone["status_detail"]) == ("UNKNOWN", {"reason": "missing"})
    new = applied.published_at
    assert stamps(body(registry, "L1")) == {**old, "": new, "E1": new}
    assert history_of(registry, "E1")[-1] == (clock.now(), "UNKNOWN", "missing")


def test_a_complete_pull_applied_twice_counts_once(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY))
    for _ in range(3):
        clock.advance(seconds=3600)
        backend.locations(WITHOUT_ONE)
        before = tables(registry.engine)
        clock.advance(seconds=60)
        backend.again()
        assert tables(registry.engine) == before
    assert evse_row(registry, "E1").missing_pulls == 3


def test_a_missing_evse_is_removed_after_three_complete_pulls_and_a_day(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY))
    for _ in range(5):
        clock.advance(seconds=3600)
        backend.locations(WITHOUT_ONE)
    assert status(registry, "L1", "E1") == "UNKNOWN", "many pulls, but no day"
    clock.advance(seconds=20 * 3600)
    backend.locations(WITHOUT_ONE)
    assert status(registry, "L1", "E1") == "REMOVED"
    assert evse_row(registry, "E1").removed
    assert backend.locations(site(*TWENTY)).problems != ()
    assert status(registry, "L1", "E1") == "REMOVED"


def test_a_day_without_three_pulls_removes_nothing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY))
    backend.locations(WITHOUT_ONE)
    clock.advance(seconds=2 * DAY / 1000)
    backend.locations(WITHOUT_ONE)
    assert status(registry, "L1", "E1") == "UNKNOWN"
    clock.advance(seconds=1)
    backend.locations(WITHOUT_ONE)
    assert status(registry, "L1", "E1") == "REMOVED"


def test_incomplete_pulls_never_take_anything_away(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY))
    for _ in range(5):
        clock.advance(seconds=DAY / 1000)
        assert backend.locations(WITHOUT_ONE, complete=False).changes == 0
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_a_missing_evse_that_is_listed_again_is_as_before(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY))
    backend.locations(WITHOUT_ONE)
    clock.advance(seconds=3600)
    backend.locations(site(*TWENTY))
    assert status(registry, "L1", "E1") == "AVAILABLE"
    row = evse_row(registry, "E1")
    assert (row.missing_since, row.missing_pulls, row.reason) == (None, 0, None)


def test_pages_that_did_not_change_are_not_missing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    sites = [site(*TWENTY), site(21, id="L2")]
    backend.locations(*sites)
    clock.advance(seconds=3600)
    applied = backend.locations(unchanged=[key(one) for one in sites])
    assert (applied.changes, registry.held(), applied.records) == (0, [], 2)


def test_pages_that_did_not_change_still_lack_the_missing_evse(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY))
    backend.locations(WITHOUT_ONE)
    for _ in range(2):
        clock.advance(seconds=DAY / 1000)
        backend.locations(unchanged=["de*abc/l1"])
    assert status(registry, "L1", "E1") == "REMOVED"


def test_a_record_that_could_not_be_read_is_not_missing(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    assert backend.locations(site(*TWENTY), seen=["de*abc/l2"]).changes == 0
    assert backend.locations(site(*TWENTY), location("L2", country="nowhere")).changes == 0
    assert registry.held() == []


def test_a_refused_evse_is_not_missing(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY))
    broken = location("L1", evse("E1", connector(standard=None)), *(evse(f"E{number}") for number in TWENTY[1:]))
    for _ in range(4):
        clock.advance(seconds=DAY / 1000)
        assert backend.locations(broken).changes == 0
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_a_missing_evse_that_is_listed_but_refused_is_no_longer_missing(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY))
    backend.locations(WITHOUT_ONE)
    broken = location("L1", evse("E1", connector(standard=None)), *(evse(f"E{number}") for number in TWENTY[1:]))
    for _ in range(4):
        clock.advance(seconds=DAY / 1000)
        backend.locations(broken)
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_a_pull_in_which_the_location_could_not_be_read_says_nothing_about_its_evses(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY))
    backend.locations(WITHOUT_ONE)
    for number in range(4):
        clock.advance(seconds=DAY / 1000)
        backend.locations(location("L1", country=f"nowhere {number}"))
        clock.advance(seconds=60)
        backend.locations(seen=["de*abc/l1"])
    assert status(registry, "L1", "E1") == "UNKNOWN"


def test_the_loss_of_more_than_a_tenth_is_held(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY))
    applied = backend.locations(site(*TWENTY[3:]))
    (held,) = registry.held()
    assert (applied.changes, applied.held, held.evses, held.keys) == (0, held.id, 3, ())
    assert "3 of 20" in held.reason
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_the_loss_of_a_location_is_held_even_if_it_is_small(backend: Backend, registry: Registry) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    applied = backend.locations(site(*TWENTY))
    (held,) = registry.held()
    assert (applied.changes, applied.held) == (0, held.id)
    assert (held.evses, held.keys) == (1, ("de*abc/l2",))
    assert status(registry, "L2", "E21") == "AVAILABLE"


def test_an_empty_inventory_is_held_whole(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    published = body(registry, "L1"), body(registry, "L2")
    clock.advance(seconds=60)
    assert backend.locations().changes == 0
    (held,) = registry.held()
    assert (held.evses, held.keys) == (21, ("de*abc/l1", "de*abc/l2"))
    assert "empty" in held.reason
    assert (body(registry, "L1"), body(registry, "L2")) == published
    clock.advance(seconds=60)
    assert backend.locations().changes == 0
    assert registry.held() == [held], "held once"


def test_what_is_held_stays_and_becomes_unknown_after_the_time_to_live(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    backend.locations(site(*TWENTY))
    clock.advance(seconds=10 * 60)
    backend.locations(site(*TWENTY))
    assert registry.tick() == 0
    clock.advance(seconds=5 * 60 + 1)
    backend.locations(site(*TWENTY))
    assert registry.tick() == 1
    assert point(registry, "L2", "E21")["status_detail"] == {"reason": "missing"}
    assert registry.tick() == 0
    clock.advance(seconds=60)
    backend.locations(site(*TWENTY), site(21, id="L2"))
    assert status(registry, "L2", "E21") == "AVAILABLE"


def test_many_held_of_a_patient_source_do_not_delay_those_of_another(
    registry: Registry, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.registry.timer.PORTION", 5)
    policies = {"abc": SourcePolicy(ttl=10 * DAY), "other": SourcePolicy(ttl=MINUTE)}
    impatient = Registry(registry.engine, clock, policies)
    patient, hasty = Backend(impatient, clock), Backend(impatient, clock, "other")
    patient.locations(site(*TWENTY))
    hasty.locations(site(21, id="L2", party_id="XYZ"))
    patient.locations()
    hasty.locations()
    clock.advance(seconds=90)
    impatient.tick()
    assert evse_row(registry, "E21").status == "UNKNOWN"
    assert evse_row(registry, "E1").status == "AVAILABLE"


def test_released_it_is_removed(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    held = backend.locations(site(*TWENTY)).held
    assert held is not None
    clock.advance(seconds=60)
    registry.release(held)
    assert status(registry, "L2", "E21") == "REMOVED"
    assert registry.held() == []
    assert backend.locations(site(*TWENTY)).changes == 0
    assert registry.held() == []


def test_discarded_it_stays_and_is_not_held_again(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    held = backend.locations(site(*TWENTY)).held
    assert held is not None
    registry.discard(held)
    for _ in range(4):
        clock.advance(seconds=DAY / 1000)
        backend.locations(site(*TWENTY))
    assert registry.held() == []
    assert status(registry, "L2", "E21") == "AVAILABLE"


def test_discarded_evses_of_a_location_stay_and_are_not_held_again(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY))
    held = backend.locations(site(*TWENTY[3:])).held
    assert held is not None
    registry.discard(held)
    for _ in range(4):
        clock.advance(seconds=DAY / 1000)
        backend.locations(site(*TWENTY[3:]))
    assert registry.held() == []
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_what_was_discarded_and_came_back_is_held_when_it_is_lost_again(backend: Backend, registry: Registry) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    held = backend.locations(site(*TWENTY)).held
    assert held is not None
    registry.discard(held)
    backend.locations(site(*TWENTY), site(21, id="L2"))
    backend.locations(site(*TWENTY))
    assert [item.keys for item in registry.held()] == [("de*abc/l2",)]


@pytest.mark.parametrize("how", ["sent again", "unchanged"])
def test_what_comes_back_by_itself_is_no_longer_held(backend: Backend, registry: Registry, how: str) -> None:
    both = site(*TWENTY), site(21, id="L2")
    backend.locations(*both)
    held = backend.locations(both[0]).held
    if how == "sent again":
        backend.locations(*both)
    else:
        backend.locations(unchanged=[key(one) for one in both])
    assert registry.held() == []
    assert held is not None
    registry.release(held)
    assert status(registry, "L2", "E21") == "AVAILABLE", "a late decision does not touch what is back"


def test_further_losses_join_what_is_held_already(backend: Backend, registry: Registry) -> None:
    sites = [site(*TWENTY), site(21, id="L2"), site(22, id="L3")]
    backend.locations(*sites)
    backend.locations(*sites[:2])
    backend.locations(*sites[:1])
    assert [(item.evses, item.keys) for item in registry.held()] == [(2, ("de*abc/l2", "de*abc/l3"))]


def test_a_decision_needs_a_number_that_is_held(backend: Backend, registry: Registry) -> None:
    with pytest.raises(RegistryError, match=r"nothing is held under number 7.*held list"):
        registry.release(7)
    with pytest.raises(RegistryError, match="nothing is held under number 7"):
        registry.discard(7)


def test_a_party_that_a_pull_does_not_speak_of_is_not_missing(backend: Backend, registry: Registry) -> None:
    backend.locations(site(*TWENTY), site(21, id="L9", party_id="XYZ"))
    backend.locations(site(*TWENTY), scope=Scope(parties=frozenset({"DE*ABC"})))
    assert registry.held() == []
    backend.locations(scope=Scope(parties=frozenset({"DE*XYZ"})))
    assert [item.keys for item in registry.held()] == [("de*xyz/l9",)]


def test_an_explicit_delete_is_believed_at_once_and_nothing_is_held(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(site(*TWENTY), site(21, id="L2"))
    backend.locations(complete=False, deleted=["de*abc/l2"])
    assert status(registry, "L2", "E21") == "REMOVED"
    before = tables(registry.engine)
    assert backend.again().changes == 0
    assert tables(registry.engine) == before
    backend.locations(site(*TWENTY))
    assert registry.held() == []


def test_a_single_evse_can_be_withdrawn(backend: Backend, registry: Registry) -> None:
    backend.locations(site(1, 2))
    backend.locations(complete=False, deleted=["de*abc/e1"])
    assert (status(registry, "L1", "E1"), status(registry, "L1", "E2")) == ("REMOVED", "AVAILABLE")


def test_a_withdrawn_location_does_not_take_an_evse_with_the_same_id_along(
    backend: Backend, registry: Registry
) -> None:
    backend.locations(location("1", evse("E1")), location("2", evse("1", evse_id=None)))
    backend.locations(complete=False, deleted=["de*abc/1"])
    assert (status(registry, "1", "E1"), status(registry, "2", "1")) == ("REMOVED", "AVAILABLE")


def test_a_source_withdraws_its_own_locations_only(backend: Backend, other: Backend, registry: Registry) -> None:
    backend.locations(site(1))
    other.locations(complete=False, deleted=["de*abc/l1"])
    assert status(registry, "L1", "E1") == "AVAILABLE"


def test_removals_are_public_changes(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(site(1, 2))
    backend.locations(complete=False, deleted=["de*abc/e1"])
    change = changes(registry)[-1]
    assert (change["op"], change["evse_uid"], change["status"]) == ("status", "E1", "REMOVED")
    assert entries(registry)[-1].received_at == clock.now()


def test_an_evse_with_a_status_source_of_its_own_is_judged_by_the_inventory(
    backend: Backend, other: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", *(evse(f"E{number}", status=None) for number in TWENTY)))
    rows = [(f"DE*ABC*E{number}", "CHARGING") for number in TWENTY]
    other.statuses(*rows)
    backend.locations(location("L1", *(evse(f"E{number}", status=None) for number in TWENTY[1:])))
    assert status(registry, "L1", "E1") == "UNKNOWN"
    clock.advance(seconds=HOUR / 1000)
    other.statuses(*rows)
    assert status(registry, "L1", "E1") == "UNKNOWN"
    backend.locations(location("L1", *(evse(f"E{number}", status=None) for number in TWENTY)))
    assert status(registry, "L1", "E1") == "CHARGING"
