"""What a backend calls an EVSE, and its EVSE id: the setting `evse_ids` of every source.

Inline (`{CP1/1: DE*ABC*E1}`) or a table, CSV or XLSX, with the columns `charger`, `connector` and `evse_id`. A number that a
backend gives an EVSE stands in `charger`, with an empty `connector`. The table is read at every pull; records that a source sends
again only when they change get their new ids after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

from app.errors import ConfigError
from app.model.batch import Batch, Kind, LocationRecord, Parsed, StatusRecord
from app.spreadsheet import lines_of

EvseIds: TypeAlias = dict[str, str] | Path
"""Inline, or the table's path."""
COLUMNS = ("charger", "connector", "evse_id")
LONGEST = 48
"""Characters of an EVSE id (OCPI EVSE.evse_id)."""


def read_evse_ids(given: EvseIds) -> Mapping[str, str]:
    """Name → EVSE id. Raises ConfigError by file and line; where there are several defects the others are its notes."""
    if isinstance(given, dict):
        return given
    try:
        found = given.stat()
        return _read(given, found.st_mtime_ns, found.st_size)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(given), remedy="Correct `evse_ids`") from None


@lru_cache(maxsize=64)
def _read(path: Path, _written: int, _size: int) -> Mapping[str, str]:
    lines = lines_of(path.read_bytes(), str(path), ConfigError)
    _, header = next(lines, (1, ()))
    names = [cell.lower().replace(" ", "_") for cell in header]
    lacking = [column for column in COLUMNS if column not in names]
    if lacking:
        raise ConfigError(
            f"the header lacks {', '.join(lacking)}", where=f"{path}:1", remedy=f"Write {';'.join(COLUMNS)}"
        )
    places = [names.index(column) for column in COLUMNS]
    found: dict[str, str] = {}
    errors: list[ConfigError] = []
    for line, cells in lines:
        if not any(cells):
            continue
        charger, connector, evse_id = (cells[place] if place < len(cells) else "" for place in places)
        name = f"{charger}/{connector}" if connector else charger
        if not (charger and evse_id) or len(evse_id) > LONGEST:
            errors.append(_defect("`charger` and `evse_id` (up to 48 characters) are needed", path, line))
        elif found.setdefault(name, evse_id) != evse_id:
            errors.append(_defect(f"{name} comes twice: {found[name]} and {evse_id}", path, line))
    if errors:
        for other in errors[1:]:
            errors[0].add_note(str(other))
        raise errors[0]
    return found


def _defect(what: str, path: Path, line: int) -> ConfigError:
    return ConfigError(what, where=f"{path}:{line}", remedy="Correct the line")


def renamed(batch: Batch, names: Mapping[str, str]) -> Batch:
    """The batch with EVSEs called by the ids that `names` has for what the backend calls them."""
    if batch.kind is Kind.TARIFFS or not names:
        return batch
    read = batch.parse
    if batch.kind is Kind.LOCATIONS:
        digest = blake2b(repr(sorted(names.items())).encode(), digest_size=16).hexdigest()
        return replace(batch, parse=lambda raw: _location(read(raw), names), rules=f"{batch.rules} {digest}")
    own: dict[str, tuple[Any, ...]] = {}
    rows = [_row(row, names, own) for row in batch.records]
    seen = [names.get(id, id) for id in batch.seen]
    return replace(batch, records=rows, seen=seen, parse=lambda row: _status(read(own.get(row[0], row)), row[0]))


def _row(row: tuple[Any, ...], names: Mapping[str, str], own: dict[str, tuple[Any, ...]]) -> tuple[Any, ...]:
    evse_id = names.get(row[0])
    if evse_id is None:
        return row
    own[evse_id] = row
    return evse_id, *row[1:]


def _status(parsed: Parsed, evse: str) -> Parsed:
    record = parsed.record
    return replace(parsed, record=replace(record, evse=evse)) if isinstance(record, StatusRecord) else parsed


def _location(parsed: Parsed, names: Mapping[str, str]) -> Parsed:
    """EVSEs are found by their EVSE id or uid."""
    record = parsed.record
    if not isinstance(record, LocationRecord) or "evses" not in record.body:
        return parsed
    points = [
        {**point, "evse_id": named}
        if (named := names.get(point.get("evse_id", "")) or names.get(point["uid"]))
        else point
        for point in record.body["evses"]
    ]
    return replace(parsed, record=replace(record, body={**record.body, "evses": points}))
