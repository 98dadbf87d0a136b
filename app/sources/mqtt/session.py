"""One connection with an MQTT broker, driven by whoever reads from it: nothing happens in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from app.errors import SourceRefused, SourceUnreachable
from app.mqtt import QOS, TIMEOUT, connect, make_client, passes
from app.sources.mqtt.settings import MqttSettings


class Session:
    def __init__(self, settings: MqttSettings, client_id: str, *, kept: bool) -> None:
        """`kept`: the broker keeps messages for us between connections. Raises ConfigError."""
        self._settings = settings
        self._read: list[MQTTMessage] = []
        self._answer: Sequence[ReasonCode] | None = None
        self._client = client = make_client(settings, client_id, clean_session=not kept, manual_ack=True)
        client.on_connect = lambda client, data, flags, reason, properties: self._answered([reason])
        client.on_subscribe = lambda client, data, number, reasons, properties: self._answered(reasons)
        client.on_message = lambda client, data, message: self._read.append(message)

    def open(self) -> None:
        """Connects and subscribes. Raises SourceError."""
        settings = self._settings
        try:
            connect(self._client, settings, settings.keep_alive)
        except OSError as error:
            what, remedy = f"no connection: {type(error).__name__}: {error}", "Check `url`, and whether the broker runs"
            raise SourceUnreachable(what, where=settings.where, remedy=remedy) from error
        [reason] = self._asked(lambda: None)
        if reason.is_failure:
            kind = SourceUnreachable if passes(reason) else SourceRefused
            remedy = "Check user and password in `url`, `certificate` and `client_id`"
            raise kind(f"the broker refuses the login: {reason}", where=settings.where, remedy=remedy)
        topics = settings.subscribed
        reasons = self._asked(lambda: self._client.subscribe([(topic, QOS) for topic in topics]))
        refused = [topic for topic, reason in zip(topics, reasons, strict=False) if reason.is_failure]
        if refused:
            what, remedy = f"the broker does not let us read {refused[0]}", "Give the user the right to read it"
            raise SourceRefused(what, where=settings.where, remedy=remedy)

    def read(self, seconds: float) -> list[MQTTMessage]:
        """What comes within that time. Raises SourceUnreachable where the connection is lost."""
        self._turn(seconds)
        read, self._read = self._read, []
        return read

    def acknowledge(self, messages: Iterable[MQTTMessage]) -> None:
        for message in messages:
            self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        self._client.disconnect()

    def _asked(self, ask: Callable[[], object]) -> Sequence[ReasonCode]:
        """What the broker answers."""
        self._answer = None
        ask()
        deadline = time.monotonic() + TIMEOUT
        while self._answer is None:
            self._turn(0.1)
            if time.monotonic() > deadline:
                raise SourceUnreachable("the broker does not answer", where=self._settings.where)
        return self._answer

    def _answered(self, reasons: Sequence[Any]) -> None:
        self._answer = reasons

    def _turn(self, seconds: float) -> None:
        code = self._client.loop(seconds)
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS and self._answer_is_no_refusal():
            raise SourceUnreachable(f"the connection is lost: {code.name}", where=self._settings.where)

    def _answer_is_no_refusal(self) -> bool:
        """A refusal, with which the broker closes the connection, says more."""
        return not (self._answer and self._answer[0].is_failure)
