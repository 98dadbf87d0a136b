"""The full location and tariff of `tests/data/model`, and how to change one place in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.formats.json_lines import path_of

DATA = Path(__file__).parent / "data" / "model"
GONE = object()


def location() -> dict[str, Any]:
    return json.loads((DATA / "location.json").read_text())


def tariff() -> dict[str, Any]:
    return json.loads((DATA / "tariff.json").read_text())


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """`body` with `value` at `path` (`evses[0].status`); GONE takes the field or item away."""
    *above, last = path_of(path)
    target: Any = body
    for step in above:
        target = target[step]
    if value is GONE:
        del target[last]
    else:
        target[last] = value
    return body
