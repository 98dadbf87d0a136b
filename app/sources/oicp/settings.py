"""Settings of an OICP source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from app.model.duration import Duration
from app.sources.http import HttpSettings
from app.sources.remote import Place


class OicpSettings(HttpSettings):
    """JSON files of OICP 2.3 records: those that Switzerland publishes, or messages as Hubject takes and gives them."""

    type: Literal["oicp"] = "oicp"
    """`oicp`."""
    data: Place | None = None
    """EVSE data, the inventory: a path or a URL."""
    status: Place | None = None
    """EVSE statuses: a path or a URL."""
    status_every: Duration = Field(30, gt=0)
    """How often the statuses are read."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.data or self.status):
            raise ValueError("give `data` or `status`")
        return self
