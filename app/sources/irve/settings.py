"""Settings of an IRVE source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from app.model.duration import Duration
from app.sources.http import HttpSettings
from app.sources.remote import Place


class IrveSettings(HttpSettings):
    """The CSV files that French operators publish (schema-irve-statique, schema-irve-dynamique), whoever wrote them."""

    type: Literal["irve"] = "irve"
    """`irve`."""
    static: Place | None = None
    """The static file, the inventory: a path or a URL."""
    dynamic: Place | None = None
    """The dynamic file, the statuses: a path or a URL."""
    status_every: Duration = Field(30, gt=0)
    """How often the dynamic file is read."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.static or self.dynamic):
            raise ValueError("give `static` or `dynamic`")
        return self
