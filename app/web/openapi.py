"""`/openapi.json`: what every path takes and gives. Written once per path in `templates/openapi.yaml`, spelled out here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import yaml
from flask import Blueprint, Flask, Response, current_app

from app import __version__
from app.formats.ocpi.versions import VERSIONS
from app.web.outgoing import json_answer
from app.web.schemas import manifest_schemas, object_schemas, schema_prefix

area = Blueprint("openapi", __name__)


@area.get("/openapi.json")
def openapi() -> Response:
    return json_answer(current_app.extensions["openapi"])


def register(app: Flask, template: Path, url: str) -> None:
    app.extensions["openapi"] = orjson.dumps(description(template, url))
    app.register_blueprint(area)


def description(template: Path, url: str) -> dict[str, Any]:
    """The whole document: each version's paths with that version's schemas, and each open path again for one party."""
    written: dict[str, Any] = yaml.safe_load(template.read_text(encoding="utf-8"))
    written["info"]["version"] = __version__
    written["servers"] = [{"url": url}]
    written["components"]["schemas"] |= object_schemas() | manifest_schemas()
    paths: dict[str, Any] = {}
    for path, item in written["paths"].items():
        versions = VERSIONS if "{version}" in path else ("",)
        for version in versions:
            paths[path.replace("{version}", version)] = _spelled(item, version)
    for path, item in list(paths.items()):
        if not item.pop("x-everybody", False) and path.startswith("/open/"):
            paths[path.replace("/open/", "/open/party/{party}/", 1)] = _of_party(item)
    return written | {"paths": paths}


def _spelled(part: Any, version: str) -> Any:
    """A copy with the version written out."""
    if isinstance(part, dict):
        return {name: _spelled(value, version) for name, value in part.items()}
    if isinstance(part, list):
        return [_spelled(value, version) for value in part]
    if isinstance(part, str) and version:
        return part.replace("{version}", version).replace("{ocpi}", schema_prefix(version))
    return part


def _of_party(item: dict[str, Any]) -> dict[str, Any]:
    operation = item["get"]
    party = {"$ref": "#/components/parameters/party"}
    return {
        "get": {
            **operation,
            "operationId": f"party_{operation['operationId']}",
            "summary": f"{operation['summary']}, of one party",
            "parameters": [party, *operation.get("parameters", ())],
            "responses": {**operation["responses"], "404": {"$ref": "#/components/responses/Unknown"}},
        }
    }
