"""Locations or tariffs in a file: a table, a price plan, or OCPI JSON (a list, one object, a whole answer)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.errors import SourceError
from app.model.batch import Kind, Parsed, Raw
from app.model.problem import Problem
from app.sources.file.inventory import Inventory, read_inventory
from app.sources.file.ocpi_json import read_objects, version_of
from app.sources.file.settings import FileSettings
from app.sources.file.table import decode, read_table
from app.sources.plans import is_plan, tariffs_in_yaml, tariffs_of_plan
from app.sources.records import Owner, nameless, read_record, record_key

TABLES = (".csv", ".tsv", ".txt", ".xlsx")
PLANS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    raws: Sequence[Raw]
    parse: Callable[[Raw], Parsed]
    problems: Sequence[Problem]
    whole: bool
    """False where records have no key or a plan is defective, so that what is absent is not known."""


def is_table(name: str) -> bool:
    return name.lower().endswith(TABLES)


def read_contents(kind: Kind, content: bytes, name: str, where: str, settings: FileSettings) -> Contents:
    """`where` goes into errors, `name` (the file's) into problems. Raises SourceAnswerError."""
    if kind is Kind.LOCATIONS and is_table(name):
        owner = Owner(settings.country_code, settings.party_id)
        found = read_inventory(read_table(content, where, settings.max_body), where, name, owner)
        return Contents(found.raws(), partial(_read_row, settings, found), found.problems, not found.nameless)
    read = partial(_read_object, settings, kind)
    if kind is Kind.TARIFFS and name.lower().endswith(PLANS):
        plan = tariffs_in_yaml(decode(content, where, "Save it as UTF-8"), name)
        return Contents(plan.raws, read, plan.problems, not plan.problems)
    raws, problems = _objects(kind, read_objects(content, where), name, settings)
    return Contents(raws, read, problems, not problems)


def unread(error: SourceError, source: str) -> Contents:
    """Of a file that cannot be read."""
    problem = Problem(error.what, where=error.where.removeprefix(f"source {source}, "), remedy=error.remedy)
    return Contents((), lambda raw: Parsed(None), (problem,), whole=False)


def _objects(kind: Kind, items: Iterable[Any], name: str, settings: FileSettings) -> tuple[list[Raw], list[Problem]]:
    owner = Owner(settings.country_code, settings.party_id)
    raws: list[Raw] = []
    problems: list[Problem] = []
    for index, item in enumerate(items):
        place = f"{name} item {index}"
        if kind is Kind.TARIFFS and is_plan(item):
            plan = tariffs_of_plan(item, place)
            raws += plan.raws
            problems += plan.problems
        elif (key := record_key(item, owner)) is not None:
            raws.append(Raw(key, item, place))
        else:
            problems.append(nameless(item, kind, place, owner))
    return raws, problems


def _read_row(settings: FileSettings, inventory: Inventory, raw: Raw) -> Parsed:
    return inventory.placed(read_record(Kind.LOCATIONS, "2.3.0", settings, raw), raw.key)


def _read_object(settings: FileSettings, kind: Kind, raw: Raw) -> Parsed:
    return read_record(kind, settings.version or version_of(raw.body), settings, raw)
