"""Settings of a SteVe source."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from app.model.duration import Duration
from app.sources.evse_ids import EvseIdSettings
from app.sources.sql import SqlSettings


class SteveSettings(EvseIdSettings, SqlSettings):
    """SteVe 3.7 and later, by a database user who may read."""

    databases: ClassVar[frozenset[str]] = frozenset({"mysql", "mariadb"})

    type: Literal["steve"] = "steve"
    """`steve`."""
    silent_after: Duration | None = Field(None, gt=0)
    """After so long without a sign of life a charger is UNKNOWN; else three times the heartbeat interval SteVe gives out."""
