"""JSON Schemas of what the feed gives: of OCPI's objects in three versions, of the envelopes around them, and of NEVI's document.

Those of 2.3.0 come from the model's own classes, older versions are made from them by the tables that also make the feeds
(`formats.ocpi.versions`), so that schema and feed cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from app.formats.nevi.stations import schema as nevi_schema
from app.formats.ocpi.versions import DOWN, V211, VERSIONS, Difference
from app.model.location import Location
from app.model.tariff import Tariff
from app.model.types import Extension, Model
from app.publish.manifest import Manifest

Schema = dict[str, Any]
_REFERENCE = "#/components/schemas/"
EXTENSION = "x-chargefeed-extension"
"""Marks fields that OCPI does not have: in the 2.3.0 feed only."""


def object_schemas() -> dict[str, Schema]:
    """Of every class in every version: `ocpi_221_Location` and so on."""
    found: dict[str, Schema] = {}
    for version in VERSIONS:
        for name, schema in _classes(version).items():
            found[schema_prefix(version) + name] = schema
    return found


def manifest_schemas() -> dict[str, Schema]:
    schema = Manifest.model_json_schema(mode="serialization", ref_template=_REFERENCE + "{model}")
    return {**schema.pop("$defs"), "Manifest": schema}


def nevi_schemas() -> dict[str, Schema]:
    """`NeviStations`, of the document, and `NeviStation` and so on."""
    prefix = "#/components/schemas/Nevi"
    found: dict[str, Schema] = orjson.loads(orjson.dumps(nevi_schema()).replace(b"#/$defs/", prefix.encode()))
    inside = found.pop("$defs")
    del found["$schema"]
    return {"NeviStations": found, **{f"Nevi{name}": one for name, one in inside.items()}}


def by_itself(schemas: dict[str, Schema], name: str, url: str) -> Schema:
    """One of the schemas of a description, with all that it refers to, as a document of its own."""
    used = _used({_REFERENCE + each: schema for each, schema in schemas.items()}, [_REFERENCE + name])
    named = {each: schemas[each] for each in sorted(ref.removeprefix(_REFERENCE) for ref in used)}
    moved = orjson.loads(orjson.dumps(named).replace(_REFERENCE.encode(), b"#/$defs/"))
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "$id": url, "$ref": f"#/$defs/{name}", "$defs": moved}


def schema_prefix(version: str) -> str:
    """Of the names of that version's schemas: `ocpi_221_`."""
    return f"ocpi_{version.replace('.', '')}_"


def _classes(version: str) -> dict[str, Schema]:
    classes = _newest()
    for difference in DOWN[version]:
        for name, schema in classes.items():
            _downgrade(name, schema, difference)
    if version == V211:
        _complete_211(classes)
    used = _used(classes, ["Location", "Tariff"])
    return {name: _referring(classes[name], schema_prefix(version)) for name in sorted(used)}


def _newest() -> dict[str, Schema]:
    """The classes of 2.3.0 as the feed writes them: absent instead of null, status and times always there."""
    classes: dict[str, Schema] = {}
    for model in (Location, Tariff):
        schema = model.model_json_schema(schema_generator=_Generator, ref_template="{model}")
        classes |= schema.pop("$defs")
        classes[model.__name__] = schema
    for name, schema in classes.items():
        _tidy(schema)
        for field, meaning in extensions().get(name, {}).items():
            schema["properties"][field] |= {"description": meaning, EXTENSION: True}
    del classes["Location"]["properties"]["publish_allowed_to"]
    for name, live in _ALWAYS.items():
        classes[name]["required"] = sorted({*classes[name].get("required", ()), *live})
    return classes


_ALWAYS = {
    "Location": ("last_updated",),
    "EVSE": ("status", "last_updated"),
    "Connector": ("last_updated",),
    "Tariff": ("last_updated",),
}
"""Fields that the registry adds to what sources say."""


class _Generator(GenerateJsonSchema):
    """The model reads some types by functions of its own: a chain of them reads a number, a single one a text."""

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        return {"type": "string"}

    def chain_schema(self, schema: core_schema.ChainSchema) -> JsonSchemaValue:
        return {"type": "number"}


def _tidy(schema: Schema) -> None:
    for name, field in schema.get("properties", {}).items():
        field.pop("title", None)
        field.pop("default", None)
        choices = [choice for choice in field.pop("anyOf", []) if choice != {"type": "null"}]
        if len(choices) == 1:
            field.update(choices[0])
        elif choices:
            field["anyOf"] = choices
        if name.endswith(("_updated", "_date_time")) and field.get("type") == "string":
            field["format"] = "date-time"


@cache
def extensions() -> dict[str, dict[str, str]]:
    """Class → field of chargefeed's own → its meaning."""
    found: dict[str, dict[str, str]] = {}
    waiting: list[type[BaseModel]] = [Location, Tariff, *Model.__subclasses__()]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        for name, field in model.model_fields.items():
            for mark in field.metadata:
                if isinstance(mark, Extension):
                    found.setdefault(model.__name__, {})[field.alias or name] = mark.meaning
    return found


def _downgrade(name: str, schema: Schema, difference: Difference) -> None:
    gone = difference.fields.get(name, frozenset()) | difference.implied.get(name, frozenset())
    renamed = difference.names.get(name, {})
    if "properties" in schema:
        kept = {
            field: value
            for field, value in schema["properties"].items()
            if field not in gone and EXTENSION not in value
        }
        schema["properties"] = {renamed.get(field, field): value for field, value in kept.items()}
        schema["required"] = [renamed.get(field, field) for field in schema.get("required", ()) if field not in gone]
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value not in difference.values.get(name, frozenset())]


def _complete_211(classes: dict[str, Schema]) -> None:
    """What 2.1.1 has and no table says: one tariff per connector, a required `type`."""
    classes["Connector"]["properties"]["tariff_id"] = {"type": "string", "maxLength": 36}
    classes["Location"]["required"] = sorted({*classes["Location"]["required"], "type", "postal_code"})


def _used(classes: dict[str, Schema], names: list[str]) -> set[str]:
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += [part["$ref"] for part in _parts(classes[name]) if part.get("$ref") in classes]
    return found


def _referring(schema: Schema, prefix: str) -> Schema:
    copied = deepcopy(schema)
    for part in _parts(copied):
        if "$ref" in part:
            part["$ref"] = f"{_REFERENCE}{prefix}{part['$ref']}"
    return copied


def _parts(schema: Any) -> Iterator[Schema]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from _parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _parts(value)
