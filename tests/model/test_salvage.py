from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.model.canonical import static_body
from app.model.location import Location
from app.model.problem import Severity
from app.model.pruning import path_text
from app.model.salvage import salvage
from tests.objects import location


def places(value, path=()):
    """Every field and item of a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield (*path, step)
        yield from places(item, (*path, step))


PLACES = sorted(places(location()), key=str)


def struck_evses(place):
    """uids of the EVSEs that a defect at the place may cost."""
    return {f"evse-{place[1] + 1}"} if place[0] == "evses" else set()


def with_value(place, value):
    body = location()
    target = body
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value(target[place[-1]]) if callable(value) else value
    return body


def unfit(value):
    """Something that no rule lets pass in the place of the value."""
    return "x" * 600 if isinstance(value, dict | list) else {"no": "such thing"}


@given(place=st.sampled_from(PLACES))
def test_a_defect_anywhere_costs_no_other_evse_and_is_named(place):
    read = salvage(Location, with_value(place, unfit))
    path = path_text(place)
    assert any(path.startswith(problem.path) or problem.path.startswith(path) for problem in read.problems)
    if read.model is None:
        assert place == ("evses",) or place[0] != "evses", "a defect in an EVSE costs the location"
    else:
        assert {"evse-1", "evse-2"} - {evse.uid for evse in read.model.evses} <= struck_evses(place)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["id", "uid", "x"]), below, max_size=3),
    max_leaves=5,
)


@given(place=st.sampled_from(PLACES), garbage=JSON)
def test_whatever_stands_anywhere_nothing_is_raised_and_the_rest_is_read(place, garbage):
    read = salvage(Location, with_value(place, garbage))
    if read.model is None:
        assert place == ("evses",) or place[0] != "evses"
        assert any(problem.severity is Severity.REFUSED for problem in read.problems)
    else:
        static_body(read.model, frozenset({"x"}))
        left = {evse.uid for evse in read.model.evses}
        assert place == ("evses",) or {"evse-1", "evse-2"} - left <= struck_evses(place)


def test_paths_name_places_in_the_object_as_it_came():
    body = location()
    body["evses"].insert(0, {"uid": "bad"})
    body["evses"][1]["floor_level"] = "second floor"
    read = salvage(Location, body)
    assert [problem.path for problem in read.problems] == ["evses[0].connectors", "evses[1].floor_level"]
    assert read.left_out == (("evses", 0), ("evses", 1, "floor_level"))
    assert read.origin(("evses", 0, "status")) == ("evses", 1, "status")


def test_what_hangs_on_a_part_left_out_goes_with_it_and_is_named_too():
    body = location()
    del body["parking_places"][0]["vehicle_types"]
    read = salvage(Location, body)
    assert [problem.path for problem in read.problems] == ["parking_places[0].vehicle_types", "evses[0].parking[0]"]
    assert read.model.evses[0].parking == []


def test_an_evse_without_a_sound_connector_is_left_out():
    body = location()
    body["evses"][0]["connectors"][0]["format"] = "?"
    read = salvage(Location, body)
    assert [evse.uid for evse in read.model.evses] == ["evse-2"]
    assert [problem.path for problem in read.problems][:2] == ["evses[0].connectors[0].format", "evses[0].connectors"]


def test_every_missing_field_is_named():
    body = location()
    body["evses"][0]["connectors"][0] = {"id": "1"}
    missing = {problem.path for problem in salvage(Location, body).problems}
    assert {f"evses[0].connectors[0].{name}" for name in ("standard", "format", "power_type", "max_voltage")} <= missing


def test_evses_that_are_no_list_cost_the_location_so_that_none_seems_to_be_gone():
    for garbage in ("many", {"no": "such thing"}, 3):
        assert salvage(Location, {**location(), "evses": garbage}).model is None
    assert salvage(Location, {**location(), "evses": []}).model.evses == []


def test_what_is_no_object_is_refused():
    for value in (None, [], "text", 3):
        assert salvage(Location, value).model is None
