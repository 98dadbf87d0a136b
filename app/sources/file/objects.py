"""Locations or tariffs in a file: OCPI JSON (a list, one object, or a whole answer with its envelope) or a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.model.batch import Kind, Parsed, Raw
from app.model.problem import Problem
from app.sources.file.inventory import Inventory, read_inventory
from app.sources.file.ocpi_json import read_objects, version_of
from app.sources.file.settings import FileSettings
from app.sources.file.table import read_table
from app.sources.records import Owner, nameless, read_record, record_key

TABLES = (".csv", ".tsv", ".txt", ".xlsx")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    raws: Sequence[Raw]
    parse: Callable[[Raw], Parsed]
    problems: Sequence[Problem]
    whole: bool
    """False where records have no key, so that what is absent is not known."""


def is_table(name: str) -> bool:
    return name.lower().endswith(TABLES)


def read_contents(kind: Kind, content: bytes, name: str, where: str, settings: FileSettings) -> Contents:
    """`where` goes into errors, `name` (the file's) into problems. Raises SourceAnswerError."""
    owner = Owner(settings.country_code, settings.party_id)
    if kind is Kind.LOCATIONS and is_table(name):
        found = read_inventory(read_table(content, where, settings.max_body), where, name, owner)
        parse = partial(_read_row, settings, found)
        return Contents(found.raws(), parse, found.problems, not found.nameless)
    raws: list[Raw] = []
    problems: list[Problem] = []
    for index, item in enumerate(read_objects(content, where)):
        key, place = record_key(item, owner), f"{name} item {index}"
        if key is None:
            problems.append(nameless(item, kind, place, owner))
        else:
            raws.append(Raw(key, item, place))
    return Contents(raws, partial(_read_object, settings, kind), problems, not problems)


def _read_row(settings: FileSettings, inventory: Inventory, raw: Raw) -> Parsed:
    return inventory.placed(read_record(Kind.LOCATIONS, "2.3.0", settings, raw), raw.key)


def _read_object(settings: FileSettings, kind: Kind, raw: Raw) -> Parsed:
    return read_record(kind, settings.version or version_of(raw.body), settings, raw)
