"""EVSEs on which a complete poll of statuses, looked at whole, has no word though an earlier one had.

They become UNKNOWN at once: a charger that is offline is often just left out. Only where none is left, or more than `FEW` and
more than the source's share, the answer itself is in doubt: then the source's time to live decides, and the poll has a problem.
What the poll does have is taken in any case.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from app.clock import Millis
from app.model.batch import Batch
from app.model.identifiers import compare_key
from app.model.problem import Problem, Severity
from app.registry import evses
from app.registry.commit import Commit
from app.registry.edits import write_turns
from app.registry.evses import MISSING, Turn
from app.registry.status import UNKNOWN
from app.registry.tables import evse

PORTION = 2000  # EVSEs in one commit
FEW = 10
"""So many may be offline at once whatever their share: in a network of thirty that is one cabinet without power."""


@dataclass(slots=True)
class AbsentPlan:
    source: str
    received_at: Millis
    turns: list[Turn] = field(default_factory=list)
    absent: int = 0
    total: int = 0
    doubted: bool = False

    @property
    def writes(self) -> bool:
        return bool(self.turns)

    def write(self, commit: Commit) -> None:
        write_turns(commit, self.turns, self.source, self.received_at)


def plan_absent(connection: Connection, batch: Batch, heard: Collection[int], share: float | None) -> AbsentPlan:
    """A portion of those that are not among `heard` (numbers of EVSEs); none where they are in doubt. `share`: of the source's
    EVSEs, that may be absent; None: all of them."""
    plan = AbsentPlan(batch.source, batch.received_at)
    spoken = (evse.c.said_by == batch.source, evse.c.polled, evse.c.reason.is_(None), ~evse.c.removed)
    having = connection.execute(select(evse.c.id).where(*spoken).order_by(evse.c.id)).scalars().all()
    ids = [id for id in having if id not in heard]
    if batch.seen:
        seen = {compare_key(key) for key in batch.seen}
        rows = evses.rows_where(connection, evse.c.id, ids)
        ids = [row.id for row in rows if not seen & {row.evse_key, row.uid_key}]
    plan.total, plan.absent = len(having), len(ids)
    plan.doubted = share is not None and (plan.absent == plan.total > 0 or plan.absent > max(FEW, share * plan.total))
    if not plan.doubted:
        rows = evses.rows_where(connection, evse.c.id, ids[:PORTION])
        plan.turns = [evses.derived(row, UNKNOWN, MISSING, batch.received_at) for row in rows]
    return plan


def lost(source: str, plan: AbsentPlan) -> Problem:
    return Problem(
        f"{plan.absent} of {plan.total} EVSEs are absent from a poll that should have them all",
        Severity.PARTLY,
        source,
        remedy="What it had was taken; the others keep their status for the source's time to live. Look at the backend",
    )
