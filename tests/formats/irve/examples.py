"""A complete location in France with what its tariffs say, and the demo network's French part."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from app.clock import parse_time
from app.formats.base import Context, Envelope, Rendered, format_named
from tests.publish.backend import demo_locations, demo_tariffs, dressed
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "irve"
AT = parse_time("2026-11-23T12:00:00Z")


def location() -> dict[str, Any]:
    return json.loads((DATA / "location.json").read_text())


def tariff(price: float = 0.4, **fields: Any) -> dict[str, Any]:
    components = [{"type": "ENERGY", "price": price, "vat": 20, "step_size": 1}]
    owned = {"country_code": "FR", "party_id": "ABC", "id": "ADHOC", "currency": "EUR", "tax_included": "YES"}
    return {**owned, "type": "AD_HOC_PAYMENT", "elements": [{"price_components": components}], **fields}


def context(**tariffs: dict[str, Any]) -> Context:
    return Context(AT, tariffs or {"ADHOC": tariff()})


def demo() -> tuple[list[dict[str, Any]], Context]:
    """Locations that stand in France, and all tariffs."""
    bodies = [dressed(body) for body in demo_locations(420) if body["country"] == "FRA"]
    return bodies, Context(AT, {body["id"]: body for body in demo_tariffs()})


def rendered(name: str, body: dict[str, Any], given: Context | None = None) -> Rendered:
    """`name`: statique or dynamique."""
    return format_named(f"irve-{name}").location(body, given or context())


def document(name: str, bodies: list[dict[str, Any]], given: Context | None = None) -> bytes:
    fragments = [rendered(name, body, given).body or b"" for body in bodies]
    return format_named(f"irve-{name}").prefix(Envelope(AT)) + b"".join(fragments)


def rows(name: str, body: dict[str, Any], given: Context | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document(name, [body], given).decode())))


def altered(row: dict[str, str], **cells: str) -> str:
    """A file of one row with other cells."""
    text = io.StringIO()
    writer = csv.DictWriter(text, row.keys())
    writer.writeheader()
    writer.writerow(row | cells)
    return text.getvalue()
