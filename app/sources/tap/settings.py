"""Settings that all sources of messages have, and those that tap a broker."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from app.broker import BrokerSettings
from app.model.batch import Role
from app.sources.evse_ids import EvseIdSettings
from app.sources.tap.description import SHELF, BackendName, Description


class MessageSettings(EvseIdSettings):
    """Statuses that a backend tells in messages."""

    roles: frozenset[Role] = frozenset({Role.STATUS})
    """Messages say statuses; inventory and prices come from other sources."""
    backend: BackendName | None = None
    """Whose messages these are: a description of `config/backends/events`, such as `citrineos`."""
    describes: Description | None = None
    """Or what is to be known of them: which JMESPath is which field, as the files of `config/backends/events`."""
    alive: Literal["messages", "connection"] = "messages"
    """What counts as news, for `ttl`: messages; or that the broker holds the connection, where the backend tells changes alone,
    and is silent for longer than `ttl`."""
    max_body: int = Field(1024 * 1024, gt=0)
    """Largest message that is read, in bytes."""

    @model_validator(mode="after")
    def _described_once(self) -> Self:
        if (self.backend is None) == (self.describes is None):
            raise ValueError("give `backend` or `describes`, and just one of them")
        return self

    @property
    def description(self) -> Description:
        """Raises ConfigError where the shipped one is defective."""
        if self.describes is not None:
            return self.describes
        assert self.backend is not None
        return SHELF.load(self.backend)


class TapSettings(MessageSettings, BrokerSettings):
    """Statuses that a backend tells a message broker."""

    @property
    def where(self) -> str:
        return f"source {self.name}, {self.broker}"
