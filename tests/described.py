"""Holding what is sent to its description in `/openapi.json`: every field there is, is described."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from app.settings import shipped
from app.web.openapi import description


@cache
def _validator(name: str) -> Draft202012Validator:
    document = description(shipped("templates") / "openapi.yaml", "http://feed.example")
    schema = {"$ref": f"#/components/schemas/{name}", "unevaluatedProperties": False}
    return Draft202012Validator({**document, **schema})


def defects(name: str, said: Any) -> list[str]:
    """Where it is not as the schema of that name says."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _validator(name).iter_errors(said)]
