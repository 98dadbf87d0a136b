"""A real Mosquitto as a source: what its topics say is handed in, each message once, whatever breaks in between."""

from __future__ import annotations

from itertools import count

import pytest

from app.errors import ConfigError, SourceRefused, SourceUnreachable
from app.sources.mqtt.session import Session
from app.sources.tap.source import TapSource
from tests.mosquitto import PASSWORD, USER, Mosquitto
from tests.processes import wait_for
from tests.rabbitmq import Relay
from tests.sources.tap.listening import Listening, listening, tap_of

EVSE_IDS = {"CP1/1": "DE*ABC*E1", "CP1/2": "DE*ABC*E2"}
FIELDS = {"charger": "topic[1]", "connector": "topic[2]", "status": "state", "occurred_at": "since"}
_numbers = count(1)


class Site:
    """Topics of one test alone."""

    def __init__(self, broker: Mosquitto) -> None:
        self.broker = broker
        self.name = f"site{next(_numbers)}"

    def tap(self, url: str = "", **given: object) -> TapSource:
        given = {"topics": [f"{self.name}/+/+"], "describes": {"fields": FIELDS}, "evse_ids": EVSE_IDS, **given}
        return tap_of("mqtt", url=url or f"mqtt://127.0.0.1:{self.broker.port}", client_id=self.name, **given)

    def say(self, connector: int | str, payload: str | bytes, *, retain: bool = False) -> None:
        self.broker.say(f"{self.name}/CP1/{connector}", payload, retain=retain)

    def is_subscribed(self) -> None:
        """From now on the broker keeps messages for it."""
        session = Session(self.tap().settings, self.name, kept=True)
        session.open()
        session.close()


@pytest.fixture
def site(mosquitto: Mosquitto) -> Site:
    return Site(mosquitto)


def test_what_a_topic_says_is_told_of_its_evse(site: Site) -> None:
    site.is_subscribed()
    with listening(site.tap(status_map={"busy": "CHARGING"})) as heard:
        site.say(2, '{"state": "busy", "since": "2026-11-24T06:00:00Z"}')
        site.say(1, '{"state": "AVAILABLE"}')
        heard.until(("DE*ABC*E2", "CHARGING"), ("DE*ABC*E1", "AVAILABLE"))


def test_a_retained_message_is_what_holds_and_no_event(site: Site) -> None:
    site.say(1, '{"state": "Charging"}', retain=True)
    with listening(site.tap()) as heard:
        heard.until(("=DE*ABC*E1", "CHARGING"))
        site.say(1, '{"state": "Available"}', retain=True)
        heard.until(("=DE*ABC*E1", "CHARGING"), ("DE*ABC*E1", "AVAILABLE"))


def test_what_comes_while_nobody_listens_is_told_afterwards(site: Site) -> None:
    site.is_subscribed()
    site.say(1, '{"state": "Charging"}')
    site.say(1, '{"state": "Finishing", "since": "2026-11-24T06:00:00Z"}')
    with listening(site.tap()) as heard:
        heard.until(("DE*ABC*E1", "CHARGING"), ("DE*ABC*E1", "CHARGING"))


def test_what_the_inbox_does_not_hold_is_not_acknowledged(site: Site) -> None:
    site.is_subscribed()
    lost = Listening()
    lost.away = True
    with listening(site.tap(), lost):
        site.say(1, '{"state": "Charging", "since": "2026-11-24T06:00:00Z"}')
        site.say(2, '{"state": "Reserved"}')
        wait_for(lambda: lost.tries > 0)
    with listening(site.tap()) as heard:
        wait_for(lambda: len(heard.told) == 2)
    # Of the one with a time it is known whether it came before; the other is told as what holds.
    assert {evse.lstrip("=") for evse, _ in heard.told} == {"DE*ABC*E1", "DE*ABC*E2"}
    with listening(site.tap()) as heard:
        site.say(1, '{"state": "Available"}')
        heard.until(("DE*ABC*E1", "AVAILABLE"))


def test_a_database_that_is_back_gets_all_of_it_in_order(site: Site) -> None:
    site.is_subscribed()
    with listening(site.tap()) as heard:
        heard.away = True
        for word in ("Charging", "Available", "Faulted"):
            site.say(1, f'{{"state": "{word}"}}')
        wait_for(lambda: heard.tries > 0)
        heard.away = False
        heard.until(("DE*ABC*E1", "CHARGING"), ("DE*ABC*E1", "AVAILABLE"), ("DE*ABC*E1", "OUTOFORDER"))


def test_a_broker_that_is_back_is_heard_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sources.tap.source.PAUSE", 0.1)
    relay = Relay(site.broker.port)
    with listening(site.tap(f"mqtt://127.0.0.1:{relay.port}")) as heard:
        wait_for(lambda: len(relay._sockets) == 2)
        site.say(2, '{"state": "Available"}', retain=True)
        wait_for(lambda: len(heard.told) == 1)
        relay.cut()
        site.say(1, '{"state": "Charging"}')
        relay.mend()
        wait_for(lambda: ("DE*ABC*E1", "CHARGING") in heard.told)


def test_bad_payloads_are_told_with_their_topic_and_beginning_and_stop_nothing(site: Site) -> None:
    site.is_subscribed()
    with listening(site.tap(max_body=200)) as heard:
        for payload in (b"\xff\xfe", b'{"state": ', b"[" * 150, b"x" * 300, b'{"state": "dozing"}'):
            site.say(1, payload)
        site.say("7b", '{"state": "Available"}')
        site.say(3, '{"state": "Available"}')
        site.say(2, '{"state": "Available", "since": "yesterday"}')
        heard.until(("DE*ABC*E1", "UNKNOWN"), ("DE*ABC*E2", "AVAILABLE"))
    said = [(one["what"].partition(" (")[0], one["value"]) for one in heard.problems]
    assert said[:2] == [("is no JSON", "\ufffd\ufffd"), ("is no JSON", '{"state": ')]
    assert {what for what, _ in said} == {
        "is no JSON",
        "is larger than `max_body`: left out",
        "no known status: read as UNKNOWN",
        "names no connector: left out",
        "has no EVSE id: left out",
        "no time as `times: rfc3339` says: left out",
    }
    assert {one["where"] for one in heard.problems} == {f"topic {site.name}/CP1/{part}" for part in (1, 2, 3, "7b")}


def test_a_payload_may_be_the_bare_word(site: Site) -> None:
    described = {"payload": "text", "fields": {"evse": "join('/', [topic[1], topic[2]])", "status": "value"}}
    with listening(site.tap(describes=described)) as heard:
        site.say(1, "Charging", retain=True)
        wait_for(lambda: len(heard.told) == 1)
    assert heard.told[0][0].lstrip("=") == "DE*ABC*E1"


def test_maeve_is_known(site: Site) -> None:
    site.broker.say(
        "cs/in/ocpp16/CP1",
        '{"type": "call", "action": "StatusNotification", "id": "1", "request": {"connectorId": 1, "status": "Preparing"}}',
        retain=True,
    )
    with listening(site.tap(topics=[], describes=None, backend="maeve")) as heard:
        heard.until(("=DE*ABC*E1", "CHARGING"))
    site.broker.say("cs/in/ocpp16/CP1", "", retain=True)


def test_tls_a_password_and_a_certificate_let_in(site: Site, mosquitto: Mosquitto) -> None:
    def secure(password: str, **more: object) -> TapSource:
        url = f"mqtts://{USER}:{password}@127.0.0.1:{mosquitto.tls_port}"
        return site.tap(url, ca_file=mosquitto.ca_file, **more)

    ours = mosquitto.certificate
    assert (
        secure(PASSWORD, certificate=ours).check().endswith(f"mqtts://127.0.0.1:{mosquitto.tls_port}: {site.name}/+/+")
    )
    with pytest.raises(SourceRefused, match="refuses the login"):
        secure("wrong", certificate=ours).check()
    with pytest.raises(SourceUnreachable):
        secure(PASSWORD).check()
    with pytest.raises(SourceUnreachable, match=r"CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
        site.tap(f"mqtts://127.0.0.1:{mosquitto.tls_port}").check()
    with pytest.raises(ConfigError, match="`ca_file` cannot be used"):
        site.tap(f"mqtts://127.0.0.1:{mosquitto.tls_port}", ca_file="nowhere.pem").check()
