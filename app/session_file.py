"""Tariffs and sessions from files that a person hands to a command: OCPI of any version, one object, a list or an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from app.errors import ChargefeedError
from app.formats.ocpi.charged import FORMER
from app.formats.ocpi.detect import version_of
from app.formats.ocpi.parse import read_tariff
from app.formats.ocpi.upgrade import with_time_zone
from app.formats.ocpi.versions import V211, V230, VERSIONS
from app.model.batch import TariffRecord
from app.model.outside import decoded
from app.model.problem import Problem, Severity
from app.model.salvage import salvage
from app.model.session import Charged, Price
from app.model.tariff import Tariff
from app.tariffs.cost.facts import SessionFacts
from app.tariffs.cost.reading import from_charged
from app.tariffs.cost.result import Amount
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.reading import read_plan

Place = tuple[str | int, ...]
_FORMATS = {f"ocpi-{version}": version for version in VERSIONS}
_OWNER = ("DE", "XXX")
"""Of a tariff that names none (2.1.1), which must have one; no price depends on it."""


@dataclass(frozen=True, slots=True)
class TariffFile:
    tariffs: tuple[Tariff, ...]
    version: str
    """Of OCPI; told from the fields."""
    notes: tuple[str, ...] = ()
    """Defects that were read past."""
    time_zone: str | None = None
    """Of a price plan; None: not told."""


@dataclass(frozen=True, slots=True)
class SessionFile:
    facts: SessionFacts
    tariffs: TariffFile | None = None
    """Those of a CDR; None: it has none."""
    time_zone: str | None = None
    """Of a CDR's location; None: not told."""
    stated: Amount | None = field(default=None)
    """What the record says it costs."""


def documents(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON file: one, a list, or the `data` of an OCPI answer. Raises ChargefeedError."""
    return list(placed_documents(path).values())


def placed_documents(path: Path) -> dict[Place, dict[str, Any]]:
    """The same by the place in the file where each stands."""
    try:
        document = decoded(path.read_bytes())
    except OSError as error:
        raise ChargefeedError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except orjson.JSONDecodeError as error:
        raise ChargefeedError(f"no JSON: {error.msg}", where=f"{path}:{error.lineno}") from None
    base: Place = ()
    if isinstance(document, dict) and "data" in document:
        document, base = document["data"], ("data",)
    placed = {(*base, at): body for at, body in enumerate(document)} if isinstance(document, list) else {base: document}
    if not placed or not all(isinstance(body, dict) for body in placed.values()):
        raise ChargefeedError("no OCPI object", where=str(path), remedy="Give a tariff, a session or a CDR as JSON")
    return placed


def is_plan(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")


def tariff_file(path: Path, as_format: str | None = None) -> TariffFile:
    """OCPI tariffs of any version, or those that a price plan becomes. Raises ChargefeedError."""
    if not is_plan(path):
        return tariffs_of(documents(path), str(path), as_format)
    plan = read_plan(path)
    tariffs = tuple(Tariff.model_validate(one.tariff) for one in flatten(plan))
    return TariffFile(tariffs, V230, time_zone=plan.time_zone)


def is_session(body: dict[str, Any]) -> bool:
    """A Session or a CDR; the only objects with charging periods."""
    return "charging_periods" in body


def version_read(bodies: Sequence[dict[str, Any]], part: str, as_format: str | None) -> str:
    """`as_format`: `ocpi-2.2.1`; None: told from the fields. Raises ChargefeedError for one that cannot be read."""
    if as_format and as_format not in _FORMATS:
        raise ChargefeedError(f"cannot read {as_format!r}", remedy=f"Use one of {', '.join(_FORMATS)}")
    return _FORMATS[as_format] if as_format else version_of(list(bodies), part)


def tariffs_of(bodies: Sequence[dict[str, Any]], where: str, as_format: str | None = None) -> TariffFile:
    """`as_format`: see `version_read`. Raises ChargefeedError for a tariff that cannot be read whole."""
    version = version_read(bodies, "Tariff", as_format)
    country, party = _OWNER
    read = [read_tariff(body, version, country_code=country, party_id=party, where=where) for body in bodies]
    problems = [problem for parsed in read for problem in parsed.problems]
    _refuse(problems, where)
    records = [parsed.record for parsed in read if isinstance(parsed.record, TariffRecord)]
    tariffs = tuple(Tariff.model_validate(record.body) for record in records)
    return TariffFile(tariffs, version, tuple(dict.fromkeys(str(problem) for problem in problems)))


def session_of(body: dict[str, Any], where: str, as_format: str | None = None) -> SessionFile:
    """A Session or CDR of any version; `as_format` is that of its tariffs.

    Raises ChargefeedError for one that cannot be priced.
    """
    value = {FORMER.get(name, name): part for name, part in body.items()}
    read = salvage(Charged, value)
    _refuse(read.problems, where)
    energy = body.get("kwh", body.get("total_energy"))
    kwh = Decimal(str(energy)) if isinstance(energy, int | float) else None
    facts = from_charged(read.model, kwh)
    tariffs = [tariff for tariff in body.get("tariffs") or () if isinstance(tariff, dict)]
    return SessionFile(
        facts=facts,
        tariffs=tariffs_of(tariffs, where, as_format) if tariffs else None,
        time_zone=_time_zone(body.get("cdr_location") or body.get("location")),
        stated=amount_of(body.get("total_cost")),
    )


def _time_zone(location: Any) -> str | None:
    found = with_time_zone(location, V211)[0].get("time_zone") if isinstance(location, dict) else None
    return found if isinstance(found, str) else None


def amount_of(value: Any) -> Amount | None:
    """A cost as a record states it; None: it does not.

    2.1.1 has a number, 2.2.1 `excl_vat` and `incl_vat`, 2.3.0 the taxes by name.
    """
    if isinstance(value, int | float):
        return Amount(Decimal(str(value)), None)
    if isinstance(value, dict) and "excl_vat" in value:
        both = (value.get("excl_vat"), value.get("incl_vat"))
        return Amount(*(Decimal(str(amount)) if isinstance(amount, int | float) else None for amount in both))
    price = salvage(Price, value).model if isinstance(value, dict) else None
    return Amount(price.before_taxes, price.after_taxes) if price else None


def number_of(text: str, where: str) -> Decimal:
    """A figure as a person writes it. Raises ChargefeedError."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ChargefeedError(f"{text!r} is no number", where=where, remedy="Write it as 30 or 22.5")
    return number


def _refuse(problems: Sequence[Problem], where: str) -> None:
    """A price of half a record would be a wrong one."""
    worse = [problem for problem in problems if problem.severity is not Severity.NOTE]
    if worse:
        raise ChargefeedError(str(worse[0]), where="" if worse[0].where else where)
