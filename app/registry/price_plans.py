"""A price plan's name among a connector's `tariff_ids` stands for all tariffs of the plan, whichever those are.

1. The registry keeps the name and puts the plan's tariffs behind it. The public never sees the name, since of `tariff_ids`
   it sees known tariffs only (registry/projection.py).
2. When a tariff of the plan comes or goes, the locations that name the plan are written anew in the same commit.
3. A name that is the id of another tariff means that one and no plan: what a backend says is not read as something else.
4. A tariff that the plan drops ends although connectors name the plan, as long as the plan has another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from app.clock import Millis
from app.model.identifiers import object_key
from app.registry import evses, merge
from app.registry.commit import Commit
from app.registry.edits import Edit, bodies, write_edits
from app.registry.evses import AT_ONCE
from app.registry.merge import Body
from app.registry.projection import tariff_ids, tariff_key
from app.registry.tables import location, location_tariff, tariff

LONGEST_NAME = 36
"""What is longer can be no entry of `tariff_ids`."""


def plan_of(body: Body) -> str | None:
    """The key of the plan that a tariff is of, made like that of a tariff: `de*abc/city`; None where it is of none."""
    plan = body.get("plan")
    name = plan.get("plan") if isinstance(plan, dict) else None
    if not (isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable()):
        return None
    return object_key(body["country_code"], body["party_id"], name)


@dataclass(frozen=True, slots=True)
class _Plan:
    ids: tuple[str, ...]
    """Of its tariffs, in order of creation; empty where the name means another tariff."""
    ever: frozenset[str]
    """Of those that ended, too; lower case."""


class Plans:
    """The plans there are, as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[str, _Plan | None] = {}

    def named(self, key: str, body: Body) -> Body:
        """The location of this key with the tariffs of the plans that its connectors name; the input is not changed."""
        self._look_up({tariff_key(key, id) for id in tariff_ids(body)})
        if not any(self._found[tariff_key(key, id)] for id in tariff_ids(body)):
            return body
        points = [
            {**point, "connectors": [self._connector(key, connector) for connector in point["connectors"]]}
            for point in body["evses"]
        ]
        return {**body, "evses": points}

    def _connector(self, key: str, connector: Body) -> Body:
        """What stands behind a plan's name and is, or was, a tariff of it was put there by this."""
        named: dict[str, str] = {}
        theirs: set[str] = set()
        for id in connector.get("tariff_ids", ()):
            if id.lower() in theirs:
                continue
            named.setdefault(id.lower(), id)
            plan = self._found[tariff_key(key, id)]
            if plan is not None:
                named |= {each.lower(): each for each in plan.ids if each.lower() not in named}
                theirs |= plan.ever
        return {**connector, "tariff_ids": list(named.values())} if theirs else connector

    def _look_up(self, keys: Collection[str]) -> None:
        wanted = sorted(keys - self._found.keys())
        self._found |= dict.fromkeys(wanted)
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            columns = (tariff.c.key, tariff.c.plan, tariff.c.id, tariff.c.deleted_at)
            query = select(*columns).where(or_(tariff.c.plan.in_(some), tariff.c.key.in_(some)))
            rows = self._connection.execute(query.order_by(tariff.c.ordinal)).all()
            for key in {row.plan for row in rows}.intersection(some):
                self._found[key] = _plan(key, rows)


def _plan(key: str, rows: Sequence[Row[str, str | None, str, Millis | None]]) -> _Plan:
    own = [row for row in rows if row.plan == key]
    is_other = any(row.key == key and row.plan != key and row.deleted_at is None for row in rows)
    ids = tuple(row.id for row in own if row.deleted_at is None and not is_other)
    return _Plan(ids, frozenset(row.id.lower() for row in own))


def write_naming(commit: Commit, keys: Collection[str], source: str, received_at: Millis) -> None:
    """Writes anew the locations that name one of the plans; those of the keys that are no plan's are left alone.

    Comes after the tariffs, in their commit.
    """
    connection = commit.connection
    wanted = sorted(keys)
    ordinals: set[int] = set()
    for start in range(0, len(wanted), AT_ONCE):
        plans = select(tariff.c.plan).where(tariff.c.plan.in_(wanted[start : start + AT_ONCE]))
        naming = select(location_tariff.c.location).where(location_tariff.c.tariff.in_(plans))
        ordinals.update(connection.execute(naming).scalars())
    known, waiting = Plans(connection), sorted(ordinals)
    for start in range(0, len(waiting), AT_ONCE):
        there = location.c.ordinal.in_(waiting[start : start + AT_ONCE])
        rows = connection.execute(select(location).where(there).order_by(location.c.ordinal)).all()
        write_edits(commit, _edits(connection, rows, known, source, received_at))


def _edits(
    connection: Connection, rows: Sequence[Row[Any]], known: Plans, source: str, received_at: Millis
) -> list[Edit]:
    statics = bodies(connection, [row.ordinal for row in rows])
    points = evses.by_location(connection, [row.ordinal for row in rows])
    edits: list[Edit] = []
    for row in rows:
        old, provenance = statics[row.ordinal]
        body = merge.stamped_location(known.named(row.key, old), old)
        if body is not None:
            parts = {point.uid: evses.stamped_part(point) for point in points.get(row.ordinal, ())}
            edits.append(Edit(row.key, row, old, body, source, received_at, parts, provenance=provenance))
    return edits


def spared(connection: Connection, rows: Collection[Row[Any]]) -> set[str]:
    """Keys of those of these tariffs that connectors name by their plan alone, and whose plan has others."""
    going = {row.key for row in rows}
    found: set[str] = set()
    for plan in sorted({row.plan for row in rows if row.plan is not None}):
        there = select(tariff.c.key).where(tariff.c.plan == plan, tariff.c.deleted_at.is_(None))
        if going.issuperset(connection.execute(there).scalars()):
            continue
        theirs = {row.key for row in rows if row.plan == plan}
        naming_plan = select(location_tariff.c.location).where(location_tariff.c.tariff == plan)
        apart = (location_tariff.c.tariff.in_(theirs), location_tariff.c.location.not_in(naming_plan))
        found |= theirs.difference(connection.execute(select(location_tariff.c.tariff).where(*apart)).scalars())
    return found
