"""Which evaluations each alert channel has been told of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from app.clock import Millis
from app.registry.commit import upsert
from app.registry.evaluation.tables import alert_channel


@dataclass(frozen=True, slots=True)
class ChannelState:
    name: str
    told_until: Millis = 0
    """Of the evaluation it knows all of; 0: of none."""
    failures: int = 0
    """In a row."""
    next_attempt: Millis = 0
    error: str | None = None


def channel_state(connection: Connection, name: str) -> ChannelState:
    columns = [alert_channel.c[field] for field in ChannelState.__slots__]
    row = connection.execute(select(*columns).where(alert_channel.c.name == name)).first()
    return ChannelState(name) if row is None else ChannelState(*row)


def keep_channel(connection: Connection, state: ChannelState) -> None:
    row = {field: getattr(state, field) for field in ChannelState.__slots__}
    upsert(connection, alert_channel, [row], ("name",))
