"""What is held back for a person: listed, released, discarded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select, update

from app.clock import Millis
from app.errors import RegistryError
from app.model.batch import Kind
from app.registry import contributions, evses, tariffs
from app.registry.commit import Commit
from app.registry.edits import write_turns
from app.registry.evses import GONE, Turn
from app.registry.status import REMOVED
from app.registry.tables import evse, held
from app.registry.tariff_rows import tariffs_by_key
from app.registry.tariffs import TariffEdit


@dataclass(frozen=True, slots=True)
class Held:
    """One loss that waits for a person."""

    id: int
    source: str
    kind: Kind
    reason: str
    held_at: Millis
    keys: tuple[str, ...]
    """Locations (or tariffs) that are gone whole."""
    evses: int
    """How many EVSEs it is about; those that came back are not counted."""


def read_held(connection: Connection) -> list[Held]:
    """What is held now, oldest first; what has come back of its own accord is left out."""
    waiting = select(func.count()).where(evse.c.held == held.c.id, ~evse.c.removed).scalar_subquery()
    rows = connection.execute(select(held, waiting.label("waiting")).where(held.c.state == "held").order_by(held.c.id))
    found = [
        Held(row.id, row.source, Kind(row.kind), row.reason, row.held_at, tuple(_gone(connection, row)), row.waiting)
        for row in rows.all()
    ]
    return [item for item in found if item.evses or item.keys]


def _gone(connection: Connection, row: Row[Any]) -> list[str]:
    """Keys of what is gone whole and has not come back."""
    return sorted(contributions.still_missing(connection, row.source, Kind(row.kind), orjson.loads(row.keys)))


@dataclass(slots=True)
class DecisionPlan:
    row: Row[Any]
    state: str
    stay: Millis
    now: Millis
    turns: list[Turn] = field(default_factory=list)
    tariffs: list[TariffEdit] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        return True

    def write(self, commit: Commit) -> None:
        decided = update(held).where(held.c.id == self.row.id)
        commit.connection.execute(decided.values(state=self.state, decided_at=commit.now))
        write_turns(commit, self.turns, self.row.source, self.now)
        tariffs.write_edits(commit, self.tariffs, self.stay)


def _find(connection: Connection, held_id: int) -> Row[Any]:
    row = connection.execute(select(held).where(held.c.id == held_id, held.c.state == "held")).first()
    if row is None:
        raise RegistryError(f"nothing is held under number {held_id}", remedy="`chargefeed held list` shows what is")
    return row


def plan_release(connection: Connection, held_id: int, stay: Millis, now: Millis) -> DecisionPlan:
    """A person says it is really gone: its EVSEs become REMOVED, its tariffs end. Raises RegistryError for an unknown number."""
    plan = DecisionPlan(_find(connection, held_id), "released", stay, now)
    if plan.row.kind == Kind.TARIFFS.value:
        rows = tariffs_by_key(connection, _gone(connection, plan.row)).values()
        plan.tariffs = [tariffs.ended(row, plan.row.source, now) for row in rows if row.deleted_at is None]
        return plan
    query = select(evse).where(evse.c.held == held_id, ~evse.c.removed).order_by(evse.c.id)
    plan.turns = [evses.derived(row, REMOVED, GONE, now) for row in connection.execute(query)]
    return plan


def plan_discard(connection: Connection, held_id: int) -> DecisionPlan:
    """A person says the backend is wrong: what is published stays. Raises RegistryError for an unknown number."""
    return DecisionPlan(_find(connection, held_id), "discarded", 0, 0)
