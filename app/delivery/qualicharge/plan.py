"""What is to be said of one location, and what QualiCharge holds of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

import orjson

from app.delivery.apart import Sent
from app.delivery.base import Item, Receipt
from app.delivery.qualicharge.batches import Row, point_of
from app.errors import ObjectRefused
from app.formats.base import Context
from app.model.identifiers import compare_key
from app.model.loss import Loss
from app.model.problem import Problem, Severity
from app.publish.block import evaluated_at
from app.registry.status import REMOVED

_CORRECT = "Correct it in the backend or in the overlay; the change is sent again"
TWICE = 409
"""A status is there already: the answer to its first sending was lost."""


class Said(Protocol):
    @property
    def objects(self) -> Sequence[Row]: ...

    @property
    def losses(self) -> Sequence[Loss]: ...


@dataclass(frozen=True, slots=True)
class Wording:
    """How a location is said: its points, and their statuses, under the same `id_pdc_itinerance`."""

    statics: Callable[[Mapping[str, Any], Context], Said]
    statuses: Callable[[Mapping[str, Any], Context], Said]


@dataclass(slots=True)
class Held:
    """By point: digests of what stands there, and what was refused."""

    statics: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    """Digest of the static facts that were, and why: they are not sent again until they change."""
    gone: list[str] = field(default_factory=list)
    """Decommissioned."""

    @classmethod
    def loads(cls, memory: bytes | None) -> Held:
        return cls(*orjson.loads(memory)) if memory is not None else cls()

    def dumps(self) -> bytes | None:
        """None: nothing of it was ever there."""
        said = [self.statics, self.statuses, self.refused, self.gone]
        return orjson.dumps(said) if any(said) else None


@dataclass(slots=True)
class Plan:
    """Of one item: what is left to send, and what became of the rest."""

    item: Item
    held: Held
    statics: dict[str, Row] = field(default_factory=dict)
    """By point."""
    statuses: dict[str, Row] = field(default_factory=dict)
    leaving: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    taken: int = 0
    refused: int = 0

    @property
    def returning(self) -> list[str]:
        return [point for point in self.held.gone if point in self.statics]

    @property
    def done(self) -> bool:
        return not (self.statics or self.statuses or self.leaving)

    def static_settled(self, sent: Sent[Row]) -> None:
        point = point_of(sent.row)
        self.statics.pop(point)
        self.held.refused.pop(point, None)
        if sent.reason:
            self.held.refused[point] = [digest(sent.row), sent.reason]
            self._refuse(f"static facts of {point} refused: {sent.reason}")
        else:
            self.held.statics[point] = digest(sent.row)
            self.taken += 1

    def drop_unknown(self) -> None:
        """A status of a point that is not there would have the whole batch refused."""
        self.statuses = {point: row for point, row in self.statuses.items() if point in self.held.statics}

    def status_settled(self, sent: Sent[Row]) -> None:
        point = point_of(sent.row)
        self.statuses.pop(point)
        if sent.reason and sent.code != TWICE:
            self._refuse(f"status of {point} refused: {sent.reason}")
        else:
            self.held.statuses[point] = digest(sent.row)
            self.taken += 1

    def left(self, point: str, refusal: str = "") -> None:
        """`refusal`: why it stays there all the same."""
        self.leaving.remove(point)
        if refusal:
            self._refuse(f"{point} not decommissioned: {refusal}")
            return
        self.held.statics.pop(point)
        self.held.statuses.pop(point, None)
        self.held.gone.append(point)

    def recall(self) -> None:
        """What was refused before and is the same still."""
        for point, (refused, why) in self.held.refused.items():
            if point in self.statics and digest(self.statics[point]) == refused:
                del self.statics[point]
                self.problems.append(self._problem(f"static facts of {point} refused: {why}"))

    def receipt(self) -> Receipt:
        """Refused is what nothing was taken of; where some of it was, the rest is told as problems."""
        error = None
        if self.refused and not self.taken:
            error = ObjectRefused(self.problems[-1].what, where=self.item.key, remedy=_CORRECT)
        return Receipt(self.item, self.held.dumps(), tuple(self.problems), error)

    def _refuse(self, what: str) -> None:
        self.refused += 1
        self.problems.append(self._problem(what))

    def _problem(self, what: str) -> Problem:
        return Problem(what, Severity.PARTLY, record=self.item.key, rule="QualiCharge", remedy=_CORRECT)


def plan_of(item: Item, wording: Wording) -> Plan:
    held = Held.loads(item.memory)
    if item.object is None:
        held.refused.clear()
        return Plan(item, held, leaving=list(held.statics))
    body = item.object.body
    context = Context(evaluated_at(item.object), item.object.tariffs, item.object.boundary_at)
    statics, statuses = wording.statics(body, context), wording.statuses(body, context)
    there = {compare_key(evse.get("evse_id", "")) for evse in body["evses"] if evse.get("status") != REMOVED}
    held.refused = {point: why for point, why in held.refused.items() if compare_key(point) in there}
    plan = Plan(
        item,
        held,
        _changed(statics, {} if item.whole else held.statics),
        _changed(statuses, {} if item.whole else held.statuses),
        [point for point in held.statics if compare_key(point) not in there],
        [_note(item, loss) for loss in dict.fromkeys((*statics.losses, *statuses.losses))],
    )
    if not item.whole:
        plan.recall()
    return plan


def _note(item: Item, loss: Loss) -> Problem:
    return Problem(loss.reason, Severity.NOTE, record=item.key, path=loss.path, rule="QualiCharge", value=loss.value)


def digest(row: Row) -> str:
    return blake2b(orjson.dumps(row, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def _changed(said: Said, held: Mapping[str, str]) -> dict[str, Row]:
    rows = {point_of(row): row for row in said.objects}
    return {point: row for point, row in rows.items() if held.get(point) != digest(row)}
