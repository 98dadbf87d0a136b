"""Settings of an MQTT broker that is told the present state."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.broker import BrokerSettings
from app.delivery.settings import DestinationSettings
from app.model.duration import Duration


class MqttSettings(DestinationSettings, BrokerSettings):
    """An MQTT broker such as Mosquitto that keeps the present status of each EVSE, and each tariff, as retained messages."""

    type: Literal["mqtt"] = "mqtt"
    """`mqtt`."""
    schemes = ("mqtt", "mqtts")
    prefix: str = Field("", pattern=r"^([^+#/$\s][^+#\s]*/)?$")
    """What stands before `status/…` and `tariff/…` in each topic; ends with `/`."""
    client_id: str = Field("", max_length=128)
    """Who we are there, `chargefeed-NAME` unless said otherwise; no two may be the same."""
    protocol: Literal["5", "3.1.1"] = "5"
    """Version of MQTT; by 3.1.1 a broker cannot say that it refuses a message."""
    keep_alive: int = Field(30, ge=5, le=3600)
    """Seconds after which a silent connection is tried."""
    timeout: Duration = Field(30, gt=0)
    """Longest time that the broker may take to acknowledge a batch."""
    batch: int = Field(200, ge=1, le=10_000)
    """Locations and tariffs sent before the first of them is acknowledged."""

    @property
    def where(self) -> str:
        return f"destination {self.name}, {self.broker}"

    @property
    def identity(self) -> str:
        return self.client_id or f"chargefeed-{self.name}"
