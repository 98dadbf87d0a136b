"""What checks of objects read out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.checklist.subject import Body, Subject
from app.formats.ocpi.check import check
from app.model.problem import Problem, Severity

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,4})?)?Z?")
"""A DateTime: UTC, at most 25 characters."""

CLOCK = re.compile("([0-1][0-9]|2[0-3]):[0-5][0-9]")
_PARTS = {"locations": "Location", "tariffs": "Tariff"}


def problems(subject: Subject, *modules: str) -> Iterator[Problem]:
    """By the rules of its version, of every object; of these modules, or all."""
    for module in modules or subject.modules:
        for item in subject.objects(module):
            checked = check(item, _PARTS[module], subject.version)
            for found in checked.problems:
                yield _named(found, checked.id)


def refused(subject: Subject, module: str) -> Iterator[str]:
    """What cannot be taken as it is, and what is required and missing."""
    for found in problems(subject, module):
        if found.severity is not Severity.NOTE or "required field" in found.what:
            yield str(found)


def _named(problem: Problem, id: str) -> Problem:
    return Problem(**{**problem.as_dict(), "record": id, "severity": problem.severity})


def values(part: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every (field, plain value)."""
    if isinstance(part, dict):
        for field, value in part.items():
            yield from values(value, field)
    elif isinstance(part, list):
        for value in part:
            yield from values(value, name)
    else:
        yield name, part


def names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from names(value)


def evses(locations: list[Body]) -> Iterator[tuple[str, Body]]:
    """With a name for messages."""
    for location in locations:
        for evse in location.get("evses") or ():
            yield f"{location.get('id')}/{evse.get('uid')}", evse


def connectors(locations: list[Body]) -> Iterator[tuple[str, Body]]:
    for name, evse in evses(locations):
        for connector in evse.get("connectors") or ():
            yield f"{name}/{connector.get('id')}", connector


def named_tariffs(connector: Body) -> list[str]:
    """2.1.1 has one."""
    one = connector.get("tariff_id")
    return connector.get("tariff_ids") or ([one] if one else [])
