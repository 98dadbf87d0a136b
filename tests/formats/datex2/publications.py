"""Whole documents of every dialect, the schemas that judge them, and what is in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from app.clock import parse_time
from app.formats.base import Context, Envelope, Publisher, Rendered, format_named, formats
from tests.formats.datex2.documents import FOLDER, errors_in

DATA = Path("tests/data/datex2")
AT = parse_time("2026-11-10T12:00:00Z")
ENVELOPE = Envelope(AT, Publisher("Musterstrom", "DE"))
NAMES = sorted(name for name in formats() if name.startswith("datex2-"))
TABLES = [name for name in NAMES if "-table-" in name]
STATUSES = [name for name in NAMES if "-status-" in name]
_FOLDERS = {"v3.7": ("v3.7-derived", "v3.7-derived"), "v3.6": ("v3.6-derived", "v3.6-derived")}
"""JSON Schemas derived from the XSDs, which are not official; the German ones are."""
_GERMAN = ("afir-01-00-00/static", "afir-01-00-00/dynamic")


def tariffs() -> dict[str, Any]:
    return {one["id"]: one for one in json.loads((DATA / "tariffs.json").read_text())}


def rendered(name: str, body: dict[str, Any], known: dict[str, Any] | None = None) -> Rendered:
    return format_named(name).location(body, Context(AT, tariffs() if known is None else known))


def document(name: str, bodies: Iterable[dict[str, Any]], known: dict[str, Any] | None = None) -> bytes:
    form = format_named(name)
    parts = (rendered(name, body, known).body for body in bodies)
    return form.prefix(ENVELOPE) + form.separator.join(part for part in parts if part) + form.suffix(ENVELOPE)


def errors(name: str, body: bytes) -> list[str]:
    """What the schema of the dialect says."""
    version = name.split("-")[1]
    if name.endswith("-xml"):
        schema = _xsd(version)
        schema.validate(etree.fromstring(body))
        return [f"{error.line}: {error.message}" for error in schema.error_log]
    static, dynamic = _FOLDERS.get(version, _GERMAN)
    root = f"{static}/DATEXII_3_D2Payload" if "-table-" in name else f"{dynamic}/DATEXII_3_MessageContainer"
    return errors_in(json.loads(body), f"{root}.json")


def found(body: bytes, name: str) -> list[Any]:
    """Everything of that name in a JSON document, in its order; lists are taken apart."""
    return list(_found(json.loads(body), name))


def _found(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _found(one, name)
    if isinstance(value, dict):
        for member, inner in value.items():
            if member == name:
                yield from inner if isinstance(inner, list) else [inner]
            yield from _found(inner, name)


@cache
def _xsd(version: str) -> etree.XMLSchema:
    root = "D2Payload" if version == "v3.5" else "MessageContainer"
    return etree.XMLSchema(etree.parse(FOLDER / "xsd" / version / f"DATEXII_3_{root}.xsd"))
