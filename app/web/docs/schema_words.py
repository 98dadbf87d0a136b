"""JSON Schemas in words: what a value is, and what members an object has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
Row = tuple[str, str, str, str]
"""Member, what it is, `required` or nothing, what it means."""

COLUMNS = ("Member", "What it is", "", "Means")
_REFERENCE = "#/components/schemas/"


def words(schema: Schema, place: str = "") -> str:
    """`place`: the page on which each named schema has its section `Schema NAME`; empty: this one."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        return f"[{name}]({place}#schema-{name.lower()})"
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return (" and " if several == "allOf" else " or ").join(words(one, place) for one in schema[several])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {words(schema.get('items', {}), place)}"
    named = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{named}, {schema['format']}" if "format" in schema else named


def members(schema: Schema, place: str = "", before: str = "") -> Iterator[Row]:
    """Of objects, of those in lists, and of objects inside them that have no name of their own (`data[].at`)."""
    for part in schema.get("allOf", ()):
        yield from members(part, place, before)
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        if not isinstance(member, dict):
            continue
        needed = "required" if name in required else ""
        yield f"`{before}{name}`", words(member, place), needed, member.get("description", "")
        inner, dots = (member.get("items", {}), "[].") if member.get("type") == "array" else (member, ".")
        if isinstance(inner, dict) and "$ref" not in inner:
            yield from members(inner, place, f"{before}{name}{dots}")
