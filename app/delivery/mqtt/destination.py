"""The destination `mqtt`: a retained message per EVSE and tariff, written down when the broker has acknowledged it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from app.clock import Clock
from app.delivery.base import Item, ObjectDestination, Receipt
from app.delivery.mqtt.messages import Plan, plan_of
from app.delivery.mqtt.settings import MqttSettings
from app.delivery.settings import DestinationSettings
from app.errors import ConfigError, DeliveryError, ObjectRefused

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

    from app.delivery.mqtt.session import Session

NOT_ALLOWED = frozenset({0x87, 0x90, 0x99})
"""Not authorized, topic name invalid, payload format invalid (MQTT 5, 3.4.2.1): another try gains nothing."""


class Mqtt(ObjectDestination):
    type = "mqtt"
    Settings = MqttSettings
    settings: MqttSettings
    held_open = True

    def __init__(self, settings: DestinationSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self.batch = self.settings.batch
        self._session = _session(self.settings)

    def target(self) -> str:
        return repr((self.settings.broker, self.settings.prefix))

    def check(self) -> str:
        self._session.try_out()
        return f"{self.settings.broker} takes the login"

    def attend(self) -> None:
        self._session.open()

    def deliver(self, items: Sequence[Item]) -> Iterator[Receipt]:
        plans = [plan_of(item, self.settings.prefix) for item in items]
        refused = self._session.publish({topic: said for plan in plans for topic, said in plan.messages.items()})
        for plan in plans:
            yield self._receipt(plan, refused)

    def _receipt(self, plan: Plan, refused: Mapping[str, ReasonCode]) -> Receipt:
        for topic in plan.messages.keys() & refused.keys():
            what, where = f"{topic}: {refused[topic]}", self.settings.where
            error = DeliveryError(what, where=where, remedy="It is tried again")
            if refused[topic].value in NOT_ALLOWED:
                error = ObjectRefused(what, where=where, remedy="Give the user the right to write there")
            return Receipt(plan.item, plan.item.memory, error=error)
        return Receipt(plan.item, plan.memory)


def _session(settings: MqttSettings) -> Session:
    """Raises ConfigError."""
    try:
        from app.delivery.mqtt.session import Session
    except ImportError as error:
        remedy = "pip install 'chargefeed[mqtt]'"
        raise ConfigError("the package paho-mqtt is missing", where=settings.where, remedy=remedy) from error
    return Session(settings)
