"""A real RabbitMQ as a source: what goes into a queue is handed in, and acknowledged only once the inbox holds it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.clock import SystemClock
from app.errors import SourceRefused, SourceUnreachable
from app.sources.tap.mail import Mail
from app.sources.tap.reading import Message, Reader
from app.sources.tap.source import TapSource
from tests.processes import wait_for
from tests.rabbitmq import RabbitServer, Relay
from tests.shared import ROOT
from tests.sources.tap.listening import Listening, listening, tap_of

FRAMES = ROOT / "tests" / "data" / "backends" / "citrineos" / "events.json"
FIELDS = {"evse": "topic[1]", "status": "state", "occurred_at": "since"}
EVSE_IDS = {"CP1/1": "DE*ABC*E1", "CP1/2": "DE*ABC*E2"}
_numbers = count(1)


class Events:
    """An exchange and a queue of one test alone."""

    def __init__(self, broker: RabbitServer) -> None:
        self.broker = broker
        self.exchange = broker.exchange()
        self.name = f"events{next(_numbers)}"

    def tap(self, port: int = 0, **given: Any) -> TapSource:
        given = {"describes": {"fields": FIELDS}, **given}
        if "queue" not in given and "backend" not in given:
            given["bindings"] = [{"exchange": self.exchange, "routing_key": "evse.*"}]
        url = given.pop("url", self.broker.url(port=port))
        return tap_of("amqp", name=self.name, url=url, ca_file=self.broker.ca_file, **given)

    def say(self, evse: str, status: str, since: str | None = None) -> None:
        self.broker.say(self.exchange, f"evse.{evse}", orjson.dumps({"state": status, "since": since}))

    @property
    def waiting(self) -> int:
        return self.broker.waiting(f"chargefeed-{self.name}")


@pytest.fixture
def events(rabbit_server: RabbitServer) -> Events:
    found = Events(rabbit_server)
    with listening(found.tap()):
        wait_for(lambda: _is_there(lambda: found.waiting))
    return found


def _is_there(queue: Callable[[], int]) -> bool:
    try:
        return queue() == 0
    except Exception:  # noqa: BLE001  (pika has many)
        return False


def test_what_a_queue_holds_is_told_and_acknowledged(events: Events) -> None:
    events.say("E1", "Charging", "2026-11-24T06:00:00Z")
    events.say("E2", "Available")
    with listening(events.tap()) as heard:
        heard.until(("E1", "CHARGING"), ("E2", "AVAILABLE"))
        events.say("E2", "Reserved")
        heard.until(("E1", "CHARGING"), ("E2", "AVAILABLE"), ("E2", "RESERVED"))
    assert events.waiting == 0


def test_what_the_inbox_does_not_hold_stays_in_the_queue(events: Events) -> None:
    lost = Listening()
    lost.away = True
    with listening(events.tap(), lost):
        events.say("E1", "Charging", "2026-11-24T06:00:00Z")
        events.say("E2", "Reserved")
        wait_for(lambda: lost.tries > 0)
    wait_for(lambda: events.waiting == 2)
    with listening(events.tap()) as heard:
        # By its time it is known whether the first came before; the other is told as what holds.
        heard.until(("E1", "CHARGING"), ("=E2", "RESERVED"))
    assert events.waiting == 0


def test_a_broker_that_is_back_is_heard_again(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sources.tap.source.PAUSE", 0.1)
    relay = Relay(events.broker.tls_port)
    with listening(events.tap(relay.port)) as heard:
        events.say("E1", "Charging")
        heard.until(("E1", "CHARGING"))
        relay.cut()
        events.say("E1", "Available")
        relay.mend()
        heard.until(("E1", "CHARGING"), ("E1", "AVAILABLE"))


def test_a_late_message_goes_into_history_and_changes_nothing_now(events: Events) -> None:
    events.say("E1", "Charging", "2026-11-24T06:00:00Z")
    events.say("E1", "Available", "2026-11-24T05:00:00Z")
    with listening(events.tap()) as heard:
        wait_for(lambda: len(heard.told) == 2)
    [rows] = [orjson.loads(letter.payload)["rows"] for letter in heard.letters]
    assert [(row[1], row[5]) for row in rows] == [("CHARGING", False), ("AVAILABLE", True)]


def test_bad_messages_are_told_with_their_queue_and_beginning_and_stop_nothing(events: Events) -> None:
    events.broker.say(events.exchange, "evse.E1", b"<xml/>", b'[{"state": "Available"}]', b'{"state": "dozing"}')
    with listening(events.tap()) as heard:
        wait_for(lambda: ("E1", "UNKNOWN") in heard.told)
    assert heard.problems[0]["where"] == f"queue chargefeed-{events.name}, key evse.E1"
    assert heard.problems[0]["value"] == "<xml/>"
    assert heard.problems[-1]["value"] == "dozing"
    assert events.waiting == 0


@pytest.mark.parametrize("since", [1e300, -5, "soon", []])
def test_a_time_that_is_none_is_left_out(events: Events, since: object) -> None:
    described = {"fields": FIELDS, "times": "seconds"}
    mail = Mail(events.tap(describes=described).settings, SystemClock(), (heard := Listening()).put)
    mail.add(Message("queue q", ("evse", "E1"), orjson.dumps({"state": "Available", "since": since}), 0))
    assert mail.hand_in()
    assert heard.told == [("E1", "AVAILABLE")]
    assert heard.problems[0]["path"] == "occurred_at"


def test_a_message_that_nobody_thought_of_is_told_and_left_out(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "_scope", lambda self, message: 1 / 0)
    mail = Mail(events.tap().settings, SystemClock(), (heard := Listening()).put)
    mail.add(Message("queue q", ("evse", "E1"), b"{}", 0))
    monkeypatch.undo()
    mail.add(Message("queue q", ("evse", "E1"), b'{"state": "Available"}', 0))
    assert mail.hand_in()
    assert [one["what"] for one in heard.problems] == ["cannot be read (ZeroDivisionError): left out"]


def test_where_changes_alone_are_told_the_connection_is_the_sign_of_life(events: Events) -> None:
    with listening(events.tap(alive="connection", ttl=0.6)) as heard:
        events.say("E1", "Charging")
        wait_for(lambda: heard.told.count(("=E1", "CHARGING")) > 2)


def test_citrineos_is_known(rabbit_server: RabbitServer) -> None:
    """A fault of the controller, two EVSEs with a connector 1 each, an EVSE with two plugs, the device model."""
    rabbit_server.exchange("headers", "citrineos")
    tap = Events(rabbit_server).tap(
        backend="citrineos", describes=None, evse_id_pattern="DE*ABC*E{charger}*{connector}"
    )
    with listening(tap) as heard:
        wait_for(lambda: _is_there(lambda: rabbit_server.waiting(f"chargefeed-{tap.name}")))
        expected = []
        for frame in orjson.loads(FRAMES.read_bytes()):
            headers = {
                "action": frame["body"]["action"],
                "state": frame["body"]["state"],
                "origin": frame["body"]["origin"],
            }
            rabbit_server.say("citrineos", "", orjson.dumps(frame["body"]), headers=headers)
            expected += [tuple(one) for one in frame["told"]]
            heard.until(*expected)
    assert not heard.problems


def test_check_says_what_it_would_read(events: Events, tmp_path: Path) -> None:
    where = f"amqps://127.0.0.1:{events.broker.tls_port}"
    assert events.tap().check() == f"{where}: 1 bindings into queue chargefeed-{events.name}"
    queue = events.broker.queue()
    assert events.tap(queue=queue).check() == f"{where}: queue {queue}, 0 messages waiting"
    with pytest.raises(SourceRefused, match=r"AMQP 404 NOT_FOUND - no queue 'gone'"):
        events.tap(queue="gone").check()
    with pytest.raises(SourceRefused, match="refuses the login"):
        events.tap(url=events.broker.url("wrong")).check()
    with pytest.raises(SourceUnreachable, match="no connection"):
        events.tap(url="amqp://127.0.0.1:1").check()


@pytest.mark.parametrize(
    ("type_", "given", "says"),
    [
        ("amqp", {"url": "mqtt://broker"}, "must be amqp://user:password@host or amqps://"),
        ("amqp", {"describes": {"fields": FIELDS}}, "give `queue` or `bindings`"),
        ("mqtt", {"url": "mqtt://broker", "describes": {"fields": FIELDS}}, "`topics` is missing"),
        ("amqp", {"describes": {"fields": {"status": "s"}}}, "give `evse`, or `charger` and `connector`"),
        (
            "amqp",
            {"describes": {"fields": {"charger": "c", "status": "s"}}},
            "give `evse`, or `charger` and `connector`",
        ),
        ("amqp", {"backend": "citrine"}, "no description of `citrine`; known: citrineos-webhook, citrineos, maeve"),
        ("amqp", {}, "give `backend` or `describes`"),
    ],
)
def test_settings_say_what_is_missing(type_: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        tap_of(type_, **{"url": "amqp://broker", **given})
