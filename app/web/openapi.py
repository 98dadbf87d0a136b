"""`/openapi.json`: what every path takes and gives. Written once per path in `templates/openapi.yaml`, spelled out here.

What is relayed for partners (`templates/openapi-relay.yaml`) is described where it is there.

`/open/change.schema.json` is the part of it that whoever takes changes needs, as they come in pages, streams and webhooks.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from flask import Blueprint, Response, current_app

from app import __version__
from app.formats.ocpi.versions import VERSIONS
from app.marked_yaml import QUICK
from app.settings import shipped
from app.web.outgoing import json_answer
from app.web.site import RELAY, site

area = Blueprint("openapi", __name__)


@area.get("/openapi.json")
def openapi() -> Response:
    return json_answer(written(site().settings.web.url, RELAY in current_app.extensions))


@area.get("/open/change.schema.json")
def change_schema() -> Response:
    return json_answer(_change_schema(site().settings.web.url))


@cache
def written(url: str, relays: bool = False) -> bytes:
    """Put together when it is first asked for: a start should not wait for it."""
    templates = shipped("templates")
    relay = templates / "openapi-relay.yaml" if relays else None
    return orjson.dumps(description(templates / "openapi.yaml", url, relay))


@cache
def _change_schema(url: str) -> bytes:
    from app.web.schemas import by_itself

    schemas = orjson.loads(written(url))["components"]["schemas"]
    return orjson.dumps(by_itself(schemas, "Change", f"{url}/open/change.schema.json"))


def description(template: Path, url: str, relay: Path | None = None) -> dict[str, Any]:
    """The whole document: each version's paths with that version's schemas, each open path again for one party, and those of OCPI
    for partners with a token. `relay`: the template of what is relayed, in the versions that can."""
    from app.web.openapi_examples import give_examples  # renders in every format
    from app.web.schemas import (
        manifest_schemas,
        nevi_schemas,
        object_schemas,
        schema_prefix,
    )  # builds the schema of every class of the model

    written: dict[str, Any] = yaml.load(template.read_text(encoding="utf-8"), Loader=QUICK)
    written["info"]["version"] = __version__
    written["servers"] = [{"url": url}]
    written["components"]["schemas"] |= object_schemas() | manifest_schemas() | nevi_schemas()
    more: dict[str, Any] = {"paths": {}, "schemas": {}}
    if relay is not None:
        more = yaml.load(relay.read_text(encoding="utf-8"), Loader=QUICK)
        written["components"]["schemas"] |= more["schemas"]
        written["components"]["securitySchemes"] |= more["securitySchemes"]
    paths: dict[str, Any] = {}
    for given, known in ((written["paths"], VERSIONS), (more["paths"], VERSIONS[1:])):
        for path, item in given.items():
            for version in known if "{version}" in path else ("",):
                words = {"{version}": version, "{ocpi}": schema_prefix(version)} if version else {}
                paths[path.replace("{version}", version)] = _spelled(item, words)
    give_examples(paths)
    for path, item in list(paths.items()):
        if not item.pop("x-everybody", False) and path.startswith("/open/"):
            paths[path.replace("/open/", "/open/party/{party}/", 1)] = _of_party(item)
        if path.startswith("/open/ocpi/") and not path.endswith(".json"):
            below = path.removeprefix("/open/ocpi/")
            paths[f"/ocpi/{'' if below == 'versions' else 'cpo/'}{below}"] = _of_partner(item)
    return written | {"paths": paths}


def _spelled(part: Any, words: dict[str, str]) -> Any:
    """A copy in which each placeholder is written out."""
    if isinstance(part, dict):
        return {name: _spelled(value, words) for name, value in part.items()}
    if isinstance(part, list):
        return [_spelled(value, words) for value in part]
    if isinstance(part, str):
        for placeholder, word in words.items():
            part = part.replace(placeholder, word)
    return part


def _of_partner(item: dict[str, Any]) -> dict[str, Any]:
    operation = item["get"]
    return {
        "get": {
            **operation,
            "operationId": f"partner_{operation['operationId']}",
            "summary": f"{operation['summary']}, for a partner",
            "security": [{"token": []}],
            "responses": {**operation["responses"], "401": {"$ref": "#/components/responses/Unauthorized"}},
        }
    }


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
