"""What an OCPI receiver is told, and in which words."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError

from app.clock import ManualClock, format_time
from app.delivery.demands import load_demands
from app.delivery.ocpi_push.settings import OcpiPushSettings
from app.errors import ConfigError, DestinationRefused
from app.registry.apply import Registry
from tests.delivery.conftest import MakePost
from tests.delivery.reading import said, unstamped
from tests.ocpi_receiver import Receiver
from tests.registry.backend import MINUTE, Backend, connector, evse, location, tariff


def holds(receiver: Receiver):
    return unstamped(receiver.shown())


@pytest.fixture
def site(backend: Backend, clock: ManualClock):
    """Two EVSEs at L1, with a tariff; after it the clock has moved."""
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"])), evse("E2")))
    clock.advance(seconds=60)
    return backend


def test_all_that_is_public_is_brought_there_once(post: MakePost, receiver: Receiver, backend: Backend):
    backend.tariffs(tariff("T1"), tariff("T2", type="REGULAR"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))), location("L2", publish=False))
    one = post()
    one.go()
    assert receiver.lines() == ["PUT /tariffs/DE/ABC/T1", "PUT /locations/DE/ABC/L1"]
    assert holds(receiver) == said(backend.registry)
    one.go()
    assert len(receiver.requests) == 2
    assert one.state.word == "ok"
    assert receiver.violations == []


def test_a_status_is_patched_and_nothing_else_is_sent(post: MakePost, receiver: Receiver, site: Backend):
    one = post()
    one.go()
    receiver.requests.clear()
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    one.go()
    (request,) = receiver.requests
    assert request.line == "PATCH /locations/DE/ABC/L1/E1"
    assert request.body == {"status": "CHARGING", "last_updated": format_time(site.clock.now())}
    assert receiver.evse("L1", "E1")["status"] == "CHARGING"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda e1, e2: location("L1", e1, e2, name="Markt"), ["PUT /locations/DE/ABC/L1"]),
        (lambda e1, e2: location("L1", e1, e2, evse("E3")), ["PUT /locations/DE/ABC/L1/E3"]),
        (lambda e1, e2: location("L1", e1, {**e2, "floor_level": "-1"}), ["PUT /locations/DE/ABC/L1/E2"]),
        (
            lambda e1, e2: location("L1", e1, {**e2, "connectors": [connector(max_amperage=16)]}),
            ["PUT /locations/DE/ABC/L1/E2/1"],
        ),
        (
            lambda e1, e2: location("L1", e1, {**e2, "connectors": [connector(), connector("2")]}),
            ["PUT /locations/DE/ABC/L1/E2"],
        ),
        (lambda e1, e2: location("L1", e1, e2, help_phone="+49 30 1234"), []),
    ],
    ids=["location", "new EVSE", "EVSE", "connector", "new connector", "what 2.2.1 cannot say"],
)
def test_a_change_is_told_by_the_smallest_message_that_says_it(post, receiver, site, change, lines):
    one = post()
    one.go()
    receiver.requests.clear()
    site.locations(change(evse("E1", connector(tariff_ids=["T1"])), evse("E2")))
    one.go()
    assert receiver.lines() == lines
    assert holds(receiver) == said(site.registry)
    assert one.standing.due == 0


def test_many_changes_of_one_location_are_one_message(post: MakePost, receiver: Receiver, backend: Backend):
    backend.locations(location("L1", *(evse(f"E{number}") for number in range(20))))
    one = post()
    one.go()
    receiver.requests.clear()
    backend.statuses(*((f"DE*ABC*E{number}", "CHARGING") for number in range(20)))
    one.go()
    assert receiver.lines() == ["PUT /locations/DE/ABC/L1"]
    assert holds(receiver) == said(backend.registry)


def test_an_evse_that_is_gone_is_told_as_removed(post: MakePost, receiver: Receiver, site: Backend):
    one = post()
    one.go()
    receiver.requests.clear()
    site.statuses(("DE*ABC*E2", "REMOVED"), complete=False)
    one.go()
    assert [(request.method, request.body["status"]) for request in receiver.requests] == [("PATCH", "REMOVED")]


def test_a_tariff_is_deleted_when_no_location_names_it_any_more(
    post: MakePost, receiver: Receiver, site: Backend, registry: Registry
):
    one = post()
    one.go()
    receiver.requests.clear()
    site.tariffs(tariff("T1", type="REGULAR"))
    one.go()
    assert receiver.lines() == ["PUT /locations/DE/ABC/L1/E1/1", "DELETE /tariffs/DE/ABC/T1"]
    assert holds(receiver) == said(registry)
    assert receiver.violations == []


def test_a_tariff_that_is_deleted_already_is_no_failure(post: MakePost, receiver: Receiver, backend: Backend):
    backend.tariffs(tariff("T1"))
    one = post()
    one.go()
    receiver.objects.clear()
    backend.tariffs(tariff("T1", type="REGULAR"))
    one.go()
    assert (one.standing.due, one.standing.noted) == (0, 0)


def test_a_location_that_is_hidden_is_told_as_not_to_be_published(post, receiver, site):
    one = post()
    one.go()
    receiver.requests.clear()
    site.locations(location("L1", evse("E1"), evse("E2"), publish=False))
    one.go()
    (request,) = receiver.requests
    assert request.line == "PATCH /locations/DE/ABC/L1"
    assert request.body == {"publish": False, "last_updated": format_time(site.clock.now())}
    site.locations(location("L1", evse("E1"), evse("E2")))
    one.go()
    assert receiver.lines()[1:] == ["PUT /locations/DE/ABC/L1"]
    assert holds(receiver) == said(site.registry)


def test_what_changed_while_a_location_was_hidden_is_told_although_nobody_saw_it(post, receiver, site):
    one = post()
    one.go()
    site.locations(location("L1", evse("E1"), evse("E2"), publish=False))
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    site.locations(location("L1", evse("E1", status=None), evse("E2", status=None)))
    one.go()
    assert holds(receiver) == said(site.registry)
    assert receiver.evse("L1", "E1")["status"] == "CHARGING"


def test_in_2_1_1_a_location_that_is_hidden_loses_all_its_evses(post, receiver, site):
    receiver.version = "2.1.1"
    one = post(version="2.1.1")
    one.go()
    assert holds(receiver) == said(site.registry, "2.1.1")
    receiver.requests.clear()
    site.locations(location("L1", evse("E1"), evse("E2"), publish=False))
    one.go()
    assert receiver.lines() == [f"PATCH /locations/DE/ABC/L1/{uid}" for uid in ("E1", "E2")]
    assert {request.body["status"] for request in receiver.requests} == {"REMOVED"}
    assert receiver.violations == []


def test_in_2_1_1_the_tariff_that_begins_is_told_when_it_begins(
    post: MakePost, receiver: Receiver, backend: Backend, clock: ManualClock, registry: Registry
):
    switch = format_time(clock.now() + 10 * MINUTE)
    backend.tariffs(tariff("OLD", end_date_time=switch), tariff("NEW", start_date_time=switch))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["OLD", "NEW"]))))
    receiver.version = "2.1.1"
    one = post(version="2.1.1")
    one.go()
    assert receiver.evse("L1", "E1")["connectors"][0]["tariff_id"] == "OLD"
    receiver.requests.clear()
    clock.advance(seconds=600)
    registry.tick()
    one.go()
    assert receiver.lines() == ["PUT /locations/DE/ABC/L1/E1/1"]
    assert receiver.evse("L1", "E1")["connectors"][0]["tariff_id"] == "NEW"


def test_in_2_3_0_what_a_status_brings_with_it_comes_and_goes(post, receiver, site):
    receiver.version = "2.3.0"
    one = post(version="2.3.0")
    one.go()
    receiver.requests.clear()
    site.statuses(("DE*ABC*E1", "CHARGING", site.clock.now()), complete=False)
    one.go()
    assert receiver.lines() == ["PATCH /locations/DE/ABC/L1/E1"]
    assert "status_times" in receiver.requests[0].body
    assert holds(receiver) == said(site.registry, "2.3.0")


def test_what_the_receiver_has_lost_is_put_whole(post: MakePost, receiver: Receiver, site: Backend):
    one = post()
    one.go()
    del receiver.objects["locations", "DE", "ABC", "L1"]
    receiver.requests.clear()
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    one.go()
    assert receiver.lines() == ["PATCH /locations/DE/ABC/L1/E1", "PUT /locations/DE/ABC/L1"]
    assert holds(receiver) == said(site.registry)


@pytest.mark.parametrize(("encoding", "sent"), [(None, base64.b64encode(b"s3cret").decode()), ("raw", "s3cret")])
def test_each_request_has_its_token_its_ids_and_its_parties(post, receiver, site, encoding, sent):
    post(to_party="NL*NDW", token_encoding=encoding).go()
    headers = [request.headers for request in receiver.requests]
    assert {each["Authorization"] for each in headers} == {f"Token {sent}"}
    assert {each["Content-Type"] for each in headers} == {"application/json"}
    for name in ("X-Request-ID", "X-Correlation-ID"):
        assert len({each[name] for each in headers}) == len(headers)
    routing = {name: value for name, value in headers[0].items() if name.startswith("OCPI-")}
    assert routing == {
        "OCPI-to-country-code": "NL",
        "OCPI-to-party-id": "NDW",
        "OCPI-from-country-code": "DE",
        "OCPI-from-party-id": "ABC",
    }


def test_2_1_1_sends_its_token_raw_and_knows_no_message_ids(post, receiver, site):
    receiver.version = "2.1.1"
    post(version="2.1.1", to_party="NL*NDW").go()
    headers = receiver.requests[0].headers
    assert headers["Authorization"] == "Token s3cret"
    assert not [name for name in headers if name.startswith(("OCPI-", "X-"))]


def test_ids_are_written_into_the_path_so_that_they_come_out_the_same(post, receiver, backend):
    backend.locations(location("A/1 b?", evse("E%1")))
    one = post()
    one.go()
    backend.statuses(("E%1", "CHARGING"), complete=False)
    one.go()
    assert receiver.lines() == ["PUT /locations/DE/ABC/A%2F1%20b%3F", "PATCH /locations/DE/ABC/A%2F1%20b%3F/E%251"]
    assert holds(receiver) == said(backend.registry)


def test_a_destination_gets_its_parties_and_countries_and_what_leaves_them_is_withdrawn(post, receiver, backend):
    dutch = {"country": "NLD", "coordinates": {"latitude": "52.370216", "longitude": "4.895168"}}
    backend.locations(location("L1"), location("L2", **dutch), location("L3", **dutch, party_id="XYZ"))
    backend.tariffs(tariff("T1", party_id="XYZ"))
    one = post(parties=["DE*ABC"], countries=["NLD"])
    one.go()
    assert receiver.lines() == ["PUT /locations/DE/ABC/L2"]
    backend.locations(location("L1"), location("L2"), location("L3", **dutch, party_id="XYZ"))
    one.go()
    assert receiver.lines()[1:] == ["PATCH /locations/DE/ABC/L2"]
    assert receiver.shown() == {}


def test_without_a_tariffs_module_only_locations_are_sent(post: MakePost, receiver: Receiver, site: Backend):
    post(tariffs_url=None).go()
    assert receiver.lines() == ["PUT /locations/DE/ABC/L1"]


def test_check_asks_for_what_there_is_not_and_changes_nothing(post: MakePost, receiver: Receiver):
    one = post(parties=["DE*ABC"])
    assert (
        one.destination.check()
        == f"{receiver.base}/locations takes the token (HTTP 404 Not Found, status_code 2003: unknown)"
    )
    assert receiver.lines() == ["GET /locations/DE/ABC/chargefeed-check"]
    with pytest.raises(DestinationRefused, match=r"HTTP 401 Unauthorized\. Check `token`"):
        post(token="wrong", holder="one").destination.check()


class TestComparing:
    """The receiver is asked for what it holds, and sent what differs."""

    def test_what_was_lost_or_changed_there_is_sent_again(self, post, receiver, site, clock):
        site.locations(location("L1", evse("E1"), evse("E2")), location("L2"), location("L3"))
        one = post(compare_every="1d")
        one.go()
        del receiver.objects["locations", "DE", "ABC", "L2"]
        receiver.objects["locations", "DE", "ABC", "L1"]["evses"][1]["status"] = "OUTOFORDER"
        receiver.objects["locations", "DE", "ABC", "L3"]["their_own"] = "field"
        receiver.requests.clear()
        clock.advance(seconds=12 * 3600)
        one.go()
        assert receiver.requests == []
        clock.advance(seconds=12 * 3600 + 1)
        one.go()
        put = [line for line in receiver.lines() if line.startswith("PUT")]
        assert sorted(put) == ["PUT /locations/DE/ABC/L1", "PUT /locations/DE/ABC/L2"]
        assert len(receiver.requests) == 6
        assert unstamped(receiver.shown()["locations", "L1"]) == said(site.registry)["locations", "L1"]
        one.go()
        assert len(receiver.requests) == 6, "not before another day"

    def test_a_receiver_without_get_is_left_alone(self, post, receiver, site, clock):
        one = post(compare_every="1d")
        one.go()
        receiver.misbehave("405@GET")
        receiver.requests.clear()
        clock.advance(seconds=86_401)
        one.go()
        clock.advance(seconds=86_401)
        one.go()
        (asked,) = receiver.lines()
        assert asked.startswith("GET ")
        assert one.state.word == "ok"


class TestDemands:
    """What a receiver asks for beyond OCPI."""

    def test_what_a_location_lacks_is_listed_and_it_is_sent(self, post, receiver, backend):
        bare = {"opening_times": None}
        backend.locations(location("L1", evse("E1"), evse("E2", status="REMOVED"), **bare))
        one = post(asks="ndw")
        one.go()
        problems = one.problems()
        assert [problem["path"] for problem in problems] == [
            "opening_times",
            "energy_mix",
            "evses[0].parking_restrictions",
            "evses[0].connectors[0].max_electric_power",
            "evses[0].connectors[0].tariff_ids",
        ]
        assert {problem["record"] for problem in problems} == {"de*abc/l1"}
        assert problems[0]["rule"] == "Netherlands, NDW: required"
        assert receiver.lines() == ["PUT /locations/DE/ABC/L1"]
        assert (one.standing.noted, one.standing.refused) == (1, 0)

    def test_it_may_be_withheld_and_the_last_good_one_stays(self, post, receiver, backend, tmp_path):
        strict = tmp_path / "strict.yaml"
        strict.write_text("title: Strict\n" + "required: [owner]\nincomplete: withhold\n")
        backend.locations(location("L1", evse("E1"), owner={"name": "Stadtwerke"}))
        one = post(asks=str(strict))
        one.go()
        assert one.problems() == []
        before = holds(receiver)
        backend.locations(location("L1", evse("E1"), name="Markt"))
        one.go()
        assert holds(receiver) == before
        assert [problem["severity"] for problem in one.problems()] == ["refused"]
        assert (one.standing.due, one.standing.refused, one.state.word) == (0, 1, "ok")
        backend.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
        one.go()
        assert receiver.evse("L1", "E1")["status"] == "CHARGING", "a status needs no owner"
        backend.locations(location("L1", evse("E1"), name="Markt", owner={"name": "Stadtwerke"}))
        one.go()
        assert holds(receiver) == said(backend.registry)
        assert one.problems() == []

    def test_an_unknown_one_names_those_there_are(self):
        with pytest.raises(ValidationError, match=r"no receiver `xx`; known: .*ndw.*; or a file, ….yaml"):
            OcpiPushSettings(name="a", token="t", locations_url="https://a.example", asks="xx")

    def test_a_wrong_one_is_refused_by_line(self, tmp_path):
        wrong = "title: W\nrequire: [owner]\n"
        (tmp_path / "wrong.yaml").write_text(wrong)
        with pytest.raises(ConfigError, match=r"wrong\.yaml:2: unknown setting `require`\. Did you mean `required`\?"):
            load_demands(tmp_path / "wrong.yaml")
