"""Messages that arrive late or twice: they find their place in history, and may change what was made of later ones.

1. A message that is in history already is dropped; what was received first counts.
2. The status is published with the times of its beginning, so a late message that lies inside it moves that.
3. REMOVED is final from its first message on.
Thus any order of arrival ends in the same state and the same history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select

from app.clock import Millis
from app.registry.evses import AT_ONCE, Turn, beginning, publish
from app.registry.merge import status_part
from app.registry.status import REMOVED, Observation
from app.registry.tables import evse, history


def settle(connection: Connection, turns: Iterable[Turn]) -> None:
    """Puts the late messages of these turns into their place."""
    late = [turn for turn in turns if turn.late]
    for start in range(0, len(late), AT_ONCE):
        part = late[start : start + AT_ONCE]
        rows = _known(connection, part)
        for turn in part:
            _settle_one(turn, rows.get(turn.row.id, ()))


def _known(connection: Connection, turns: Sequence[Turn]) -> dict[int, list[Row[Any]]]:
    """Of each EVSE what history holds since its present status began, or since the first late message; REMOVED of any
    time."""
    ids = [turn.row.id for turn in turns]
    heard = (history.c.evse.in_(ids), history.c.reason.is_(None))
    differs = select(history.c.evse, func.max(history.c.at).label("at")).join(evse, evse.c.id == history.c.evse)
    query = differs.where(*heard, history.c.status != evse.c.said).group_by(history.c.evse)
    changed: dict[int, Millis] = {row.evse: row.at for row in connection.execute(query)}
    since = min(min(turn.history[0].at, changed.get(turn.row.id, 0)) for turn in turns)
    found: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(
        select(history).where(*heard, (history.c.at >= since) | (history.c.status == REMOVED))
    ):
        found.setdefault(row.evse, []).append(row)
    return found


def _settle_one(turn: Turn, rows: Sequence[Row[Any]]) -> None:
    known = {_identity(observation): (row.id, observation) for row in rows for observation in (_observation(row),)}
    everything = {identity: observation for identity, (_, observation) in known.items()}
    kept = []
    for observation in turn.history:
        identity = _identity(observation)
        if identity not in known:
            kept.append(observation)
        elif observation.received_at < everything[identity].received_at:
            turn.received_earlier[known[identity][0]] = observation.received_at
        else:
            continue
        everything[identity] = observation
    turn.history = kept
    if turn.row.reason is None:
        _publish_anew(turn, sorted(everything.values(), key=attrgetter("order")))


def _publish_anew(turn: Turn, observations: Sequence[Observation]) -> None:
    removal = next((one for one in observations if one.status == REMOVED), None)
    basis = removal or replace(beginning(observations), detail=observations[-1].detail)
    turn.part = None
    if status_part(basis.status, basis) != orjson.loads(turn.row.part):
        publish(turn, basis.status, None, basis)


def _identity(observation: Observation) -> tuple[Any, ...]:
    """What two deliveries of one message have in common: all but when they were received."""
    of = observation
    detail = orjson.dumps(of.detail, option=orjson.OPT_SORT_KEYS) if of.detail else None
    return of.at, of.status, of.source, of.occurred_at, of.queued, of.origin, of.backend_at, detail


def _observation(row: Row[Any]) -> Observation:
    return Observation(
        at=row.at,
        status=row.status,
        source=row.source,
        priority=row.priority,
        received_at=row.received_at,
        occurred_at=row.occurred_at,
        earliest=row.earliest,
        origin=row.origin,
        backend_at=row.backend_at,
        queued=row.queued,
        detail=None if row.detail is None else orjson.loads(row.detail),
    )
