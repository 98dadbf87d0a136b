"""A federally funded station that lacks nothing, and what is to be changed in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.clock import parse_time
from app.formats.base import Context, Rendered, format_named
from tests.objects import GONE, changed
from tests.shared import ROOT

Body = dict[str, Any]
DATA = ROOT / "tests" / "data" / "nevi"
AT = parse_time("2026-11-23T20:00:00Z")
"""Noon in Sacramento."""


def read(name: str) -> Body:
    return json.loads((DATA / name).read_text())


def location(changes: Mapping[str, Any] | None = None) -> Body:
    """Path → value; None takes the field away."""
    body = read("location.json")
    for path, value in (changes or {}).items():
        changed(body, path, GONE if value is None else value)
    return body


def rendered(
    name: str, changes: Mapping[str, Any] | None = None, tariffs: Mapping[str, Body] | None = None
) -> Rendered:
    known = {"DAY": read("tariff.json")} if tariffs is None else tariffs
    return format_named(name).location(location(changes), Context(AT, known))


def lost(found: Rendered) -> dict[str, str]:
    """Path → reason."""
    return {loss.path: loss.reason for loss in found.losses}
