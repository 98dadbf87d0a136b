"""Settings of an AMQP source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from app.model.duration import Duration
from app.sources.tap.description import Binding
from app.sources.tap.settings import TapSettings


class AmqpSettings(TapSettings):
    """Statuses that a backend tells an AMQP 0-9-1 broker such as RabbitMQ. Each is acknowledged once it is safe here."""

    type: Literal["amqp"] = "amqp"
    """`amqp`."""
    schemes = ("amqp", "amqps")
    bindings: tuple[Binding, ...] = ()
    """What goes into the queue, which is made then; else as the description says."""
    queue: str = Field("", max_length=255)
    """The queue to read: with bindings `chargefeed-NAME` unless said otherwise, without one that is there, which nobody else may
    read."""
    keeps: Duration = Field(86400, ge=1)
    """A queue that was made is dropped by the broker after so long without us; until then nothing is lost."""
    prefetch: int = Field(500, ge=1, le=65535)
    """Messages that the broker sends before the first of them is acknowledged."""

    @model_validator(mode="after")
    def _has_a_queue(self) -> Self:
        if not self.queue and not self.bound:
            raise ValueError("give `queue` or `bindings`: what to read")
        return self

    @property
    def bound(self) -> tuple[Binding, ...]:
        return self.bindings or self.description.bindings

    @property
    def queue_name(self) -> str:
        return self.queue or f"chargefeed-{self.name}"
