"""Figures about the feed, for pages and monitoring: what is published by country and status, and how sources fare.

Counts speak of public objects alone; nothing here shows one.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, func, select

from app.clock import Millis
from app.registry.tables import evse, location, source_state, tariff


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One source and one kind of data. Times are None where it never happened."""

    source: str
    kind: str
    attempted_at: Millis | None
    succeeded_at: Millis | None
    completed_at: Millis | None
    failures: int
    """In a row; 0 while it works."""
    error: str
    records: int
    problems: int
    stale: bool


def source_figures(connection: Connection) -> list[SourceFigures]:
    rows = connection.execute(select(source_state).order_by(source_state.c.source, source_state.c.kind))
    return [
        SourceFigures(
            source=row.source,
            kind=row.kind,
            attempted_at=row.attempted_at,
            succeeded_at=row.succeeded_at,
            completed_at=row.completed_at,
            failures=row.failures,
            error=row.error or "",
            records=row.records,
            problems=len(orjson.loads(row.problems)) if row.problems else 0,
            stale=row.stale,
        )
        for row in rows
    ]


def status_counts(connection: Connection) -> dict[tuple[str, str], int]:
    """(alpha-3 country, status) → number of public EVSEs, those taken down for good left out."""
    query = (
        select(location.c.country, evse.c.status, func.count())
        .join_from(evse, location, evse.c.location == location.c.ordinal)
        .where(location.c.public, ~evse.c.removed)
        .group_by(location.c.country, evse.c.status)
    )
    return {(country, status): number for country, status, number in connection.execute(query).tuples()}


def location_counts(connection: Connection) -> dict[str, int]:
    """Alpha-3 country → number of public locations."""
    query = select(location.c.country, func.count()).where(location.c.public).group_by(location.c.country)
    return dict(connection.execute(query).tuples())


def tariff_count(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(tariff.c.public, tariff.c.deleted_at.is_(None))).scalar_one()
