from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from app.clock import SystemClock
from app.model.batch import Kind
from app.sources.demo import DemoSource


@pytest.fixture(scope="session")
def faults(shared_data: Path) -> Callable[[str, Any], list[str]]:
    """What is wrong with a message, by the official description of OICP 2.3; the lengths it states are held too."""
    described = json.loads((shared_data / "oicp-openapi" / "oicp-2.3-cpo.openapi.json").read_text())
    whole = _with_lengths(described)

    def found(schema: str, message: Any) -> list[str]:
        validator = Draft4Validator({**whole, "$ref": f"#/components/schemas/{schema}"})
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(message)]

    return found


def _with_lengths(schema: Any) -> Any:
    """`minimum` and `maximum` of strings are meant as lengths (README of the data)."""
    if isinstance(schema, list):
        return [_with_lengths(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    names = {"minimum": "minLength", "maximum": "maxLength"} if schema.get("type") == "string" else {}
    return {names.get(name, name): _with_lengths(value) for name, value in schema.items()}


@pytest.fixture(scope="session")
def demo() -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Locations of the demo network, and its tariffs by id."""
    source = DemoSource(DemoSource.Settings(name="demo", type="demo", locations=60), SystemClock())
    read = {
        kind: [batch.parse(raw).record.body for batch in source.fetch(kind, None, full=True) for raw in batch.records]
        for kind in (Kind.LOCATIONS, Kind.TARIFFS)
    }
    return read[Kind.LOCATIONS], {tariff["id"]: tariff for tariff in read[Kind.TARIFFS]}
