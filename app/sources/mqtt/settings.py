"""Settings of an MQTT source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from app.sources.tap.settings import TapSettings


class MqttSettings(TapSettings):
    """Statuses that a backend tells an MQTT broker such as Mosquitto (MQTT 3.1.1, which brokers of MQTT 5 speak too)."""

    type: Literal["mqtt"] = "mqtt"
    """`mqtt`."""
    schemes = ("mqtt", "mqtts")
    topics: tuple[str, ...] = ()
    """What to subscribe to, with `+` and `#`; else as the description says."""
    client_id: str = Field("", max_length=128)
    """Who we are there, `chargefeed-NAME` unless said otherwise; no two may be the same. While we are away the broker keeps
    messages of QoS 1 and 2 for it."""
    keep_alive: int = Field(30, ge=5, le=3600)
    """Seconds after which a silent connection is tried."""

    @model_validator(mode="after")
    def _has_topics(self) -> Self:
        if not self.subscribed:
            raise ValueError("`topics` is missing: what to subscribe to")
        return self

    @property
    def subscribed(self) -> tuple[str, ...]:
        return self.topics or self.description.topics

    @property
    def identity(self) -> str:
        return self.client_id or f"chargefeed-{self.name}"
