"""What was when: the intervals of an EVSE's status and of the tariffs at its connectors, for uptime and audit.

The tables hold points. An interval begins at a point and ends at the next one that says something else; of several
points of one moment the
last in the order of `status.order` counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select

from app.clock import Millis
from app.registry.status import Observation, Order
from app.registry.tables import history, price_history


@dataclass(frozen=True, slots=True)
class StatusInterval:
    status: str
    reason: str | None
    """None where a source said so; else `stale`, `missing`, `removed`, `schedule`."""
    source: str | None
    """None where chargefeed itself decided."""
    since: Millis
    until: Millis | None
    """None: it lasts."""
    occurred_at: Millis | None
    """When it became so at the charger; None where nobody said."""
    earliest: Millis | None
    """The earliest it can have become so, where the source is polled and gives no time."""


@dataclass(frozen=True, slots=True)
class TariffInterval:
    tariff_ids: tuple[str, ...]
    """As written; empty: no tariff."""
    since: Millis
    until: Millis | None
    """None: it lasts."""


def status_intervals(
    connection: Connection, evse: int, since: Millis | None = None, until: Millis | None = None
) -> list[StatusInterval]:
    """Oldest first, without gaps from the first point on; those that touch [since, until). `evse` is `evse.id`."""
    query = select(history).where(history.c.evse == evse)
    if since is not None:
        before = select(func.max(history.c.at)).where(history.c.evse == evse, history.c.at <= since).scalar_subquery()
        query = query.where(history.c.at >= func.coalesce(before, since))
    if until is not None:
        query = query.where(history.c.at < until)
    changes = changes_of(connection.execute(query).all())
    ends = [point.at for point in changes[1:]]
    return (
        [
            StatusInterval(point.status, point.reason, point.source, point.at, end, point.occurred_at, point.earliest)
            for point, end in zip(changes, [*ends, None], strict=True)
        ]
        if changes
        else []
    )


def changes_of(points: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Of one EVSE's rows of `history` those with which its status became another, oldest first."""
    last_of_moment: dict[Millis, Row[Any]] = {}
    for point in points:
        there = last_of_moment.get(point.at)
        if there is None or _order(point) >= _order(there):
            last_of_moment[point.at] = point
    changes: list[Row[Any]] = []
    for _, point in sorted(last_of_moment.items()):
        if not changes or (point.status, point.reason) != (changes[-1].status, changes[-1].reason):
            changes.append(point)
    return changes


def tariff_intervals(connection: Connection, evse: int, connector: str) -> list[TariffInterval]:
    """Which tariffs a connector named, oldest first. `evse` is `evse.id`."""
    mine = price_history.c.evse == evse, price_history.c.connector == connector
    points: Sequence[Row[Any]] = connection.execute(
        select(price_history).where(*mine).order_by(price_history.c.at, price_history.c.id)
    ).all()
    ends = [point.at for point in points[1:]]
    return [
        TariffInterval(tuple(orjson.loads(point.tariff_ids)), point.at, end)
        for point, end in zip(points, [*ends, None], strict=False)
    ]


def _order(point: Row[Any]) -> Order:
    return Observation(
        at=point.at,
        status=point.status,
        source=point.source or "",
        priority=point.priority,
        received_at=point.received_at,
        occurred_at=point.occurred_at,
        origin=point.origin or "",
        detail=None if point.detail is None else orjson.loads(point.detail),
    ).order
