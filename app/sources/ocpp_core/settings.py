"""Settings of an OCPP.Core source."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from app.model.batch import Role
from app.model.duration import Duration
from app.sources.evse_ids import EvseIdSettings
from app.sources.sql import SqlSettings


class OcppCoreSettings(EvseIdSettings, SqlSettings):
    """OCPP.Core on SQLite or SQL Server."""

    databases: ClassVar[frozenset[str]] = frozenset({"sqlite", "mssql"})

    type: Literal["ocpp-core"] = "ocpp-core"
    """`ocpp-core`."""
    roles: frozenset[Role] = frozenset({Role.STATUS})
    """It knows statuses alone."""
    silent_after: Duration | None = Field(None, gt=0)
    """After so long without a message a charger is UNKNOWN. Needs OCPP.Core's message log (`DbMessageLog`); else not judged."""
