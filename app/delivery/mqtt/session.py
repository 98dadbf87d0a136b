"""One connection with a broker. A thread of paho's keeps it alive; whoever sends waits for the acknowledgement of each message.

Two retained messages are ours beside the state: `status/$online`, `true` while the connection stands and `false` by our last
will, and `status/$kept`, which is there as long as the broker has lost nothing of what it retained.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo, MQTTv5, MQTTv311
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from app.delivery.mqtt.settings import MqttSettings
from app.errors import ConfigError, DestinationForgot, DestinationRefused, DestinationUnreachable
from app.mqtt import QOS, TIMEOUT, connect, make_client, passes

ONLINE, KEPT = "status/$online", "status/$kept"
TRUE, FALSE = b"true", b"false"
ECHO = 3.0
"""Seconds for what we say to come back to us; a broker that lets us read nothing cannot be asked what it kept."""
LATE = 0.5
"""Brokers of several machines may bring what they retained after what is new."""

log = structlog.get_logger()


class Session:
    def __init__(self, settings: MqttSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._marked = False
        self._heard = threading.Condition()
        self._answers: dict[str, Any] = {}
        """What the broker has said so far: `login`, `subscribed`, and by topic what it brought."""
        self._refused: dict[int, ReasonCode] = {}

    def open(self) -> None:
        """Connects where there is no connection. Raises DestinationUnreachable, DestinationRefused; DestinationForgot where the
        broker has lost what it retained: called again, it is taken to hold nothing."""
        if self._client is None or not self._client.is_connected():
            self.close()
            self._client = self._connected(self._settings.identity)
            try:
                self._marked = self._greet(self._client)
            except DestinationUnreachable:
                self.close()
                raise
            if not self._marked:
                what = f"retains nothing of what it was told (no {self._settings.prefix}{KEPT})"
                raise DestinationForgot(what, where=self._settings.where)
        if not self._marked:
            self.publish({self._settings.prefix + KEPT: TRUE})
            self._marked = True

    def publish(self, messages: Mapping[str, bytes]) -> dict[str, ReasonCode]:
        """Returns when the broker has acknowledged all of them; topic → reason of those that it does not take. Raises
        DestinationUnreachable."""
        client = self._client
        if client is None:
            raise self._lost("no connection")
        self._refused.clear()
        sent = {topic: client.publish(topic, message, QOS, retain=True) for topic, message in messages.items()}
        deadline = time.monotonic() + self._settings.timeout
        for info in sent.values():
            self._await(client, info, deadline)
        refused = self._refused
        return {topic: refused[info.mid] for topic, info in sent.items() if info.mid in refused}

    def try_out(self) -> None:
        """Connects beside whoever holds the connection, and ends. Raises as `open`."""
        client = self._connected(f"{self._settings.identity[:100]}-{secrets.token_hex(4)}", will=False)
        client.disconnect()
        client.loop_stop()

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(self, client_id: str, *, will: bool = True) -> Client:
        settings, newest = self._settings, self._settings.protocol == "5"
        self._answers.clear()
        try:
            client = make_client(settings, client_id, protocol=MQTTv5 if newest else MQTTv311)
        except ConfigError as error:
            raise DestinationRefused(error.what, where=settings.where, remedy=error.remedy) from error
        client.on_connect = lambda client, data, flags, reason, properties: self._hear("login", reason)
        client.on_subscribe = lambda client, data, number, reasons, properties: self._hear("subscribed", reasons)
        client.on_message = self._bring
        client.on_publish = self._acknowledged
        if will:
            client.will_set(settings.prefix + ONLINE, FALSE, QOS, retain=True)
        try:
            connect(client, settings, settings.keep_alive, **({"clean_start": True} if newest else {}))
        except OSError as error:
            raise self._lost(f"no connection: {type(error).__name__}: {error}") from error
        client.loop_start()
        reason = self._said("login", TIMEOUT)
        if reason is None or reason.is_failure:
            client.loop_stop()
            if reason is None or passes(reason):
                raise self._lost("the broker does not answer" if reason is None else f"the broker says: {reason}")
            remedy = "Check user and password in `url`, `certificate`, `client_id` and `protocol`"
            raise DestinationRefused(f"the broker refuses the login: {reason}", where=settings.where, remedy=remedy)
        return client

    def _greet(self, client: Client) -> bool:
        """Says that we are online; whether the broker kept what it retained."""
        online, kept = self._settings.prefix + ONLINE, self._settings.prefix + KEPT
        client.subscribe([(online, QOS), (kept, QOS)])
        reasons = self._said("subscribed", TIMEOUT)
        if reasons is None:
            raise self._lost("the broker does not answer")
        self.publish({online: TRUE})
        if any(reason.is_failure for reason in reasons) or self._said(online, ECHO) is None:
            log.warning("cannot be asked what it retains", destination=self._settings.name, topic=kept)
            return True
        return self._said(kept, LATE) is not None

    def _await(self, client: Client, info: MQTTMessageInfo, deadline: float) -> None:
        while info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS or not info.is_published():
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS or not client.is_connected():
                raise self._lost("the connection is lost")
            if time.monotonic() > deadline:
                self.close()
                raise self._lost(f"no acknowledgement within {self._settings.timeout:g} s")
            info.wait_for_publish(0.2)

    def _lost(self, what: str) -> DestinationUnreachable:
        remedy = "Check `url`, and whether the broker runs"
        return DestinationUnreachable(what, where=self._settings.where, remedy=remedy)

    def _said(self, what: str, seconds: float) -> Any:
        """None where it does not come within that time."""
        with self._heard:
            self._heard.wait_for(lambda: what in self._answers, seconds)
            return self._answers.get(what)

    # in paho's thread

    def _hear(self, what: str, answer: Any) -> None:
        with self._heard:
            self._answers[what] = answer
            self._heard.notify_all()

    def _bring(self, client: Client, data: Any, message: MQTTMessage) -> None:
        own = not message.retain and message.payload == TRUE
        if message.payload and (message.topic != self._settings.prefix + ONLINE or own):
            self._hear(message.topic, message.payload)

    def _acknowledged(self, client: Client, data: Any, number: int, reason: ReasonCode, properties: Any) -> None:
        if reason.is_failure:
            self._refused[number] = reason
