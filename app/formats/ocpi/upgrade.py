"""Older OCPI read as 2.3.0: names of today, and what the old version left unsaid because it could only be one way."""

from __future__ import annotations

from functools import cache
from typing import Any

import tzfpy

from app.formats.ocpi.versions import DOWN, V211, V230
from app.model.codes import TIME_ZONES
from app.model.enums import TaxIncluded
from app.model.problem import Problem, Severity
from app.model.shape import fields
from app.model.types import Model

NOT_AVAILABLE = "#NA"
"""OCPI 2.2 and later: a required text that cannot be filled; 2.1.1 has no such word, and so gets the same."""
_NO_PARKING_TYPE = ("OTHER", "UNKNOWN")


def upgrade(value: Any, model: type[Model], version: str) -> Any:
    """A copy with the names of 2.3.0 and without nulls; what is no object of the class stays as it is."""
    if not isinstance(value, dict):
        return value
    known = fields(model)
    renamed = _renamed(model.__name__, version)
    copy: dict[str, Any] = {}
    for given, item in value.items():
        if item is None:
            continue
        name = renamed.get(given, str(given))
        child = known[name].child if name in known else None
        if child is None:
            copy[name] = item
        elif isinstance(item, list):
            copy[name] = [upgrade(part, child, version) for part in item]
        else:
            copy[name] = upgrade(item, child, version)
    if version == V211 and model.__name__ in _FROM_211:
        _FROM_211[model.__name__](copy)
    return copy


@cache
def former_names(version: str) -> dict[str, dict[str, str]]:
    """Class → name of a field today → its name in the version."""
    names: dict[str, dict[str, str]] = {}
    for difference in DOWN[version]:
        for model, renamed in difference.names.items():
            names.setdefault(model, {}).update(renamed)
    return names


@cache
def _renamed(model: str, version: str) -> dict[str, str]:
    return {old: new for new, old in former_names(version).get(model, {}).items()}


def _location_211(copy: dict[str, Any]) -> None:
    copy.setdefault("publish", True)
    if copy.get("parking_type") in _NO_PARKING_TYPE:
        del copy["parking_type"]
    if copy.get("postal_code") == NOT_AVAILABLE:
        del copy["postal_code"]


def _connector_211(copy: dict[str, Any]) -> None:
    if isinstance(copy.get("tariff_ids"), str | int):
        copy["tariff_ids"] = [copy["tariff_ids"]]


def _hours_211(copy: dict[str, Any]) -> None:
    if copy.get("regular_hours"):
        copy.setdefault("twentyfourseven", False)


_FROM_211 = {"Location": _location_211, "Connector": _connector_211, "Hours": _hours_211}


def with_owner(value: dict[str, Any], country_code: str | None, party_id: str | None) -> dict[str, Any]:
    """Where the object does not name its owner, it is the party of the connection."""
    owner = {"country_code": country_code, "party_id": party_id}
    return {**{name: id for name, id in owner.items() if id is not None and name not in value}, **value}


def with_time_zone(value: dict[str, Any], version: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The time zone of the coordinates where none is given, or no IANA one; a note where the version requires it."""
    given = value.get("time_zone")
    if isinstance(given, str) and (given in TIME_ZONES.values or TIME_ZONES.repair(given)):
        return value, ()
    found = _time_zone_at(value.get("coordinates"))
    if found is None:
        return value, ()
    if given is None and version == V211:
        return {**value, "time_zone": found}, ()
    note = Problem(
        what=f"{'required field time_zone is missing' if given is None else 'no IANA time zone'}, "
        f"read as {found} from the coordinates",
        severity=Severity.NOTE,
        path="time_zone",
        rule=f"OCPI {version} Location.time_zone: IANA time zone names",
        value="" if given is None else str(given)[:80],
        remedy="Send the location's time zone, as Europe/Berlin",
    )
    return {**value, "time_zone": found}, (note,)


def _time_zone_at(coordinates: Any) -> str | None:
    try:
        name: str = tzfpy.get_tz(float(coordinates["longitude"]), float(coordinates["latitude"]))
    except (TypeError, KeyError, ValueError):
        return None
    # At sea there is but a nautical zone, which says that the coordinates are wrong.
    return None if not name or name.startswith("Etc/") else name


def with_tax_basis(value: dict[str, Any], version: str) -> dict[str, Any]:
    """Before 2.3.0 all prices are without VAT."""
    return value if version == V230 else {"tax_included": TaxIncluded.NO.value, **value}
