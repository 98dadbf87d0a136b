"""JSON Schema of the plan language, for editors: config/plan.schema.json holds what this gives."""

from __future__ import annotations

from typing import Any

from app.tariffs.plan.language import Plan


def json_schema() -> dict[str, Any]:
    schema = Plan.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "chargefeed price plan"}
