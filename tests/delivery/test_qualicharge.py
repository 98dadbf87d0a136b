"""Pushing to QualiCharge: tokens, batches, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from app.clock import ManualClock
from app.delivery.qualicharge.destination import QualiCharge
from app.delivery.qualicharge.plan import Wording
from app.delivery.qualicharge.settings import QualiChargeSettings
from app.errors import DestinationRefused
from app.formats.base import Context
from app.model.identifiers import compare_key
from app.model.loss import Loss
from app.registry.apply import Registry
from tests.delivery.conftest import Post
from tests.qualicharge_server import Answer
from tests.qualicharge_server import Registry as Server
from tests.registry.backend import Backend, evse, location

Make = Callable[..., Post]
WORDS = {"AVAILABLE": "libre", "CHARGING": "occupe"}


class Said(NamedTuple):
    objects: list[dict[str, Any]]
    losses: list[Loss]


def served(body: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    points = [point for point in body["evses"] if point["status"] in WORDS]
    return [(compare_key(point["evse_id"]).upper(), point) for point in points]


def statics(body: Mapping[str, Any], context: Context) -> Said:
    rows = [
        {"id_pdc_itinerance": id_, "nom_station": body.get("name"), "repere": point.get("physical_reference")}
        for id_, point in served(body)
    ]
    return Said(rows, [Loss("owner", "nom_amenageur missing")] if body["id"] == "L9" else [])


def statuses(body: Mapping[str, Any], context: Context) -> Said:
    rows = [
        {"id_pdc_itinerance": id_, "occupation_pdc": WORDS[point["status"]], "horodatage": point["last_updated"]}
        for id_, point in served(body)
    ]
    return Said(rows, [])


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def post(registry: Registry, clock: ManualClock, server: Server) -> Make:
    """Makes one that pushes to the server; arguments are settings."""

    def make(**settings: Any) -> Post:
        given = {
            "name": "qualicharge",
            "url": server.url,
            "username": "abc",
            "password": "s3cret",
            "user_agent": "ABC Charging",
            "countries": [],
            "pause": 0,
            **settings,
        }
        found = QualiChargeSettings.model_validate(given)
        return Post(registry, QualiCharge(found, clock, Wording(statics, statuses)))

    return make


def changed(backend: Backend, point: str, status: str) -> None:
    backend.clock.advance(seconds=60)
    backend.statuses((f"DE*ABC*{point}", status), complete=False)


def bad(uid: str, how: str) -> dict[str, Any]:
    return evse(uid, physical_reference=how)


def test_static_facts_go_first_then_statuses_each_in_one_batch(post: Make, server: Server, backend: Backend):
    backend.locations(location("L1", evse("E1"), evse("E2")), location("L2", evse("E3")))
    one = post()
    one.go()
    one.go()
    assert server.lines == ["POST /auth/token 200", "POST /statique/bulk 3 201", "POST /dynamique/status/bulk 3 201"]
    assert server.latest() == dict.fromkeys(["DEABCE1", "DEABCE2", "DEABCE3"], "libre")
    assert server.agents == {"ABC Charging"}
    assert (one.state.word, one.standing.due) == ("ok", 0)


def test_a_status_that_changed_is_sent_alone(post: Make, server: Server, backend: Backend):
    backend.locations(location("L1", evse("E1"), evse("E2")))
    one = post()
    one.go()
    server.lines.clear()
    changed(backend, "E2", "CHARGING")
    one.go()
    assert server.lines == ["POST /dynamique/status/bulk 1 201"]
    assert server.latest()["DEABCE2"] == "occupe"


def test_batches_are_no_larger_than_allowed(post: Make, server: Server, backend: Backend):
    server.batch_size = 4
    backend.locations(location("L1", *(evse(f"E{number}") for number in range(10))))
    post(batch_size=4).go()
    sizes = [line.split()[2:] for line in server.lines if "bulk" in line]
    assert sizes == [["4", "201"], ["4", "201"], ["2", "201"]] * 2


@pytest.mark.parametrize(("how", "told"), [("named", "puissance_nominale: too small"), ("hidden", "Inconsistent")])
def test_one_bad_row_is_reported_and_the_others_are_delivered(post, server, backend, how, told):
    backend.locations(location("L1", evse("E1"), bad("E2", how), evse("E3")), location("L2", evse("E4")))
    one = post()
    one.go()
    assert sorted(server.latest()) == ["DEABCE1", "DEABCE3", "DEABCE4"]
    (problem,) = one.problems()
    assert (problem["record"], problem["severity"]) == ("de*abc/l1", "partly")
    assert "DEABCE2" in problem["what"]
    assert told in problem["what"]
    assert (one.state.word, one.standing.due) == ("ok", 0)


def test_what_was_refused_is_tried_again_when_it_changes_and_stays_reported_until_then(post, server, backend):
    backend.locations(location("L1", evse("E1"), bad("E2", "named")))
    one = post()
    one.go()
    server.lines.clear()
    changed(backend, "E1", "CHARGING")
    one.go()
    assert server.lines == ["POST /dynamique/status/bulk 1 201"]
    assert len(one.problems()) == 1
    backend.locations(location("L1", evse("E1"), evse("E2")))
    one.go()
    assert "DEABCE2" in server.points
    assert one.problems() == []


def test_a_location_of_which_nothing_is_taken_is_refused(post: Make, server: Server, backend: Backend):
    backend.locations(location("L1", bad("E1", "named")), location("L2", evse("E2")))
    one = post()
    one.go()
    assert (one.standing.refused, one.standing.due) == (1, 0)
    assert [outcome.word for outcome in one.told] == ["refused", "delivered"]
    assert server.latest() == {"DEABCE2": "libre"}


def test_what_the_format_leaves_out_is_reported(post: Make, server: Server, backend: Backend):
    backend.locations(location("L9", evse("E1")))
    one = post()
    one.go()
    assert [problem["what"] for problem in one.problems()] == ["nom_amenageur missing"]


def test_a_point_that_is_gone_is_decommissioned_and_comes_back(post: Make, server: Server, backend: Backend):
    whole = location("L1", evse("E1"), evse("E2"))
    backend.locations(whole)
    one = post()
    one.go()
    backend.locations({**whole, "publish": False})
    one.go()
    assert server.gone == {"DEABCE1", "DEABCE2"}
    backend.clock.advance(seconds=60)
    backend.locations({**whole, "name": "Markt"})
    one.go()
    assert server.gone == set()
    assert server.points["DEABCE1"]["nom_station"] == "Markt"
    assert one.standing.due == 0


def test_the_token_is_kept_and_renewed_before_it_ends(post: Make, server: Server, backend: Backend, clock):
    backend.locations(location("L1", evse("E1")))
    one = post()
    one.go()
    changed(backend, "E1", "CHARGING")
    one.go()
    assert len(server.tokens) == 1
    clock.advance(seconds=29 * 60)
    changed(backend, "E1", "AVAILABLE")
    one.go()
    assert len(server.tokens) == 2
    assert not [line for line in server.lines if line.endswith("401")]


def test_a_token_that_is_refused_early_is_renewed_once(post: Make, server: Server, backend: Backend):
    backend.locations(location("L1", evse("E1")))
    one = post()
    one.go()
    server.valid = "another"
    changed(backend, "E1", "CHARGING")
    one.go()
    assert server.latest() == {"DEABCE1": "occupe"}
    assert len(server.tokens) == 2


def test_a_wrong_password_is_a_matter_for_a_person(post: Make, server: Server, backend: Backend):
    backend.locations(location("L1", evse("E1")))
    one = post(password="wrong")
    one.go()
    assert one.state.word == "refused"
    assert "Check `username` and `password`" in (one.state.error or "")
    assert "wrong" not in (one.state.error or "")
    with pytest.raises(DestinationRefused):
        one.destination.check()
    assert post().destination.check() == "HTTP 200 OK to abc"


@pytest.mark.parametrize("reply", [Answer(503), Answer(429, headers={"Retry-After": "30"}), Answer(500)])
@pytest.mark.parametrize("after", [0, 1])
def test_after_an_outage_everything_is_there_once(post: Make, server: Server, backend: Backend, clock, reply, after):
    server.replies += [None] * after + [reply]
    backend.locations(location("L1", evse("E1")), location("L2", evse("E2")))
    one = post()
    one.go()
    assert one.state.word == "retrying"
    clock.advance(seconds=600)
    while one.standing.due:
        one.go()
    assert server.latest() == {"DEABCE1": "libre", "DEABCE2": "libre"}
    assert len(server.statuses) == 2
    assert one.state.word == "ok"


def test_a_status_whose_answer_was_lost_counts_as_there(post: Make, server: Server, backend: Backend, clock):
    backend.locations(location("L1", evse("E1"), evse("E2")))
    server.replies += [None, Answer(500, after=True)]
    one = post()
    one.go()
    assert (one.state.word, len(server.statuses)) == ("retrying", 2)
    clock.advance(seconds=600)
    one.go()
    assert "POST /dynamique/status/bulk 2 409" in server.lines
    assert (one.state.word, one.standing.due, one.problems()) == ("ok", 0, [])
    assert len(server.statuses) == 2
