"""Reads OCPI locations and tariffs of any version into canonical records, as far as they can be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Optional

from pydantic import Field as ModelField
from pydantic import create_model

from app.clock import to_millis
from app.formats.ocpi.upgrade import former_names, upgrade, with_owner, with_tax_basis, with_time_zone
from app.model.batch import LocationRecord, Origin, Parsed, StatusRecord, TariffRecord
from app.model.canonical import full_body, static_body
from app.model.connector import Connector
from app.model.energy import EnergyMix
from app.model.evse import EVSE
from app.model.hours import Hours
from app.model.identifiers import party
from app.model.location import Location
from app.model.notes import Note, location_notes, tariff_notes
from app.model.parking import Parking
from app.model.place import DisplayText
from app.model.problem import Problem, Severity
from app.model.pruning import path_text
from app.model.salvage import Salvaged, salvage, value_text
from app.model.tariff import Tariff
from app.model.types import Model

PARTS: dict[str, type[Model]] = {
    part.__name__: part for part in (Location, EVSE, Connector, Parking, Hours, EnergyMix, DisplayText, Tariff)
}


def read_location(
    body: Any,
    version: str,
    *,
    country_code: str | None,
    party_id: str | None,
    where: str = "",
    keep: frozenset[str] = frozenset(),
) -> Parsed:
    """A location as a source sent it.

    `country_code` and `party_id` are the connection's, for bodies that do not name their owner (2.1.1). `where` goes
    into the problems. `keep` names fields outside the model to take along, at whatever level.
    """
    read = salvage_location(body, version, country_code=country_code, party_id=party_id)
    location: Location | None = read.model
    notes = location_notes(location) if location else ()
    problems = _placed(body, read, notes, where, country_code, party_id)
    if location is None:
        return Parsed(None, problems)
    record = LocationRecord(
        country_code=location.country_code,
        party_id=location.party_id,
        id=location.id,
        body=static_body(location, keep),
        statuses=tuple(_status(evse) for evse in location.evses if evse.status),
        refused_evses=_refused(body, read),
    )
    return Parsed(record, problems)


def salvage_location(body: Any, version: str, *, country_code: str | None, party_id: str | None) -> Salvaged:
    """The `Location` and the problems with it, without notes."""
    if not isinstance(body, dict):
        return Salvaged(None, (_no_object(body, version, "Location"),))
    value = with_owner(upgrade(body, Location, version), country_code, party_id)
    value, notes = with_time_zone(value, version)
    read = salvage(Location, value, f"OCPI {version}", former_names(version))
    return replace(read, problems=notes + read.problems)


def read_tariff(
    body: Any,
    version: str,
    *,
    country_code: str | None,
    party_id: str | None,
    where: str = "",
    keep: frozenset[str] = frozenset(),
) -> Parsed:
    """A tariff as a source sent it; see `read_location`. What makes its price is read whole or the tariff refused."""
    read = salvage_tariff(body, version, country_code=country_code, party_id=party_id)
    tariff: Tariff | None = read.model
    notes = tariff_notes(tariff) if tariff else ()
    problems = _placed(body, read, notes, where, country_code, party_id)
    if tariff is None:
        return Parsed(None, problems)
    record = TariffRecord(tariff.country_code, tariff.party_id, tariff.id, static_body(tariff, keep))
    return Parsed(record, problems)


def salvage_tariff(body: Any, version: str, *, country_code: str | None, party_id: str | None) -> Salvaged:
    """The `Tariff` and the problems with it, without notes."""
    if not isinstance(body, dict):
        return Salvaged(None, (_no_object(body, version, "Tariff"),))
    value = with_owner(upgrade(body, Tariff, version), country_code, party_id)
    return salvage(Tariff, with_tax_basis(value, version), f"OCPI {version}", former_names(version))


@dataclass(frozen=True, slots=True)
class Part:
    body: dict[str, Any] | None
    """What is valid of it, as canonical JSON values; None where nothing is."""
    problems: tuple[Problem, ...]


def read_part(body: Any, part: str, version: str = "2.3.0") -> Part:
    """A part of an object: a PATCH body, `{"opening_times": …}` of a Location, a single EVSE, Hours, EnergyMix.

    `part` names the class (`PARTS`); none of its own fields is required, those of objects inside are. Raises KeyError
    for a class that is not among `PARTS`.
    """
    read = salvage_part(body, part, version, whole=False)
    return Part(full_body(read.model) if read.model else None, read.problems)


def salvage_part(body: Any, part: str, version: str, *, whole: bool) -> Salvaged:
    """An object of the class `part`; with `whole` false none of its own fields is required."""
    model = PARTS[part]
    if not isinstance(body, dict):
        return Salvaged(None, (_no_object(body, version, part),))
    asked = model if whole else _partial(model)
    return salvage(asked, upgrade(body, model, version), f"OCPI {version}", former_names(version))


@cache
def _partial(model: type[Model]) -> type[Model]:
    optional: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        kind = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
        optional[name] = (Optional[kind], ModelField(default=None, alias=info.alias))  # noqa: UP045 - a value, no annotation
    return create_model(model.__name__, __base__=Model, **optional)


def _status(evse: EVSE) -> StatusRecord:
    """The EVSE's status. Its time is known only where the extension says it: `last_updated` also moves for static edits."""
    times = evse.status_times
    moment = times.occurred_at if times else None
    origin = Origin.OBSERVED
    if times and moment:
        origin = Origin(times.origin) if times.origin in set(Origin) else Origin.BACKEND
    return StatusRecord(
        evse=evse.uid,
        status=str(evse.status),
        occurred_at=to_millis(moment) if moment else None,
        origin=origin,
        detail=static_body(evse.status_detail) if evse.status_detail else None,
    )


def _refused(body: dict[str, Any], read: Salvaged) -> frozenset[str]:
    """uids of the EVSEs that were left out."""
    gone = [path[1] for path in read.left_out if len(path) == 2 and path[0] == "evses" and isinstance(path[1], int)]
    found = (body["evses"][index] for index in gone)
    return frozenset(
        str(evse["uid"]) for evse in found if isinstance(evse, dict) and isinstance(evse.get("uid"), str | int)
    )


def _placed(
    body: Any, read: Salvaged, notes: Iterable[Note], where: str, country_code: str | None, party_id: str | None
) -> tuple[Problem, ...]:
    noted = (replace(note.problem, path=path_text(read.origin(note.path))) for note in notes)
    problems = _gathered((*read.problems, *noted))
    record = ""
    if problems and isinstance(body, dict):
        owner = party(str(body.get("country_code") or country_code or ""), str(body.get("party_id") or party_id or ""))
        record = f"{owner.strip('*')}/{value_text(body.get('id', ''))}"
    return tuple(replace(problem, where=where, record=record) for problem in problems)


def _gathered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Notes that say the same of several places, once: a backend that strays does so in every object."""
    counted: dict[tuple[str, str, int], list[Problem]] = {}
    for index, problem in enumerate(problems):
        apart = -1 if problem.severity is Severity.NOTE else index
        counted.setdefault((problem.what, problem.rule, apart), []).append(problem)
    return tuple(
        same[0] if len(same) == 1 else replace(same[0], what=f"{same[0].what} ({len(same)} times)")
        for same in counted.values()
    )


def _no_object(body: Any, version: str, kind: str) -> Problem:
    return Problem(what=f"no {kind}: a JSON object was expected", rule=f"OCPI {version} {kind}", value=value_text(body))
