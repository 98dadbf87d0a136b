"""Pushing to E-Control: stations over HTTP, statuses through a real RabbitMQ over TLS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Engine

from app.clock import ManualClock
from app.delivery.econtrol.destination import EControl
from app.delivery.econtrol.settings import EControlSettings
from app.errors import ConfigError, DestinationRefused
from app.registry.apply import Registry
from app.registry.database import open_engine
from tests.certificates import Authority
from tests.delivery.conftest import Post
from tests.econtrol_server import KEY, REFERER, Register, Reply
from tests.rabbitmq import RabbitServer, Relay
from tests.registry.backend import Backend, connector, evse, location, tariff

Make = Callable[..., Post]
STATION = "/countries/DE/operators/ABC/stations/L1"


@pytest.fixture
def engine(sqlite_copy_url: str) -> Iterator[Engine]:
    """What a destination says does not depend on the database."""
    engine = open_engine(sqlite_copy_url)
    yield engine
    engine.dispose()


@pytest.fixture
def register() -> Iterator[Register]:
    with Register() as register:
        yield register


@pytest.fixture
def queue(rabbit_server: RabbitServer) -> str:
    return rabbit_server.queue()


@pytest.fixture
def post(registry: Registry, clock: ManualClock, register: Register, rabbit_server: RabbitServer, queue: str) -> Make:
    """Makes one that pushes to both; arguments are settings."""

    def make(**settings: Any) -> Post:
        given = {
            "name": "e-control",
            "station_url": f"{register.url}/countries/{{country}}/operators/{{party}}/stations/{{id}}",
            "api_key": KEY,
            "referer": REFERER,
            "queue_url": rabbit_server.url(),
            "routing_key": queue,
            "ca_file": rabbit_server.ca_file,
            "countries": [],
            "retry_wait": 10,
            "timeout": 5,
            **settings,
        }
        return Post(registry, EControl(EControlSettings.model_validate(given), clock))

    return make


@pytest.fixture
def told(rabbit_server: RabbitServer, queue: str) -> Callable[[], list[tuple[str, str]]]:
    """(evseId, status) of what has come into the queue since it was asked last."""

    def taken() -> list[tuple[str, str]]:
        return [tuple(json.loads(body).values()) for _, body in rabbit_server.taken(queue)]

    return taken


def changed(backend: Backend, point: str, status: str) -> None:
    backend.clock.advance(seconds=60)
    backend.statuses((f"DE*ABC*{point}", status), complete=False)


def test_a_station_is_put_and_then_the_status_of_each_of_its_points(post, register, told, backend):
    no_id = evse("E3", evse_id=None)
    backend.locations(location("L1", evse("E1"), evse("E2", status="CHARGING"), no_id))
    one = post()
    one.go()
    assert register.lines == [f"PUT {STATION} 200"]
    assert [point["evseId"] for point in json.loads(register.stations[STATION])["points"]] == ["DE*ABC*E1", "DE*ABC*E2"]
    assert told() == [("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E2", "CHARGING")]
    assert (one.state.word, one.standing.due) == ("ok", 0)


def test_a_status_that_changed_is_one_message_that_outlives_the_broker(post, register, rabbit_server, queue, backend):
    backend.locations(location("L1", evse("E1"), evse("E2")))
    one = post()
    one.go()
    list(rabbit_server.taken(queue))
    changed(backend, "E2", "CHARGING")
    one.go()
    ((properties, body),) = rabbit_server.taken(queue)
    assert json.loads(body) == {"evseId": "DE*ABC*E2", "status": "CHARGING"}
    assert (properties.content_type, properties.delivery_mode) == ("application/json", 2)
    assert properties.timestamp == backend.clock.now() // 1000
    assert register.lines == [f"PUT {STATION} 200"]


def test_a_price_that_changed_is_put_without_a_status(post, register, told, backend):
    point = evse("E1", connector(tariff_ids=["T1"]))
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", point))
    one = post()
    one.go()
    told()
    backend.clock.advance(seconds=60)
    dearer = [{"price_components": [{"type": "ENERGY", "price": 0.61, "step_size": 1}]}]
    backend.tariffs(tariff("T1", elements=dearer, last_updated="2026-02-01T00:00:00Z"))
    one.go()
    assert json.loads(register.stations[STATION])["points"][0]["priceCentKwh"] == 61
    assert (len(register.lines), told()) == (2, [])


def test_what_changed_during_an_outage_of_the_broker_is_caught_up_as_it_is_now(post, rabbit_server, told, backend):
    relay = Relay(rabbit_server.tls_port)
    backend.locations(location("L1", evse("E1"), evse("E2")))
    one = post(queue_url=rabbit_server.url(port=relay.port))
    one.go()
    told()
    relay.cut()
    for status in ("CHARGING", "OUTOFORDER"):
        changed(backend, "E1", status)
        one.go()
    assert one.state.word == "retrying"
    assert "Connection refused" in (one.state.error or "")
    relay.mend()
    backend.clock.advance(seconds=600)
    one.go()
    assert told() == [("DE*ABC*E1", "OUTOFORDER")]
    assert (one.state.word, one.standing.due) == ("ok", 0)
    relay.cut()


def test_a_connection_that_broke_while_idle_is_opened_anew(post, rabbit_server, told, backend):
    relay = Relay(rabbit_server.tls_port)
    backend.locations(location("L1", evse("E1")))
    one = post(queue_url=rabbit_server.url(port=relay.port))
    one.go()
    told()
    relay.cut()
    relay.mend()
    changed(backend, "E1", "CHARGING")
    one.go()
    assert (one.state.word, told()) == ("ok", [("DE*ABC*E1", "CHARGING")])
    relay.cut()


def test_what_the_broker_does_not_confirm_stays_due(post, rabbit_server, backend):
    full = rabbit_server.queue(x_max_length=1, x_overflow="reject-publish")
    backend.locations(location("L1", evse("E1")), location("L2", evse("E2")))
    one = post(routing_key=full, parallel=1)
    one.go()
    assert (one.state.word, one.standing.due) == ("retrying", 1)
    assert "does not take the message now" in (one.state.error or "")
    list(rabbit_server.taken(full))
    backend.clock.advance(seconds=60)
    one.go()
    assert [json.loads(body)["evseId"] for _, body in rabbit_server.taken(full)] == ["DE*ABC*E2"]
    assert (one.state.word, one.standing.due) == ("ok", 0)


@pytest.mark.parametrize(
    ("settings", "says", "remedy"),
    [
        ({"routing_key": "nobody"}, "no queue takes the message", "`routing_key`"),
        ({"exchange": "nowhere"}, "AMQP 404 NOT_FOUND", "`exchange`"),
        ({"api_key": "stolen"}, "401", "`api_key`"),
        ({"referer": "https://other.example"}, "401", "`referer`"),
    ],
)
def test_what_a_person_has_to_mend_stops_it_and_says_how(post, backend, settings, says, remedy):
    backend.locations(location("L1", evse("E1")))
    one = post(**settings)
    one.go()
    assert one.state.word == "refused"
    assert says in (one.state.error or "")
    assert remedy in (one.state.error or "")
    assert "<html>" not in (one.state.error or "")
    assert one.standing.due == 1


def test_a_refused_login_of_the_broker_stops_it(post, rabbit_server, backend):
    backend.locations(location("L1", evse("E1")))
    one = post(queue_url=rabbit_server.url("wrong"))
    one.go()
    assert one.state.word == "refused"
    assert "refuses the login" in (one.state.error or "")
    assert "wrong" not in (one.state.error or "")


def test_a_broker_of_another_authority_is_not_told_anything(post, tmp_path: Path, backend, told):
    (tmp_path / "other.pem").write_bytes(Authority("another").pem())
    backend.locations(location("L1", evse("E1")))
    one = post(ca_file=tmp_path / "other.pem")
    one.go()
    assert "CERTIFICATE_VERIFY_FAILED" in (one.state.error or "")
    assert told() == []


def test_a_refused_station_is_named_with_its_reason_and_waits_for_its_change(post, register, told, backend):
    register.replies = [Reply(422, '{"message": "postCode: unknown"}')]
    backend.locations(location("L1", evse("E1")), location("L2", evse("E2")))
    one = post(parallel=1)
    one.go()
    assert told() == [("DE*ABC*E2", "AVAILABLE")]
    problem = next(one for one in one.problems() if "refused" in one["what"])
    assert problem["record"] == "de*abc/l1"
    assert "postCode: unknown" in problem["what"]
    changed(backend, "E1", "CHARGING")
    one.go()
    assert (len(register.lines), told()) == (2, []), "a status does not bring it up again"
    backend.clock.advance(seconds=60)
    backend.locations(location("L1", evse("E1"), postal_code="99425"), complete=False)
    one.go()
    assert told() == [("DE*ABC*E1", "AVAILABLE")]
    assert not [one for one in one.problems() if "refused" in one["what"]]


def test_statuses_of_a_station_whose_change_was_refused_go_on(post, register, told, backend):
    backend.locations(location("L1", evse("E1")))
    one = post()
    one.go()
    told()
    register.replies = [Reply(400, "no")]
    backend.clock.advance(seconds=60)
    backend.locations(location("L1", evse("E1"), city="Jena"))
    one.go()
    assert one.standing.refused == 1
    changed(backend, "E1", "CHARGING")
    one.go()
    assert told() == [("DE*ABC*E1", "CHARGING")]
    assert any("station refused" in problem["what"] for problem in one.problems())


@pytest.mark.parametrize(("status", "word"), [(503, "retrying"), (500, "ok")])
def test_a_register_in_trouble_is_tried_again(post, register, told, backend, status, word):
    register.replies = [Reply(status, "", {"Retry-After": "30"} if status == 503 else {})]
    backend.locations(location("L1", evse("E1")))
    one = post()
    one.go()
    assert (one.standing.due, told()) == (1, [])
    backend.clock.advance(seconds=300)
    one.go()
    assert (one.standing.due, told()) == (0, [("DE*ABC*E1", "AVAILABLE")])


def test_a_station_that_is_gone_is_reported_or_deleted(post, register, backend):
    for removal, stays in (("by-hand", True), ("delete", False)):
        backend.locations(location("L1", evse("E1")))
        one = post(removal=removal, name=removal)
        one.go()
        backend.clock.advance(seconds=60)
        backend.locations(location("L1", evse("E1"), publish=False))
        one.go()
        assert (STATION in register.stations) is stays
        assert any("still in the register" in problem["what"] for problem in one.problems()) is stays
        backend.clock.advance(seconds=60)


def test_datex_2_documents_are_valid(post, register, rabbit_server, queue, backend, shared_data: Path):
    schema = etree.XMLSchema(etree.parse(next((shared_data / "datex2" / "xsd" / "v3.5").glob("*D2Payload.xsd"))))
    backend.locations(location("L1", evse("E1"), evse("E2")))
    one = post(payload="datex2")
    one.go()
    list(rabbit_server.taken(queue))
    changed(backend, "E2", "CHARGING")
    one.go()
    ((properties, body),) = rabbit_server.taken(queue)
    assert properties.content_type == "application/xml"
    assert (b"DE*ABC*E1" in body, b"charging" in body) == (False, True)
    assert register.lines == [f"PUT {STATION} 200"]
    for document in (register.stations[STATION], body):
        schema.assertValid(etree.fromstring(document))


def test_check_asks_both_and_changes_nothing(post, register, rabbit_server):
    assert post().destination.check() == "HTTP 404 Not Found; the broker takes the login"
    with pytest.raises(DestinationRefused, match="refuses the login"):
        post(queue_url=rabbit_server.url("wrong")).destination.check()
    assert register.stations == {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("queue_url", "amqp://guest:guest@broker.example"),
        ("queue_url", "amqps://guest:guest@broker.example:port/"),
        ("queue_url", "amqps://guest:guest@broker.example/?heartbeat=x"),
        ("station_url", "http://register.example/{id}"),
        ("station_url", "https://register.example/stations"),
        ("station_url", "https://register.example/{id}/{secret}"),
    ],
)
def test_settings_that_would_tell_a_secret_or_no_station_are_refused(post, setting, value):
    with pytest.raises((ConfigError, ValueError), match=setting):
        post(**{setting: value})
