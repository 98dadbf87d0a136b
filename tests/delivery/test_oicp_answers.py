"""What Hubject may answer, or fail to, and that its picture is ours in the end."""

from __future__ import annotations

import random

import pytest

from app.delivery.apart import Verdict
from app.delivery.oicp.answers import judge
from app.errors import DeliveryError, DestinationRefused
from app.http.exchange import Answer as Given
from app.registry.apply import Registry
from tests.delivery.hubject import Make, authority, changed, files, follow, hub, ours, point, post, site, theirs
from tests.formats.oicp.conftest import faults
from tests.oicp_server import SCHEMAS, Answer, Hub, acknowledgement, invalid
from tests.registry.backend import Backend

__all__ = ["authority", "faults", "files", "hub", "post"]
ONE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
IDS = ["DE*ABC*E1", "DE*ABC*E12", "DE*ABC*E2"]


def judged(answer: Answer) -> Verdict:
    return judge(Given("", answer.status, "", answer.headers, answer.body), "destination hubject", IDS)


def test_success_is_a_result_and_its_code():
    assert judged(acknowledgement("000")) == Verdict(0)


@pytest.mark.parametrize(
    "answer",
    [
        *(acknowledgement(code) for code in ("001", "002", "009", "021", "310", "320")),
        acknowledgement("001", status=500),
        Answer(200, b"<html>Maintenance</html>"),
        Answer(200),
        Answer(200, b'{"Result": false, "StatusCode": {"Code": "000"}}'),
        Answer(200, b'{"Result": true}'),
        Answer(200, b"[1]"),
        Answer(408),
        Answer(502, b"<html>Bad gateway</html>"),
    ],
)
def test_what_may_pass_is_tried_again(answer: Answer):
    with pytest.raises(DeliveryError) as caught:
        judged(answer)
    assert not isinstance(caught.value, DestinationRefused)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (acknowledgement("017", "DEABC", 401), "letter by letter"),
        (acknowledgement("210"), "active agreement"),
        (acknowledgement("300", status=404), "does not know the operator"),
        (acknowledgement("102"), "naming the Process-ID"),
        (Answer(401), "does not know our certificate"),
        (Answer(403, b"<html>Forbidden</html>"), "takes nothing from our address"),
        (Answer(404, b"<html>Not found</html>"), "Check `url`"),
        (Answer(302, b"", {"Location": "https://elsewhere.example"}), "HTTP 302"),
    ],
)
def test_what_a_person_has_to_look_at_says_what_to_do(answer: Answer, said: str):
    with pytest.raises(DestinationRefused) as caught:
        judged(answer)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (acknowledgement("022", "the data is wrong"), set()),
        (acknowledgement("022", "DEABCE12, DE*ABC*E9"), {1}),
        (acknowledgement("018", "DE*ABC*E1; de*abc*e2"), {0, 2}),
        (acknowledgement("603", "['DE*ABC*E2']"), {2}),
        (invalid([1]), {1}),
        (Answer(400, b'{"message": "Invalid"}'), set()),
        (Answer(413), set()),
    ],
)
def test_a_refusal_names_the_records_that_it_says(answer: Answer, named: set[int]):
    verdict = judged(answer)
    assert verdict.what
    assert set(verdict.named) == named


@ONE
def test_what_a_person_has_to_look_at_waits_and_says_what_to_do(post: Make, hub: Hub, backend: Backend):
    backend.locations(site("L1", point("E1")))
    hub.operators = {"DEABC": {"DE*ABC"}}
    one = post()
    one.go()
    assert one.state.word == "refused"
    assert "HTTP 401 Unauthorized, code 017: Unauthorized Access, DE*ABC (Process-ID p-1). The id in `operators`" in (
        one.state.error or ""
    )


@ONE
@pytest.mark.parametrize("code", ["001", "021"])
def test_trouble_of_the_hub_is_tried_again(post: Make, hub: Hub, backend: Backend, code: str):
    backend.locations(site("L1", point("E1")))
    hub.replies.append(acknowledgement(code, "later"))
    one = post()
    one.go()
    assert one.state.word == "retrying"
    assert f"HTTP 200 OK, code {code}: Trouble, later (Process-ID p-1)" in (one.state.error or "")
    follow(one, backend)
    assert hub.statuses() == {"DE*ABC*E1": "Available"}


@ONE
@pytest.mark.parametrize(
    "reply",
    [
        Answer(500, b"<html>oops</html>"),
        Answer(429, headers={"Retry-After": "30"}),
        Answer(500, after=True),
        Answer(after=True, delay=1.5),
    ],
)
def test_after_an_outage_the_picture_is_whole(post: Make, hub: Hub, backend: Backend, registry: Registry, reply):
    backend.locations(site("L1", point("E1")))
    one = post(timeout=1)
    follow(one, backend)
    backend.locations(site("L2", point("E2")), site("L3", point("E3")), complete=False)
    hub.replies += [reply]
    one.go()
    assert one.state.word == "retrying"
    follow(one, backend)
    assert theirs(hub) == ours(registry)
    assert (one.state.word, hub.overlaps) == ("ok", 0)
    assert not [problem for problem in one.problems() if "refused" in problem["what"]]


@ONE
def test_more_calls_than_allowed_are_answered_429_and_wait(post: Make, hub: Hub, backend: Backend):
    hub.per_minute = 2
    backend.locations(site("L1", point("E1")))
    one = post()
    follow(one, backend)
    changed(backend, "E1", "CHARGING")
    one.go()
    assert one.state.word == "retrying"
    hub.per_minute = 1000
    follow(one, backend)
    assert hub.statuses() == {"DE*ABC*E1": "Occupied"}


@ONE
def test_a_status_of_an_evse_that_the_hub_lost_brings_its_data_again(post, hub, backend, registry):
    backend.locations(site("L1", point("E1"), point("E2")))
    one = post()
    follow(one, backend)
    del hub.held["data"]["DE*ABC*E1"]
    hub.lines.clear()
    changed(backend, "E1", "CHARGING")
    follow(one, backend)
    assert hub.lines == ["status update 1 603", "data insert 1 000", "status update 1 000"]
    assert theirs(hub) == ours(registry)


@ONE
def test_what_was_taken_before_the_trouble_is_not_inserted_twice(post: Make, hub: Hub, backend: Backend):
    backend.locations(site("L1", point("E1")))
    one = post()
    follow(one, backend)
    hub.lines.clear()
    backend.locations(site("L2", point("E2")), complete=False)
    hub.replies += [None, Answer(500)]
    one.go()
    assert (hub.lines, one.state.word) == (["data insert 1 000"], "retrying")
    follow(one, backend)
    assert hub.lines == ["data insert 1 000", "data update 1 000", "status insert 1 000"]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_the_hub_ends_with_our_picture(post, hub, backend, registry, faults, seed):
    chance = random.Random(seed)
    names = {f"L{n}": "Markt" for n in range(4)}
    sites = {f"L{n}": {f"E{n}{k}": "AVAILABLE" for k in range(3)} for n in range(4)}
    hidden: set[str] = set()
    one = post(records=3)
    for step in range(25):
        for _ in range(chance.randrange(3)):
            where = chance.choice(list(sites))
            uid = chance.choice(list(sites[where]))
            what = chance.choice(["status", "status", "remove", "hide", "more", "rename"])
            if what == "status":
                sites[where][uid] = chance.choice(["AVAILABLE", "CHARGING", "UNKNOWN", "OUTOFORDER"])
            elif what == "remove" and len(sites[where]) > 1:
                sites[where][uid] = "REMOVED"
            elif what == "hide":
                hidden ^= {where}
            elif what == "rename":
                names[where] = f"Markt {step}"
            elif what == "more":
                sites[where][f"{where.replace('L', 'E')}N{step}"] = "AVAILABLE"
        backend.clock.advance(seconds=60)
        backend.locations(
            *(
                site(
                    id_,
                    *(point(uid, status=status) for uid, status in evses.items()),
                    name=names[id_],
                    publish=id_ not in hidden,
                )
                for id_, evses in sites.items()
            )
        )
        if chance.random() < 0.3:
            trouble = [Answer(500), Answer(500, after=True), acknowledgement("001"), Answer(429), Answer(200, b"<p>")]
            hub.replies += [None] * chance.randrange(3) + [chance.choice(trouble)]
        if chance.random() < 0.2:
            one = post(records=3)  # a restart
        one.go()
    hub.replies.clear()
    follow(one, backend)
    assert theirs(hub) == ours(registry)
    assert hub.overlaps == 0
    assert [fault for name, message in hub.messages for fault in faults(SCHEMAS[name], message)] == []
