"""A real Mosquitto as a destination: it retains what is public now, whatever breaks, restarts or is lost in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from app.clock import ManualClock
from app.delivery.mqtt import Mqtt, MqttSettings
from app.errors import DestinationRefused, DestinationUnreachable
from app.model.batch import Kind
from app.registry.apply import Registry
from tests.delivery.conftest import Post
from tests.described import defects
from tests.mosquitto import DENIED, PASSWORD, USER, Mosquitto
from tests.processes import wait_for
from tests.rabbitmq import Relay
from tests.registry.backend import Backend, connector, evse, location, tariff

Make = Callable[..., Post]
_numbers = count(1)

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def prefix() -> str:
    return f"test{next(_numbers)}/"


@pytest.fixture
def post(registry: Registry, clock: ManualClock, mosquitto: Mosquitto, prefix: str) -> Iterator[Make]:
    """Makes one that tells the broker; arguments are settings."""
    made: list[Post] = []

    def make(holder: str = "one", **settings: Any) -> Post:
        url = f"mqtt://127.0.0.1:{mosquitto.port}"
        given = {"name": "broker", "url": url, "prefix": prefix, "client_id": prefix[:-1], "timeout": 3, **settings}
        made.append(Post(registry, Mqtt(MqttSettings.model_validate(given), clock), holder))
        return made[-1]

    yield make
    for one in made:
        one.destination._session.close()


@pytest.fixture
def site(backend: Backend, clock: ManualClock) -> Backend:
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"])), evse("E2")), location("L2", evse("E3")))
    clock.advance(seconds=60)
    return backend


@pytest.fixture
def retained(mosquitto: Mosquitto, prefix: str) -> Callable[[], dict[str, Any]]:
    """Topic, without the prefix → what is retained there."""
    return lambda: {
        topic.removeprefix(prefix): orjson.loads(said) for topic, said in mosquitto.retained(f"{prefix}#").items()
    }


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {topic: said["status"] for topic, said in found.items() if topic.startswith("status/DE")}


def test_each_evse_and_tariff_is_retained_at_its_topic(post, site, registry, retained):
    one = post()
    one.go()
    found = retained()
    assert set(found) == {
        "status/$kept",
        "status/$online",
        "status/DE/ABC/L1/E1",
        "status/DE/ABC/L1/E2",
        "status/DE/ABC/L2/E3",
        "tariff/DE/ABC/T1",
    }
    assert found["status/$online"] is True
    with registry.feed().read() as reader:
        assert found["tariff/DE/ABC/T1"] == reader.find(Kind.TARIFFS, "DE", "ABC", "T1").body
    assert (one.standing.due, one.state.word) == (0, "ok")


def test_what_is_said_is_what_a_change_says(post, site, registry, retained):
    one = post()
    one.go()
    site.statuses(("DE*ABC*E2", "CHARGING"), complete=False)
    one.go()
    with registry.feed().read() as reader:
        [change] = reader.changes(one.state.cursor - 1, 10).changes
    said = retained()["status/DE/ABC/L1/E2"]
    assert (said["status"], defects("Status", said)) == ("CHARGING", [])
    assert said == {name: change[name] for name in said}
    assert set(change) - set(said) == {"seq", "type", "op", "published_at", "received_at", "origin"}


def test_just_what_changed_is_said_again(post, site, monkeypatch):
    one = post()
    one.go()
    said: list[str] = []
    publish = one.destination._session.publish
    monkeypatch.setattr(one.destination._session, "publish", lambda given: said.extend(given) or publish(given))
    site.statuses(("DE*ABC*E2", "CHARGING"), complete=False)
    one.go()
    assert [topic.partition("/")[2] for topic in said] == ["status/DE/ABC/L1/E2"]


def test_what_is_no_more_public_leaves_nothing_behind(post, site, retained):
    one = post()
    one.go()
    site.locations(location("L1", evse("E1"), evse("E2"), publish=False), complete=False)
    site.tariffs(tariff("T1", type="REGULAR"), complete=False)
    one.go()
    found = retained()
    assert statuses(found) == {"status/DE/ABC/L2/E3": "AVAILABLE"}
    assert "tariff/DE/ABC/T1" not in found


def test_an_id_cannot_reach_into_another_topic(post, backend, retained):
    backend.locations(location("L/1+#", evse("E 1%")))
    post().go()
    assert list(statuses(retained())) == ["status/DE/ABC/L%2F1%2B%23/E%201%25"]


def test_what_changed_while_the_broker_was_away_is_said_as_it_is_then(post, site, clock, mosquitto, retained):
    relay = Relay(mosquitto.port)
    one = post(url=f"mqtt://127.0.0.1:{relay.port}")
    one.go()
    relay.cut()
    wait_for(lambda: retained()["status/$online"] is False)
    for status in ("CHARGING", "OUTOFORDER"):
        clock.advance(seconds=60)
        site.statuses(("DE*ABC*E1", status), complete=False)
        one.go()
    assert (one.state.word, one.standing.due) == ("retrying", 1)
    assert "no connection" in (one.state.error or "")
    relay.mend()
    clock.advance(seconds=600)
    one.go()
    found = retained()
    assert (found["status/$online"], found["status/DE/ABC/L1/E1"]["status"]) == (True, "OUTOFORDER")
    assert (one.state.word, one.standing.due) == ("ok", 0)
    relay.cut()


def test_a_connection_that_is_mended_while_nothing_is_due_counts_as_well(post, site, clock, mosquitto):
    relay = Relay(mosquitto.port)
    one = post(url=f"mqtt://127.0.0.1:{relay.port}")
    one.go()
    relay.cut()
    wait_for(lambda: not one.destination._session._client.is_connected())
    one.go()
    assert one.state.word == "retrying"
    relay.mend()
    clock.advance(seconds=600)
    one.go()
    assert one.state.word == "ok"
    relay.cut()


def test_a_broker_that_has_lost_what_it_retained_is_told_all_of_it_again(post, site, clock, mosquitto, retained):
    one = post()
    one.go()
    before = statuses(retained())
    mosquitto.restart()
    wait_for(lambda: not one.destination._session._client.is_connected())
    assert retained() == {}
    one.go()
    assert statuses(retained()) == before
    assert (one.state.word, one.standing.due) == ("ok", 0)


def test_the_next_worker_takes_over_and_says_nothing_again(post, site, registry, monkeypatch, retained):
    one = post()
    one.go()
    two = post()
    monkeypatch.setattr("app.delivery.mqtt.destination.plan_of", lambda *_: pytest.fail("nothing is due"))
    two.go()
    wait_for(lambda: not one.destination._session._client.is_connected())
    assert (two.state.word, retained()["status/$online"]) == ("ok", True)


def test_what_is_not_acknowledged_is_not_written_down(post, site, clock, monkeypatch):
    one = post(timeout=0.3)
    one.go()
    monkeypatch.setattr("paho.mqtt.client.MQTTMessageInfo.is_published", lambda self: False)
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    one.go()
    assert "no acknowledgement" in (one.state.error or "")
    assert one.standing.due == 1


def test_it_is_reached_over_tls_with_a_password_and_a_certificate(post, site, mosquitto, prefix, retained):
    url = f"mqtts://{USER}:{PASSWORD}@127.0.0.1:{mosquitto.tls_port}"
    files = {"ca_file": str(mosquitto.ca_file), "certificate": str(mosquitto.certificate)}
    one = post(url=url, **files)
    assert "takes the login" in one.destination.check()
    one.go()
    assert one.state.word == "ok"
    wrong = post(url=url.replace(PASSWORD, "wrong"), **files).destination
    with pytest.raises(DestinationRefused, match="refuses the login") as refused:
        wrong.check()
    assert PASSWORD not in str(refused.value)


def test_a_certificate_file_that_is_not_there_needs_a_person(post, site):
    one = post(url="mqtts://127.0.0.1:9", ca_file="/nowhere.pem")
    one.go()
    assert (one.state.word, "`ca_file` cannot be used" in (one.state.error or "")) == ("refused", True)


def test_a_broker_that_refuses_a_topic_says_so_of_that_object(post, site, retained):
    site.locations(location(DENIED, evse("E9")), complete=False)
    one = post()
    one.go()
    [problem] = one.problems()
    assert (problem["record"], "Not authorized" in problem["what"]) == ("de*abc/denied", True)
    assert (one.standing.refused, one.standing.due, len(statuses(retained()))) == (1, 0, 3)


def test_mqtt_3_1_1_does_as_well(post, site, retained):
    post(protocol="3.1.1").go()
    assert len(statuses(retained())) == 3


def test_a_broker_that_is_not_there_is_told(post):
    one = post(url="mqtt://127.0.0.1:9")
    with pytest.raises(DestinationUnreachable, match="Check `url`"):
        one.destination.check()


@pytest.mark.parametrize("wrong", [{"prefix": "open"}, {"prefix": "a/+/"}, {"url": "http://127.0.0.1"}])
def test_a_wrong_setting_is_refused(post, wrong) -> None:
    with pytest.raises(ValidationError):
        post(**wrong)
