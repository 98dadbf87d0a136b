"""What each source last said of each location and tariff: raw hashes to skip what is known, bodies to merge again
without a pull."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select, update

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
        query = select(contribution).where(
            contribution.c.source == source,
            contribution.c.kind == kind.value,
            contribution.c.key.in_(keys[start : start + AT_ONCE]),
        )
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


def row_of(batch: Batch, item: ParsedRaw, body: bytes | None, problems: Sequence[Problem]) -> dict[str, Any]:
    """The row to write: `body` is what was taken, or what was taken last where the record was refused."""
    return {
        "source": batch.source,
        "kind": batch.kind.value,
        "key": item.raw.key,
        "raw_hash": item.hash,
        "body": body,
        "problems": orjson.dumps([problem.as_dict() for problem in problems]) if problems else None,
        "received_at": batch.received_at,
        "missing_since": None,
    }


def write(commit: Commit, rows: list[dict[str, Any]]) -> None:
    if rows:
        upsert(commit.connection, contribution, rows, keys=("source", "kind", "key"))


def compare(connection: Connection, batch: Batch, present: Collection[str]) -> tuple[list[str], list[str], int]:
    """Against a complete batch: keys newly missing, keys that were missing and are back, and how many there are in
    all."""
    vanished: list[str] = []
    back: list[str] = []
    total = 0
    query = select(contribution.c.key, contribution.c.missing_since).where(
        contribution.c.source == batch.source, contribution.c.kind == batch.kind.value
    )
    parties = batch.scope.parties
    for row in connection.execute(query):
        if parties and row.key.split("/", 1)[0].upper() not in parties:
            continue
        total += 1
        if row.key not in present and row.missing_since is None:
            vanished.append(row.key)
        elif row.key in present and row.missing_since is not None:
            back.append(row.key)
    return vanished, back, total


def mark_missing(commit: Commit, source: str, kind: Kind, keys: Sequence[str], since: Millis | None) -> None:
    mark = update(contribution).where(contribution.c.source == source, contribution.c.kind == kind.value)
    for start in range(0, len(keys), AT_ONCE):
        there = contribution.c.key.in_(keys[start : start + AT_ONCE])
        commit.connection.execute(mark.where(there).values(missing_since=since))
