"""Subscribing to topics of an MQTT broker.

A message of QoS 1 or 2 is acknowledged once the inbox holds it; the broker keeps it in a persistent session meanwhile. A retained
one tells what holds, not what happens.
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

import structlog

from app.errors import ConfigError
from app.sources.mqtt.settings import MqttSettings
from app.sources.tap.mail import Mail
from app.sources.tap.reading import Message
from app.sources.tap.source import LOOK_EVERY, TapSource

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

    from app.sources.mqtt.session import Session

MOST_WAITING = 1000
"""Handed in at the latest when so many came without a pause."""
TRY_AGAIN = 1.0

log = structlog.get_logger()


class MqttSource(TapSource):
    type = "mqtt"
    Settings = MqttSettings
    settings: MqttSettings

    def begin(self) -> None:
        self._session(kept=False)

    def check(self) -> str:
        session = self._session(kept=False)
        session.open()
        session.close()
        return f"{self.settings.broker}: {', '.join(self.settings.subscribed)}"

    def tap(self, mail: Mail, stop: threading.Event) -> None:
        session = self._session(kept=True)
        session.open()
        log.info("connected", source=self.name, broker=self.settings.broker)
        waiting: list[MQTTMessage] = []
        try:
            while not stop.is_set():
                read = session.read(0.0 if waiting else LOOK_EVERY)
                for message in read:
                    mail.add(self._message(message))
                waiting += read
                if read and len(waiting) < MOST_WAITING:
                    continue
                if not mail.hand_in():
                    stop.wait(TRY_AGAIN)
                    continue
                session.acknowledge(waiting)
                waiting.clear()
                mail.connected()
        finally:
            session.close()

    def _message(self, message: MQTTMessage) -> Message:
        topic, body, now = message.topic, bytes(message.payload), self.clock.now()
        parts = tuple(topic.split("/"))
        return Message(f"topic {topic}", parts, body, now, retained=message.retain, again=message.dup)

    def _session(self, *, kept: bool) -> Session:
        """`kept`: the one that the broker keeps messages for; else another, beside it."""
        try:
            from app.sources.mqtt.session import Session
        except ImportError as error:
            remedy = "pip install 'chargefeed[mqtt]'"
            raise ConfigError("the package paho-mqtt is missing", where=f"source {self.name}", remedy=remedy) from error
        identity = self.settings.identity if kept else f"{self.settings.identity[:100]}-{secrets.token_hex(4)}"
        return Session(self.settings, identity, kept=kept)
