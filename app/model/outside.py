"""JSON that somebody outside wrote: more can be read of it than can be written again, so what is nested too deeply is cut."""

from __future__ import annotations

from typing import Any

import orjson

DEEPEST = 50
"""Levels that are kept of what is nested too deeply: no record of any format has as many."""
ROOM = 10
"""Levels that a record may be put into before it is written."""


def decoded(data: bytes | str) -> Any:
    """What it says. Where it is nested more deeply than can be written again, null stands for what lies below DEEPEST levels, so
    that one such value spoils neither its record nor the others. Raises orjson.JSONDecodeError."""
    found = orjson.loads(data)
    return found if _can_be_written(found) else _cut(found, DEEPEST)


def _can_be_written(value: Any) -> bool:
    for _ in range(ROOM):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:  # `Recursion limit reached`: at 254 levels, where it reads 1024
        return False
    return True


def _cut(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return None
    if isinstance(value, dict):
        return {name: _cut(item, levels - 1) for name, item in value.items()}
    return [_cut(item, levels - 1) for item in value]
