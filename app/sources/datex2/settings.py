"""Settings of a DATEX II source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from app.model.duration import Duration
from app.sources.http import HttpSettings
from app.sources.remote import Place


class Datex2Settings(HttpSettings):
    """Energy infrastructure publications of DATEX II (CEN/TS 16157-10, AFIR), in XML or JSON of any dialect."""

    type: Literal["datex2"] = "datex2"
    """`datex2`."""
    table: Place | None = None
    """The table publication, the inventory with its prices: a path or a URL."""
    status: Place | None = None
    """The status publication, the statuses and newer prices: a path or a URL."""
    token: SecretStr | None = None
    """Sent as `Authorization: Bearer`; for a key in a header of its own there is `headers`."""
    status_every: Duration = Field(30, gt=0)
    """How often the status publication is read."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.table or self.status):
            raise ValueError("give `table` or `status`")
        return self
