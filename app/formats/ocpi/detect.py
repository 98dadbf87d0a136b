"""Which version of OCPI an object is written in, and which class it is of, told from its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.formats.ocpi.parse import PARTS
from app.formats.ocpi.upgrade import former_names
from app.formats.ocpi.versions import TO_211, TO_221, V211, V221, V230, Difference
from app.model.shape import fields
from app.model.types import Model

_IDENTIFIED = {"Location": "id", "Tariff": "id", "EVSE": "uid", "Connector": "id", "Parking": "id"}


def class_of(body: dict[str, Any]) -> str:
    """The class that has most of the object's fields, in whatever version; the first of `PARTS` where several have."""
    scores = {name: len(body.keys() & _all_names(name, model)) for name, model in PARTS.items()}
    return max(scores, key=lambda name: scores[name])


def is_whole(body: dict[str, Any], part: str) -> bool:
    """Whether the object is one of its own; else it is a change to one (PATCH), or a class without id."""
    return part not in _IDENTIFIED or _IDENTIFIED[part] in body


def version_of(bodies: list[dict[str, Any]], part: str) -> str:
    """The oldest version that has all that the objects use; 2.1.1 only where something is written in its way.

    2.2.1 and 2.3.0 locations are often the same: then it is 2.2.1.
    """
    used = {(owner, name) for body in bodies for owner, name in _used(body, PARTS[part])}
    if used & _lacking(TO_221):
        return V230
    if part == "Tariff" and any("tax_included" in body for body in bodies):
        return V230
    if any("country_code" in body for body in bodies):
        return V221
    ownerless = part in ("Location", "Tariff") and any(is_whole(body, part) for body in bodies)
    if used & _former(V211) - _former(V221) or (ownerless and not used & _lacking(TO_211)):
        return V211
    return V221


def _lacking(difference: Difference) -> set[tuple[str, str]]:
    absent = {(owner, name) for owner, names in difference.fields.items() for name in names}
    return absent | {(owner, new) for owner, names in difference.names.items() for new in names}


def _former(version: str) -> set[tuple[str, str]]:
    return {(owner, old) for owner, names in former_names(version).items() for old in names.values()}


def _all_names(name: str, model: type[Model]) -> set[str]:
    return {*fields(model), *former_names(V211).get(name, {}).values()}


def _used(value: Any, model: type[Model]) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        return
    known = fields(model)
    for name, item in value.items():
        yield model.__name__, name
        child = known[name].child if name in known else None
        if child:
            for part in item if isinstance(item, list) else [item]:
                yield from _used(part, child)
