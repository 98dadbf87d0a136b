"""EVSEs on which a complete poll of statuses, looked at whole, has no word though an earlier one had.

They become UNKNOWN at once; where they are too many to be believed, only after the source's time to live.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from app.clock import Millis
from app.errors import SourceAnswerError
from app.model.batch import Batch
from app.model.identifiers import compare_key
from app.registry import evses
from app.registry.commit import Commit
from app.registry.edits import write_turns
from app.registry.evses import MISSING, Turn
from app.registry.status import UNKNOWN
from app.registry.tables import evse

PORTION = 2000  # EVSEs in one commit


@dataclass(slots=True)
class AbsentPlan:
    source: str
    received_at: Millis
    turns: list[Turn] = field(default_factory=list)
    absent: int = 0
    total: int = 0

    @property
    def writes(self) -> bool:
        return bool(self.turns)

    def write(self, commit: Commit) -> None:
        write_turns(commit, self.turns, self.source, self.received_at)


def plan_absent(connection: Connection, batch: Batch, heard: Collection[int], tolerated: float) -> AbsentPlan:
    """A portion of those that are not among `heard` (numbers of EVSEs); none where their share is larger than tolerated."""
    plan = AbsentPlan(batch.source, batch.received_at)
    spoken = (evse.c.said_by == batch.source, evse.c.polled, evse.c.reason.is_(None), ~evse.c.removed)
    plan.total = connection.execute(select(func.count()).where(*spoken)).scalar_one()
    seen = {compare_key(key) for key in batch.seen}
    query = select(evse.c.id, evse.c.evse_key, evse.c.uid_key).where(*spoken).order_by(evse.c.id)
    ids = [
        row.id for row in connection.execute(query) if row.id not in heard and not seen & {row.evse_key, row.uid_key}
    ]
    plan.absent = len(ids)
    if plan.absent <= tolerated * plan.total:
        rows = evses.rows_where(connection, evse.c.id, ids[:PORTION])
        plan.turns = [evses.derived(row, UNKNOWN, MISSING, batch.received_at) for row in rows]
    return plan


def lost(batch: Batch, absent: int, total: int) -> SourceAnswerError:
    return SourceAnswerError(
        f"{absent} of {total} EVSEs are absent from a poll that should have them all",
        where=batch.source,
        remedy="What it had was taken; the others keep their status for the source's time to live. Look at the backend",
    )
