"""Pushing to Hubject: in order, no more than needed, prices where they are exact, and no load that erases the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.errors import DestinationRefused
from app.registry.apply import Registry
from tests.certificates import Authority
from tests.delivery.hubject import (
    ABC,
    CARD,
    Make,
    again,
    authority,
    changed,
    files,
    follow,
    hub,
    ours,
    point,
    post,
    resume,
    site,
    theirs,
)
from tests.formats.oicp.conftest import faults
from tests.oicp_server import SCHEMAS, Answer, Hub
from tests.registry.backend import Backend, connector, evse, tariff

__all__ = ["authority", "faults", "files", "hub", "post"]
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

PRICED = {"default_price": "0.49", "currency": "EUR", "unit": "kWh", "power": 150}


def test_everything_is_loaded_once_data_before_statuses(post: Make, hub: Hub, backend: Backend, registry: Registry):
    backend.locations(site("L1", point("E1"), point("E2")), site("L2", point("E3")))
    one = post()
    follow(one, backend)
    assert hub.lines == ["data fullLoad 3 000", "status fullLoad 3 000"]
    assert theirs(hub) == ours(registry)
    assert (one.state.word, one.standing.due) == ("ok", 0)


def test_just_what_changed_is_sent_new_then_changed_then_gone(post: Make, hub: Hub, backend: Backend, registry):
    first, second = site("L1", point("E1")), site("L2", point("E2"), point("E3"))
    backend.locations(first, second)
    one = post()
    follow(one, backend)
    hub.lines.clear()
    changed(backend, "E3", "CHARGING")
    follow(one, backend)
    assert hub.lines == ["status update 1 000"]
    hub.lines.clear()
    backend.locations({**first, "name": "Markt"}, {**second, "publish": False}, site("L4", point("E4")))
    follow(one, backend)
    assert hub.lines == [
        "data insert 1 000",
        "data update 1 000",
        "status insert 1 000",
        "status delete 2 000",
        "data delete 2 000",
    ]
    assert theirs(hub) == ours(registry)


def test_a_source_that_went_silent_is_unknown_and_a_point_that_is_removed_is_deleted(post, hub, backend):
    whole = site("L1", point("E1"), point("E2"))
    backend.locations(whole)
    one = post()
    follow(one, backend)
    changed(backend, "E1", "UNKNOWN")
    backend.locations(site("L1", point("E1", status=None), point("E2", status="REMOVED")))
    follow(one, backend)
    assert hub.statuses() == {"DE*ABC*E1": "Unknown"}
    assert hub.held["data"].keys() == {"DE*ABC*E1"}


def test_statuses_are_coalesced_while_the_hub_is_down(post: Make, hub: Hub, backend: Backend):
    backend.locations(site("L1", point("E1")))
    one = post(retry_wait=3600, longest_wait=7200)
    follow(one, backend)
    hub.lines.clear()
    hub.replies += [Answer(500, b"<html>oops</html>")]
    for status in ("CHARGING", "OUTOFORDER", "AVAILABLE", "CHARGING"):
        changed(backend, "E1", status)
        one.go()
    follow(one, backend)
    assert hub.lines == ["status update 1 000"]
    assert hub.statuses() == {"DE*ABC*E1": "Occupied"}


def test_batches_hold_no_more_records_than_told(post: Make, hub: Hub, backend: Backend):
    backend.locations(site("L0", point("E0")))
    one = post(records=4)
    follow(one, backend)
    hub.lines.clear()
    backend.locations(site("L1", *(point(f"E{number}") for number in range(1, 11))), complete=False)
    follow(one, backend)
    sizes = [line.rpartition(" ")[0] for line in hub.lines]
    assert sizes == [*(f"data insert {n}" for n in (4, 4, 2)), *(f"status insert {n}" for n in (4, 4, 2))]


@pytest.mark.parametrize(("how", "told"), [("named", "hotlinePhoneNumber: no such number"), ("hidden", "code 022")])
@pytest.mark.parametrize("loads", [True, False])
def test_a_bad_record_is_named_and_the_others_are_there(post, hub, backend, registry, how, told, loads):
    good, bad = site("L1", point("E1"), point("E3")), site(how, point("E2"))
    if not loads:
        backend.locations(good)
    one = post()
    if not loads:
        follow(one, backend)
    backend.locations(good, bad)
    if loads and how == "hidden":  # a load cannot be taken apart
        one.go()
        assert one.state.word == "refused"
        assert "code 022" in (one.state.error or "")
        return
    follow(one, backend)
    assert sorted(hub.statuses()) == ["DE*ABC*E1", "DE*ABC*E3"]
    (problem,) = [problem for problem in one.problems() if "refused" in problem["what"]]
    assert problem["what"].startswith("EVSE data of DE*ABC*E2 refused: ")
    assert told in problem["what"]
    assert one.state.word == "ok"
    hub.lines.clear()
    changed(backend, "E1", "CHARGING")
    follow(one, backend)
    assert hub.lines == ["status update 1 000"]


def test_a_load_that_would_erase_the_network_waits_for_a_person(post: Make, hub: Hub, backend: Backend):
    whole = [site(f"L{number}", point(f"E{number}")) for number in range(10)]
    backend.locations(*whole)
    one = post()
    follow(one, backend)
    hub.lines.clear()
    hidden = [{**one, "publish": False} for one in whole[:3]]
    backend.locations(*hidden, *whole[3:])
    again = post(url=f"{hub.url}/")  # the same hub
    assert again.destination.target() == one.destination.target()
    moved = post(operators=[ABC, {"id": "DE*XYZ", "name": "XYZ"}])
    moved.go()
    assert hub.lines == []
    assert moved.state.word == "refused"
    said = "full load of DE*ABC held back: 7 EVSEs, where 10 were and `full_load_least` is 1"
    assert said in (moved.state.error or "")
    assert "`chargefeed destinations resume hubject`" in (moved.state.error or "")
    backend.clock.advance(seconds=3600)
    moved.go()
    assert hub.lines == []
    resume(moved)
    follow(moved, backend)
    assert hub.lines == ["data fullLoad 7 000", "status fullLoad 7 000"]


def test_a_first_load_has_as_many_evses_as_told_and_is_never_empty(post: Make, hub: Hub, backend: Backend):
    one = post(full_load_least=2)
    one.go()
    backend.locations(site("L1", point("E1")))
    one.go()
    assert (hub.lines, one.state.word) == ([], "refused")
    backend.clock.advance(seconds=3600)
    backend.locations(site("L1", point("E1")), site("L2", point("E2")))
    follow(one, backend)
    assert hub.lines == ["data fullLoad 2 000", "status fullLoad 2 000"]


def test_of_an_operator_with_no_evses_nothing_is_erased_by_a_load(post: Make, hub: Hub, backend: Backend):
    hub.operators = {"DE*ABC": {"DE*ABC"}, "DE*XYZ": {"DE*XYZ"}}
    both = [ABC, {"id": "DE*XYZ", "name": "XYZ"}]
    theirs = site("L2", point("E2", evse_id="DE*XYZ*E2"))
    backend.locations(site("L1", point("E1")), theirs)
    follow(post(operators=both), backend)
    backend.locations(site("L1", point("E1")), {**theirs, "publish": False})
    one = post(operators=[*both, {"id": "DE*NEW", "name": "New"}])
    one.go()
    assert "full load of DE*XYZ held back: 0 EVSEs, where 1 were" in (one.state.error or "")
    hub.lines.clear()
    resume(one)
    follow(one, backend)
    assert hub.lines == ["data fullLoad 1 000", "status fullLoad 1 000", "status delete 1 000", "data delete 1 000"]


def test_what_oicp_can_no_longer_say_stays_as_it_was_with_its_statuses(post: Make, hub: Hub, backend: Backend):
    backend.locations(site("L1", point("E1")))
    one = post()
    follow(one, backend)
    before = dict(hub.held["data"])
    backend.locations(site("L1", point("E1"), help_phone=None))
    changed(backend, "E1", "CHARGING")
    follow(one, backend)
    assert (hub.held["data"], hub.statuses()) == (before, {"DE*ABC*E1": "Occupied"})
    (problem,) = [problem for problem in one.problems() if problem["severity"] == "partly"]
    assert (problem["path"], problem["remedy"]) == ("help_phone", "Fill it in in the backend or in the overlay")
    again(one)
    follow(one, backend)
    assert hub.lines[-2:] == ["data fullLoad 1 000", "status fullLoad 1 000"]
    assert hub.held["data"] == before


def test_calls_of_an_operation_keep_to_its_limit(post: Make, hub: Hub, backend: Backend):
    backend.locations(site("L1", point("E1")))
    one = post(records=1, limits={"evse_data": 100_000, "evse_status": 600})
    follow(one, backend)
    hub.asked.clear()
    backend.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    follow(one, backend)
    changed(backend, "E1", "AVAILABLE")
    follow(one, backend)
    first, second = hub.asked
    assert second - first > 0.05


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "http://hubject.example"}, "https"),
        ({"operators": []}, "at least 1"),
        ({"operators": [ABC, {**ABC, "id": "DEABC"}]}, "named twice: DEABC"),
        ({"operators": [{**ABC, "id": "ABC"}]}, "operators.0.id"),
        ({"parallel": 2}, "parallel"),
    ],
)
def test_settings_that_hubject_would_refuse_are_refused(post: Make, settings: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said):
        post(**settings)


def test_an_evse_that_moves_to_another_location_stays(post: Make, hub: Hub, backend: Backend, registry: Registry):
    backend.locations(site("L1", point("E1"), point("E2")), site("L2", point("E3")))
    one = post()
    follow(one, backend)
    moved = point("E9", evse_id="DE*ABC*E2")
    backend.locations(site("L1", point("E1"), point("E2", status="REMOVED")), site("L2", point("E3"), moved))
    follow(one, backend)
    assert theirs(hub) == ours(registry)


def test_each_operator_has_its_own_calls_and_others_are_reported(post: Make, hub: Hub, backend: Backend):
    hub.operators = {"DE*ABC": {"DE*ABC", "DE*SUB"}, "+49*536": {"+49*53"}}
    ids = {"E1": "DE*ABC*E1", "E2": "DE*SUB*E2", "E3": "+49*536*003", "E4": "DE*XYZ*E4"}
    backend.locations(*(site(uid, point(uid, evse_id=id_)) for uid, id_ in ids.items()))
    operators = [{**ABC, "acts_for": ["DE*SUB"]}, {"id": "+49*536", "name": "Old"}]
    one = post(operators=operators)
    follow(one, backend)
    assert hub.held["data"].keys() == {"DE*ABC*E1", "DE*SUB*E2", "+49*536*003"}
    senders = [message["OperatorEvseData"]["OperatorID"] for name, message in hub.messages if name == "data"]
    assert senders == ["DE*ABC", "+49*536"]
    (problem,) = [problem for problem in one.problems() if problem["severity"] == "partly"]
    assert "DE*XYZ*E4" in problem["what"]
    assert "acts_for" in problem["remedy"]


def test_a_price_goes_where_it_can_be_said_exactly_and_else_that_is_said(post: Make, hub: Hub, backend: Backend):
    exact = tariff("T1", type=None, tax_included="NO")
    both = [{"price_components": [{"type": kind, "price": 1, "step_size": 1} for kind in ("ENERGY", "TIME")]}]
    backend.tariffs(exact, tariff("T2", type=None, tax_included="NO", elements=both), tariff("T3"))
    backend.locations(
        *(site(f"L{n}", evse(f"E{n}", connector(tariff_ids=[f"T{n}"]), **CARD)) for n in (1, 2, 3)),
    )
    one = post(pricing=PRICED)
    follow(one, backend)
    assert hub.held["products"].keys() == {"T1"}
    assert hub.held["prices"] == {"DE*ABC*E1": {"EvseID": "DE*ABC*E1", "ProviderID": "*", "EvseIDProductList": ["T1"]}}
    reasons = {(problem["record"], problem["what"].partition(":")[0]) for problem in one.problems()}
    assert ("de*abc/l2", "a product has one base price") in reasons
    assert ("de*abc/t3", "just prices for roaming go to a hub") in reasons
    hub.lines.clear()
    backend.locations(site("L1", evse("E1", **CARD)), complete=False)
    backend.tariffs(tariff("T1", type="REGULAR"), complete=False)
    follow(one, backend)
    assert hub.held["prices"] == hub.held["products"] == {}
    assert hub.lines[-2:] == ["prices delete 1 000", "products delete 1 000"]


def test_requests_are_valid_by_the_official_description(post: Make, hub: Hub, backend: Backend, faults):
    backend.tariffs(tariff("T1", type=None, tax_included="NO"))
    priced = evse("E1", connector(tariff_ids=["T1"]), **CARD)
    backend.locations(site("L1", priced))
    one = post(pricing=PRICED)
    follow(one, backend)
    backend.locations(site("L1", priced, name="Markt"), site("L2", point("E2")))
    follow(one, backend)
    backend.locations(site("L1", priced, publish=False), site("L2", point("E2")))
    follow(one, backend)
    assert {(name, message["ActionType"]) for name, message in hub.messages} >= {
        *(("data", action) for action in ("fullLoad", "insert", "update", "delete")),
        *(("status", action) for action in ("fullLoad", "insert", "delete")),
        *(("prices", action) for action in ("insert", "delete")),
        ("products", "insert"),
    }
    assert [fault for name, message in hub.messages for fault in faults(SCHEMAS[name], message)] == []


def test_what_hubject_scores_is_said_with_what_to_do(post: Make, hub: Hub, backend: Backend):
    backend.locations(site("L1", evse("E1", connector(max_voltage=400), **CARD)))
    one = post()
    follow(one, backend)
    found = {problem.get("path"): problem for problem in one.problems() if problem["rule"].startswith("Hubject")}
    assert found["ChargingFacilities[0].Voltage"]["where"] == "DE*ABC*E1"
    assert "230 V" in found["ChargingFacilities[0].Voltage"]["remedy"]
    changed(backend, "E1", "CHARGING")
    follow(one, backend)
    assert "ChargingFacilities[0].Voltage" in {problem.get("path") for problem in one.problems()}


def test_check_sends_nothing_and_says_whom_we_are(post: Make, hub: Hub, authority: Authority, files: Path):
    assert "CN=DE*ABC" in post().destination.check()
    assert "pushes for DE*ABC (ABC Laden)" in post().destination.check()
    assert hub.messages == []
    stranger = Authority("Somebody").issue("DE*ABC").write(files / "stranger.pem")
    with pytest.raises(DestinationRefused, match="refuses our certificate"):
        post(certificate=stranger).destination.check()
