"""One object of a file, checked by the rules of its version: more is noted than when a source is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from app.formats.base import Context
from app.formats.ocpi.detect import is_whole
from app.formats.ocpi.downgrade import downgrade
from app.formats.ocpi.parse import PARTS, salvage_location, salvage_part, salvage_tariff
from app.formats.ocpi.upgrade import upgrade
from app.formats.ocpi.versions import V211, V230
from app.model.canonical import full_body
from app.model.evse import EVSE
from app.model.identifiers import party
from app.model.location import Location
from app.model.notes import Note, evse_notes, location_notes, tariff_notes
from app.model.problem import Problem, Severity
from app.model.pruning import Path, path_text
from app.model.salvage import Salvaged
from app.model.shape import fields
from app.model.tariff import Tariff
from app.model.types import Model

_UNNAMED = ("AQ", "XXX")
"""Stands for the owner where a version does not name it; no rule asks anything of it."""


@dataclass(frozen=True, slots=True)
class Checked:
    part: str
    id: str
    body: dict[str, Any] | None
    """What would be taken of it, as 2.3.0; None where it is refused."""
    problems: tuple[Problem, ...]
    whole: bool
    """False for a change to an object (PATCH), or a part of one."""

    @property
    def model(self) -> type[Model]:
        return PARTS[self.part]


def check(body: Any, part: str, version: str) -> Checked:
    """`part` is the class it is taken for."""
    whole = isinstance(body, dict) and is_whole(body, part)
    read = _salvaged(body, part, version, whole)
    problems = (*read.problems, *_unknown_fields(upgrade(body, PARTS[part], version), PARTS[part], (), version))
    if read.model is None:
        return Checked(part, _id(body), None, problems, whole)
    notes = _notes(read.model)
    problems += tuple(replace(note.problem, path=path_text(read.origin(note.path))) for note in notes)
    taken = full_body(read.model)
    if whole and version != V230:
        problems += tuple(_foreign(taken, PARTS[part], version))
    return Checked(part, _id(body), taken, problems, whole)


def _salvaged(body: Any, part: str, version: str, whole: bool) -> Salvaged:
    # A file of 2.1.1 does not say whose it is; that is no defect.
    owner = _UNNAMED if version == V211 else (None, None)
    if part == "Location" and whole:
        return salvage_location(body, version, country_code=owner[0], party_id=owner[1])
    if part == "Tariff" and whole:
        return salvage_tariff(body, version, country_code=owner[0], party_id=owner[1])
    return salvage_part(body, part, version, whole=whole)


def _notes(model: Model) -> Iterator[Note]:
    if isinstance(model, Location):
        yield from location_notes(model)
        yield from _times_in_order(model)
    elif isinstance(model, Tariff):
        yield from tariff_notes(model)
    elif isinstance(model, EVSE):
        yield from evse_notes(model, ())


def _times_in_order(location: Location) -> Iterator[Note]:
    rule = "OCPI 2.3.0: last_updated is that of the newest part, or later"
    for index, evse in enumerate(location.evses):
        for at, connector in enumerate(evse.connectors):
            if evse.last_updated and connector.last_updated and connector.last_updated > evse.last_updated:
                yield _note("newer than its EVSE", ("evses", index, "connectors", at, "last_updated"), rule)
        if location.last_updated and evse.last_updated and evse.last_updated > location.last_updated:
            yield _note("newer than its Location", ("evses", index, "last_updated"), rule)


def _unknown_fields(value: Any, model: type[Model], path: Path, version: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        return
    known = fields(model)
    for name, item in value.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f"Did you mean {near[0]}?" if near else ""
            rule = f"OCPI {version} {model.__name__}"
            yield Problem(
                "unknown field, left out", Severity.NOTE, path=path_text((*path, name)), rule=rule, remedy=remedy
            )
        elif (child := known[name].child) and isinstance(item, list):
            for index, part in enumerate(item):
                yield from _unknown_fields(part, child, (*path, name, index), version)
        elif child:
            yield from _unknown_fields(item, child, (*path, name), version)


def _foreign(body: dict[str, Any], model: type[Model], version: str) -> Iterator[Problem]:
    """What the object uses although its own version does not have it: that is what would be lost in that version."""
    for loss in downgrade(body, model, version, Context(at=0, tariffs={}))[1]:
        yield Problem(loss.reason, Severity.NOTE, path=loss.path, rule=f"OCPI {version}", value=loss.value)


def _note(what: str, path: Path, rule: str) -> Note:
    return Note(path, Problem(what, Severity.NOTE, rule=rule))


def _id(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    id = str(body.get("id") or body.get("uid") or "")[:80]
    owner = party(str(body.get("country_code") or ""), str(body.get("party_id") or "")).strip("*")
    return f"{owner}/{id}" if owner and id else id
