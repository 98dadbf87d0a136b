"""Merging locations again from what the sources last said, without a pull: the overlay has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from app.clock import Millis
from app.model.batch import Kind
from app.model.problem import Problem
from app.registry import evses, merge
from app.registry.commit import Commit
from app.registry.edits import Edit, bodies, write_edits
from app.registry.overlay import Overlay
from app.registry.price_plans import Plans
from app.registry.tables import contribution, location

PORTION = 500  # locations read at once


@dataclass(slots=True)
class RemergePlan:
    edits: list[Edit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        return bool(self.edits)

    def write(self, commit: Commit) -> None:
        write_edits(commit, self.edits)


def plan_remerge(connection: Connection, overlay: Overlay, ordinals: Sequence[int], now: Millis) -> RemergePlan:
    """The locations among `ordinals` that this overlay makes another than they are."""
    plan = RemergePlan()
    contributed = (contribution.c.source == location.c.source) & (contribution.c.key == location.c.key)
    query = select(location, contribution.c.body).join(contribution, contributed)
    there = (
        location.c.ordinal.in_(ordinals),
        contribution.c.kind == Kind.LOCATIONS.value,
        contribution.c.body.is_not(None),
    )
    rows = connection.execute(query.where(*there).order_by(location.c.ordinal)).all()
    statics = bodies(connection, [row.ordinal for row in rows])
    points = evses.by_location(connection, [row.ordinal for row in rows])
    plans = Plans(connection)
    for row in rows:
        old, provenance = statics[row.ordinal]
        body = orjson.loads(row.body)
        if provenance or overlay.concerns(body):
            _plan_one(plan, overlay, plans, row, body, old, points.get(row.ordinal, []), now)
    return plan


def _plan_one(
    plan: RemergePlan,
    overlay: Overlay,
    plans: Plans,
    row: Row[Any],
    body: merge.Body,
    old: merge.Body,
    points: list[Row[Any]],
    now: Millis,
) -> None:
    laid = overlay.over(merge.static_body(body, old, {point.uid_key for point in points}))
    plan.problems += laid.problems
    stamped = merge.stamped_location(plans.named(row.key, laid.body), old)
    if stamped is not None:
        parts = {point.uid: evses.stamped_part(point) for point in points}
        plan.edits.append(Edit(row.key, row, old, stamped, "overlay", now, parts, provenance=laid.provenance))
