"""Examples of answers for `/openapi.json`: one location and its tariff as each format says them, so they are what the feed gives.

What no format makes has its example in `templates/openapi.yaml`.
"""

from __future__ import annotations

from typing import Any

import orjson

from app.clock import parse_time
from app.formats.base import NOBODY, Address, Context, Envelope, Format, formats
from app.model.batch import Kind
from app.settings import shipped

_DATEX2 = "/open/datex2/{profile}/{publication}"
_SHOWN_AS = {f"/open/datex2/v3.7-afir/table.{name}": f"{_DATEX2}.{name}" for name in ("xml", "json")}
_AMERICAN = "USA"


def give_examples(paths: dict[str, Any]) -> None:
    """Fills in what is made by formats; leaves what has an example."""
    documents = _documents()
    for path, item in paths.items():
        content = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        found = _example(path, documents)
        for answer in content.values() if found is not None else ():
            answer.setdefault("example", found)


def _example(path: str, documents: dict[str, Any]) -> Any:
    if path in documents:
        return documents[path]
    listed, *inside = path.split("/{")
    document = documents.get(f"{listed}.json")
    if document is None or "/ocpi/" not in path:
        return None
    if not inside:
        return document
    found = document["data"][0]
    for name in ("evses", "connectors")[: len(inside) - 1]:
        found = found[name][0]
    return document | {"data": found}


def _documents() -> dict[str, Any]:
    """By path, as what its media type says: an object, or text."""
    given = orjson.loads((shipped("templates") / "examples.json").read_bytes())
    made = {}
    for form in formats().values():
        for address in form.addresses:
            path = f"/open/{address.path}"
            body = _document(form, address, given)
            made[_SHOWN_AS.get(path, path)] = orjson.loads(body) if form.media_type.endswith("json") else body.decode()
    return made


def _document(form: Format, address: Address, given: dict[str, Any]) -> bytes:
    location, tariff = given["location"], given["tariff"]
    if _AMERICAN in address.countries:
        location = location | given[_AMERICAN]
    at = parse_time(location["last_updated"])
    context = Context(at, {tariff["id"]: tariff})
    rendered = form.tariff(tariff, context) if address.kind is Kind.TARIFFS else form.location(location, context)
    envelope = Envelope(at, NOBODY)
    return form.prefix(envelope) + (rendered.body or b"") + form.suffix(envelope)
