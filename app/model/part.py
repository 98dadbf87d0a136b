"""What every part of a file that people write is: settings, price plans."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        """`guards:` with everything below it commented out means the defaults."""
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data
