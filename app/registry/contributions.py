"""What each source last said of each location and tariff: raw hashes to skip what is known, bodies to merge again
without a pull."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, select, update

from app import __version__
from app.clock import Millis
from app.model.batch import Batch, Kind, LocationRecord, Raw, StatusRecord, TariffRecord
from app.model.problem import Problem, Severity
from app.registry.commit import Commit, upsert
from app.registry.evses import AT_ONCE
from app.registry.tables import contribution


@dataclass(frozen=True, slots=True)
class ParsedRaw:
    raw: Raw
    hash: bytes
    record: LocationRecord | TariffRecord | None
    problems: tuple[Problem, ...]


def raw_hash(body: Any, rules: bytes) -> bytes:
    return blake2b(orjson.dumps(body), digest_size=16, salt=rules).digest()


def changed_raws(connection: Connection, batch: Batch) -> list[tuple[Raw, bytes]]:
    """The raw records that differ from what the source last said, that are read otherwise since, or that come back after
    they were missing. Of several with one key the first, with a hash over all of them."""
    rules = blake2b(f"{__version__} {batch.rules}".encode(), digest_size=16).digest()
    again = repeats(batch)
    hashed = [(raw, raw_hash(raw.body, rules)) for raw in batch.records if raw.key not in again]
    hashed += [(raws[0], raw_hash([raw.body for raw in raws], rules)) for raws in again.values()]
    rows = of_keys(connection, batch.source, batch.kind, [raw.key for raw, _ in hashed])
    known = {row.key: bytes(row.raw_hash) for row in rows if row.missing_since is None}
    return [(raw, digest) for raw, digest in hashed if known.get(raw.key) != digest]


def repeats(batch: Batch) -> dict[str, list[Raw]]:
    """Keys that come more than once in the batch, with all their records."""
    keys = [raw.key for raw in batch.records]
    if len(set(keys)) == len(keys):
        return {}
    found: dict[str, list[Raw]] = {}
    for raw in batch.records:
        found.setdefault(raw.key, []).append(raw)
    return {key: raws for key, raws in found.items() if len(raws) > 1}


def of_keys(connection: Connection, source: str, kind: Kind, keys: Sequence[str]) -> list[Row[Any]]:
    """The rows of these keys, in no order."""
    found: list[Row[Any]] = []
    for start in range(0, len(keys), AT_ONCE):
        query = select(contribution).where(*_of(source, kind), contribution.c.key.in_(keys[start : start + AT_ONCE]))
        found += connection.execute(query).all()
    return found


def parse_raws(batch: Batch, raws: Sequence[tuple[Raw, bytes]]) -> list[ParsedRaw]:
    """Reads each record."""
    repeated = repeats(batch) if raws else {}
    parsed = []
    for raw, digest in raws:
        found = batch.parse(raw)
        record = None if isinstance(found.record, StatusRecord) else found.record
        problems = [_placed(problem, batch.source, raw) for problem in found.problems]
        problems += [_came_twice(batch.source, other, raw) for other in repeated.get(raw.key, ())[1:]]
        parsed.append(ParsedRaw(raw, digest, record, tuple(problems)))
    return parsed


def _placed(problem: Problem, source: str, raw: Raw) -> Problem:
    """The problem with source, record and place filled in."""
    return replace(
        problem, source=problem.source or source, record=problem.record or raw.key, where=problem.where or raw.where
    )


def _came_twice(source: str, raw: Raw, first: Raw) -> Problem:
    return Problem(
        "the same id comes twice in one answer; the first counts",
        Severity.REFUSED,
        source,
        raw.key,
        where=raw.where,
        remedy=f"give each object an id of its own; the other one stands at {first.where or 'an earlier place'}",
    )


def row_of(
    batch: Batch, item: ParsedRaw, body: bytes | None, problems: Sequence[Problem], *, refused: bool
) -> dict[str, Any]:
    """The row to write: `body` is what was taken, or what was taken last where the record was refused."""
    return {
        "source": batch.source,
        "kind": batch.kind.value,
        "key": item.raw.key,
        "raw_hash": item.hash,
        "body": body,
        "problems": orjson.dumps([problem.as_dict() for problem in problems]) if problems else None,
        "refused": refused,
        "received_at": batch.received_at,
        "missing_since": None,
    }


def write(commit: Commit, rows: list[dict[str, Any]]) -> None:
    if rows:
        upsert(commit.connection, contribution, rows, keys=("source", "kind", "key"))


@dataclass(slots=True)
class Comparison:
    """A complete batch against what the source gave before."""

    vanished: list[str] = field(default_factory=list)
    """Keys that are missing from now on."""
    lacking: list[str] = field(default_factory=list)
    """Keys that were missing before and still are."""
    back: list[str] = field(default_factory=list)
    """Keys that were missing and are there again."""
    refused: set[str] = field(default_factory=set)
    """Keys that are there but whose record could not be taken: of what is in it the pull says nothing."""
    total: int = 0


def compare(connection: Connection, batch: Batch, present: Collection[str]) -> Comparison:
    found = Comparison()
    query = select(contribution.c.key, contribution.c.missing_since, contribution.c.refused)
    parties = batch.scope.parties
    for row in connection.execute(query.where(*_of(batch.source, batch.kind))):
        if parties and row.key.split("/", 1)[0].upper() not in parties:
            continue
        found.total += 1
        if row.key not in present:
            (found.vanished if row.missing_since is None else found.lacking).append(row.key)
            continue
        if row.missing_since is not None:
            found.back.append(row.key)
        if row.refused:
            found.refused.add(row.key)
    return found


def still_missing(connection: Connection, source: str, kind: Kind, keys: Sequence[str]) -> list[str]:
    """Those of the keys that have not come back."""
    return [row.key for row in of_keys(connection, source, kind, keys) if row.missing_since is not None]


def _of(source: str, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return contribution.c.source == source, contribution.c.kind == kind.value


def mark_missing(commit: Commit, source: str, kind: Kind, keys: Sequence[str], since: Millis | None) -> None:
    mark = update(contribution).where(*_of(source, kind))
    for start in range(0, len(keys), AT_ONCE):
        there = contribution.c.key.in_(keys[start : start + AT_ONCE])
        commit.connection.execute(mark.where(there).values(missing_since=since))
