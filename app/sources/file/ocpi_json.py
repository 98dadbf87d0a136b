"""OCPI JSON in a file: a list, one object, or a whole answer with its envelope."""

from __future__ import annotations

from typing import Any

import orjson

from app.errors import SourceAnswerError
from app.model.outside import decoded


def read_objects(content: bytes, where: str) -> list[Any]:
    """Raises SourceAnswerError for what is no JSON, which is also how a half-written file looks."""
    found = decode(content, where)
    if isinstance(found, dict) and "data" in found:
        found = found["data"]
    return found if isinstance(found, list) else [found]


def decode(content: bytes, where: str) -> Any:
    try:
        return decoded(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise SourceAnswerError(
            f"not JSON: {error}",
            where=where,
            remedy="If it ends in the middle it was read half-written: write it beside and rename it",
        ) from error


def version_of(item: Any) -> str:
    """The OCPI version whose fields an object has: 2.1.1 knows no owner, 2.3.0 tells whether prices include tax."""
    if not isinstance(item, dict):
        return "2.2.1"
    if {"parking_places", "help_phone", "tax_included"} & item.keys():
        return "2.3.0"
    return "2.2.1" if {"country_code", "party_id", "publish"} & item.keys() else "2.1.1"
