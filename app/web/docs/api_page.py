"""`/openapi.json` for people: paths by subject, with their parameters, answers and examples, then the schemas."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson

from app.formats.ocpi.versions import VERSIONS
from app.web.docs.schema_words import COLUMNS, members, words
from app.web.docs.tables import table
from app.web.openapi import written

_OLDER = tuple(f"/{version}" for version in VERSIONS[:-1])
_COPIES = ("party_", "partner_")
"""How the operations begin that say once more what another says."""


@cache
def api_page(url: str, relays: bool) -> str:
    """Markdown. What comes again for one party, a partner or an older version is said once."""
    return "\n\n".join(_parts(orjson.loads(written(url, relays))))


def _parts(document: dict[str, Any]) -> Iterator[str]:
    newest = VERSIONS[-1]
    yield "# The interface, path by path"
    yield f"From [openapi.json](/openapi.json), which programs read. {document['info']['summary']}"
    yield document["info"]["description"]
    yield (
        f"Paths of OCPI are shown for {newest}; {' and '.join(VERSIONS[:-1])} have the same. Each path below `/open/` is there "
        "again for one party (`/open/party/DE-ABC/…`), and those of OCPI for partners with a token (`/ocpi/…`)."
    )
    shown = {path: item for path, item in document["paths"].items() if not _again(path, item)}
    subjects = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
    used = dict.fromkeys(
        tag for item in shown.values() for _, operation in _operations(item) for tag in operation["tags"]
    )
    for subject in {**subjects, **used}:
        yield f"## {subject}"
        yield subjects.get(subject, "")
        for path, item in shown.items():
            for method, operation in _operations(item):
                if subject in operation["tags"]:
                    yield from _operation(document, f"{method.upper()} {path}", operation)
    yield "## Schemas"
    for name, schema in sorted(_schemas(document, shown).items(), key=lambda one: one[0].lower()):
        yield f"### Schema `{name}`"
        yield schema.get("description", "")
        rows = list(members(schema))
        yield table(COLUMNS, rows) if rows else words(schema)


def _again(path: str, item: dict[str, Any]) -> bool:
    copies = any(operation["operationId"].startswith(_COPIES) for _, operation in _operations(item))
    return copies or any(older in path for older in _OLDER)


def _operations(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(method, operation), each with the parameters of its path."""
    for method, operation in item.items():
        if method != "parameters":
            yield method, {**operation, "parameters": [*item.get("parameters", ()), *operation.get("parameters", ())]}


def _operation(document: dict[str, Any], title: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### `{title}`"
    yield f"{operation['summary']}."
    yield operation.get("description", "")
    parameters = [_found(document, one) for one in operation.get("parameters", ())]
    if parameters:
        rows = [
            (
                f"`{one['name']}`",
                one["in"],
                words(one["schema"]),
                f"`{one.get('example', '')}`",
                one.get("description", ""),
            )
            for one in parameters
        ]
        yield table(("Parameter", "In", "What it is", "Example", "Means"), rows)
    answers = {code: _found(document, one) for code, one in operation["responses"].items()}
    kinds = {code: ", ".join(f"`{kind}`" for kind in one.get("content", ())) for code, one in answers.items()}
    yield table(("Answer", "As", "Means"), [(code, kinds[code], one["description"]) for code, one in answers.items()])
    for content in answers.get("200", {}).get("content", {}).values():
        if "example" in content:
            yield f"```\n{_printed(content['example'])}\n```"
            return


def _printed(example: Any) -> str:
    return example if isinstance(example, str) else orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()


def _found(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Itself, or what its `$ref` names."""
    found: Any = document
    for step in part.get("$ref", "").split("/")[1:]:
        found = found[step]
    return found if "$ref" in part else part


def _schemas(document: dict[str, Any], paths: dict[str, Any]) -> dict[str, Any]:
    """Those that the paths refer to, and what these refer to."""
    known, found, waiting = (
        document["components"]["schemas"],
        dict[str, Any](),
        [paths, document["components"]["responses"]],
    )
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in known and name not in found:
                found[name] = known[name]
                waiting.append(known[name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
