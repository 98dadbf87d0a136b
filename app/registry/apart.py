"""What an inventory has and no other source speaks of: EVSEs without any status, connectors whose tariffs nobody has.

Told as problems of a complete pull: the first `NAMED` one by one, all of them counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from app.model.batch import Kind
from app.model.problem import Problem, Severity
from app.registry.tables import evse, location, location_tariff, source_state, tariff

NAMED = 20


def unheard(connection: Connection, source: str) -> list[Problem]:
    """EVSEs of this source's inventory of which no source ever said a status; none before statuses were polled at all."""
    polled = (source_state.c.kind == Kind.STATUSES.value, source_state.c.succeeded_at.is_not(None))
    if connection.execute(select(func.count()).where(*polled)).scalar_one() == 0:
        return []
    silent = (location.c.source == source, evse.c.said.is_(None), ~evse.c.removed, evse.c.missing_since.is_(None))
    count = connection.execute(select(func.count()).select_from(evse).join(location).where(*silent)).scalar_one()
    first = select(func.coalesce(evse.c.evse_id, evse.c.uid)).join(location).where(*silent).order_by(evse.c.id)
    ids = connection.execute(first.limit(NAMED)).scalars().all()
    remedy = f"give its status, or correct its id on one of the two sides: `chargefeed check --source {source}`"
    return _problems("no source says a status of this EVSE", source, ids, count, remedy)


def unpriced(connection: Connection, source: str) -> list[Problem]:
    """Tariffs and plans that connectors name and no source has, told to a source of prices."""
    known = select(tariff.c.key).union(select(tariff.c.plan).where(tariff.c.plan.is_not(None)))
    missing = location_tariff.c.tariff.not_in(known)
    count = connection.execute(select(func.count(location_tariff.c.tariff.distinct())).where(missing)).scalar_one()
    first = select(location_tariff.c.tariff).distinct().where(missing).order_by(location_tariff.c.tariff)
    keys = connection.execute(first.limit(NAMED)).scalars().all()
    remedy = "give the tariff, or correct `tariff_ids` of the connectors"
    return _problems("connectors name this tariff and no source has it", source, keys, count, remedy)


def _problems(what: str, source: str, ids: Sequence[str], count: int, remedy: str) -> list[Problem]:
    said = what if count <= NAMED else f"{what} ({count} in all)"
    return [Problem(said, Severity.NOTE, source, id, remedy=remedy) for id in ids]
