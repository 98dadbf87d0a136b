"""A plan that says something wrong is refused with file, line, field and what to write instead."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
import yaml

from app.errors import ConfigError
from app.settings import shipped
from app.tariffs.plan.reading import read_plan
from app.tariffs.plan.schema import json_schema

REFUSED = sorted((Path(__file__).parents[2] / "data/plans/refused").glob("*.yaml"))
EXAMPLES = sorted((shipped("config") / "plans").glob("*.yaml"))


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_wrong_plan_is_refused_at_its_line(path: Path) -> None:
    line, _, what = path.read_text().partition("\n")[0].removeprefix("# ").partition(": ")
    with pytest.raises(ConfigError) as refused:
        read_plan(path)
    said = str(refused.value)
    assert said.startswith(f"{path}:{line}: "), said
    assert what in said


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_wrong_plan_has_no_other_defect(path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read_plan(path)
    assert not getattr(refused.value, "__notes__", [])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_read_and_fits_the_schema(path: Path) -> None:
    read_plan(path)
    jsonschema.validate(json.loads(json.dumps(yaml.load(path.read_text(), yaml.BaseLoader), default=str)), _lenient())


def _lenient() -> dict[str, object]:
    """The schema for a reader of YAML that leaves every scalar text."""
    text = json.dumps(json_schema())
    text = text.replace('"type": "number"', '"type": ["number", "string"]')
    text = text.replace('"type": "integer"', '"type": ["integer", "string"]')
    schema: dict[str, object] = json.loads(text.replace('"type": "boolean"', '"type": ["boolean", "string"]'))
    return schema


def test_the_shipped_schema_is_the_one_of_the_language() -> None:
    shipped_schema = json.loads((shipped("config") / "plan.schema.json").read_text())
    assert shipped_schema == json_schema(), "write json_schema() to config/plan.schema.json"


def test_every_setting_of_the_language_is_in_an_example() -> None:
    written = {key for path in EXAMPLES for key in _keys(yaml.safe_load(path.read_text()))}
    schema = json_schema()
    parts = [schema, *schema["$defs"].values()]
    known = {name for part in parts for name in part.get("properties", {})}
    assert known - written == set()


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return {str(key) for key in value} | {name for inner in value.values() for name in _keys(inner)}
    return {name for inner in value for name in _keys(inner)} if isinstance(value, list) else set()


def test_prices_keep_every_digit() -> None:
    plan = read_plan(shipped("config") / "plans/city-occupancy.yaml")
    assert plan.everyone
    assert plan.everyone.energy == Decimal("0.50")
