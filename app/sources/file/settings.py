"""Settings of a file source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from app.model.duration import Duration
from app.sources.base import SourceSettings


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str | Path) else value


Paths = Annotated[tuple[Path, ...], BeforeValidator(_several)]


class FileSettings(SourceSettings):
    """Files that another program writes. Whoever writes them should write beside and rename, so that none is read half."""

    type: Literal["file"] = "file"
    """`file`."""
    inventory: Paths = ()
    """Locations: OCPI JSON (a list, an object or a whole answer), CSV or XLSX; one file or several."""
    statuses: Path | None = None
    """Statuses of all EVSEs: CSV or a JSON list, with `evse_id`, `status` and, if known, `occurred_at`."""
    tariffs: Paths = ()
    """Tariffs: OCPI JSON, a price plan as YAML, or a folder of both; one or several."""
    version: Literal["2.1.1", "2.2.1", "2.3.0"] | None = None
    """OCPI version of the JSON files; None finds it out from their fields."""
    inventory_every: Duration = Field(10, gt=0)
    """How often the inventory files are looked at."""
    tariffs_every: Duration = Field(10, gt=0)
    """How often the tariff files are looked at."""
    status_every: Duration = Field(5, gt=0)
    """How often the status file is looked at."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.inventory or self.statuses or self.tariffs):
            raise ValueError("give `inventory`, `statuses` or `tariffs`")
        return self
