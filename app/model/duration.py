"""Lengths of time as people write them in settings: `15s`, `10min`, `6h`, `1d`, `1h30min`, or a number of seconds."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = re.compile(r"\d+(\.\d+)?")
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)\s*")


def read_duration(value: Any) -> Any:
    """Seconds. Raises ValueError for text that is no length of time; what is no text, or a mere number, pydantic judges."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    seconds, at = 0.0, 0
    while part := _PART.match(value, at):
        seconds += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    if at == 0 or at < len(value):
        raise ValueError(f"{value!r} is no length of time; write seconds or such as 15s, 10min, 6h, 1d")
    return seconds


Duration = Annotated[float, BeforeValidator(read_duration), Field(ge=0, allow_inf_nan=False)]
"""Seconds, 0 or more."""
