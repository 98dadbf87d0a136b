"""Applying a batch of locations.

1. Raw records whose hash is known are skipped; the others are parsed.
2. A location, or an EVSE id, that another source or party already gives is refused, both named. A REMOVED uid never comes back.
3. EVSEs that a location no longer lists stay; registry/missing.py decides what becomes of them.
4. The merged body is compared with the published one; only a difference is written, stamped and journaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select, true

from app.clock import Millis
from app.model.batch import Batch, Kind, LocationRecord, Role, StatusRecord
from app.model.identifiers import compare_key, object_key
from app.model.problem import Problem, Severity
from app.registry import contributions, evses, late, merge
from app.registry.commit import Commit
from app.registry.contributions import ParsedRaw
from app.registry.edits import Edit, NewEvse, bodies, write_edits, write_turns
from app.registry.evses import AT_ONCE, Turn, stamped_part
from app.registry.merge import Body
from app.registry.observing import measured_skew, observations
from app.registry.overlay import Overlay
from app.registry.policy import SourcePolicy
from app.registry.price_plans import Plans
from app.registry.status import REMOVED, Observation
from app.registry.tables import evse, location


@dataclass(slots=True)
class LocationsPlan:
    source: str
    received_at: Millis
    edits: list[Edit] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    contributions: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        return bool(self.contributions)

    def write(self, commit: Commit) -> None:
        contributions.write(commit, self.contributions)
        hidden = {edit.row.ordinal for edit in self.edits if edit.row is not None and not edit.public}
        write_turns(commit, self.turns, self.source, self.received_at, hidden)
        write_edits(commit, self.edits)


class LocationPlanner:
    """Works out what parsed locations change; one per batch."""

    def __init__(
        self,
        batch: Batch,
        parsed: Sequence[ParsedRaw],
        policy: SourcePolicy,
        overlay: Overlay,
        earliest: Millis | None,
        now: Millis,
    ) -> None:
        self._batch = batch
        self._now = now
        self._parsed = parsed
        self._policy = policy
        self._overlay = overlay
        self._earliest = earliest
        statuses = [
            status for item in parsed if isinstance(item.record, LocationRecord) for status in item.record.statuses
        ]
        self._skew = measured_skew(statuses, batch.received_at)

    def __call__(self, connection: Connection) -> LocationsPlan:
        plan = LocationsPlan(self._batch.source, self._batch.received_at)
        self._connection = connection
        self._plans = Plans(connection)
        keys = [item.raw.key for item in self._parsed]
        taken = contributions.of_keys(connection, self._batch.source, Kind.LOCATIONS, keys)
        self._old_bodies = {row.key: row.body for row in taken}
        records = [item.record for item in self._parsed if isinstance(item.record, LocationRecord)]
        self._rows = {row.key: row for row in self._locations(connection)}
        self._evses: dict[int, dict[str, Row[Any]]] = {}
        for row in evses.rows_where(connection, evse.c.location, {row.ordinal for row in self._rows.values()}):
            self._evses.setdefault(row.location, {})[row.uid_key] = row
        self._bodies = bodies(connection, sorted(row.ordinal for row in self._rows.values()))
        self._claims = self._claimed(connection, records)
        for item in self._parsed:
            self._plan_one(plan, item)
        return plan

    def _locations(self, connection: Connection) -> list[Row[Any]]:
        keys = [item.raw.key for item in self._parsed]
        found: list[Row[Any]] = []
        for start in range(0, len(keys), AT_ONCE):
            found += connection.execute(select(location).where(location.c.key.in_(keys[start : start + AT_ONCE]))).all()
        return found

    def _claimed(self, connection: Connection, records: Sequence[LocationRecord]) -> dict[str, tuple[str, str]]:
        """EVSE keys and ids that are taken → (location key, source)."""
        ids: set[str] = set()
        keys: set[str] = set()
        for record in records:
            for point in record.body.get("evses", ()):
                keys.add(object_key(record.country_code, record.party_id, point["uid"]))
                if "evse_id" in point:
                    ids.add(compare_key(point["evse_id"]))
        taken: dict[str, tuple[str, str]] = {}
        in_use = ~evse.c.removed  # a removed EVSE's printed id may go to a new uid; its uid never
        for column, wanted, condition in ((evse.c.key, keys, true()), (evse.c.evse_key, ids, in_use)):
            values = sorted(wanted)
            for start in range(0, len(values), AT_ONCE):
                query = (
                    select(column, location.c.key, location.c.source)
                    .join(location, location.c.ordinal == evse.c.location)
                    .where(column.in_(values[start : start + AT_ONCE]), condition)
                )
                for value, key, source in connection.execute(query):
                    taken.setdefault(value, (key, source))
        return taken

    def _plan_one(self, plan: LocationsPlan, item: ParsedRaw) -> None:
        problems = list(item.problems)
        row = self._rows.get(item.raw.key)
        record = item.record if isinstance(item.record, LocationRecord) else None
        if record is not None and row is not None and row.source != self._batch.source:
            problems.append(self._other_source(item, row.source))
            record = None
        if record is not None:
            record = self._without_foreign(record, item, row, problems)
            record = self._as_first_written(record, row)
            self._plan_location(plan, record, item.raw.key, row)
        plan.problems += problems
        plan.contributions.append(self._contribution(item, record, problems))

    def _contribution(
        self, item: ParsedRaw, record: LocationRecord | None, problems: Sequence[Problem]
    ) -> dict[str, Any]:
        body = self._old_bodies.get(item.raw.key) if record is None else orjson.dumps(record.body)
        return contributions.row_of(self._batch, item, body, problems, refused=record is None)

    def _other_source(self, item: ParsedRaw, other: str) -> Problem:
        return Problem(
            f"the location is given by two sources, `{other}` and `{self._batch.source}`; the first one keeps it",
            Severity.REFUSED,
            self._batch.source,
            item.raw.key,
            where=item.raw.where,
            remedy="take the role `inventory` from one of the two sources, or give the locations different ids",
        )

    def _without_foreign(
        self, record: LocationRecord, item: ParsedRaw, row: Row[Any] | None, problems: list[Problem]
    ) -> LocationRecord:
        """The record without EVSEs that belong elsewhere or are gone for good."""
        known = self._evses.get(row.ordinal, {}) if row is not None else {}
        kept: list[Body] = []
        seen: dict[str, str] = {}
        for index, point in enumerate(record.body.get("evses", ())):
            reason = self._refusal(record, point, item.raw.key, known, seen)
            if reason is None:
                kept.append(point)
                continue
            what, remedy = reason
            path = f"evses[{index}]"
            problems.append(
                Problem(
                    what,
                    Severity.PARTLY,
                    self._batch.source,
                    item.raw.key,
                    path,
                    item.raw.where,
                    value=point["uid"],
                    remedy=remedy,
                )
            )
        if len(kept) == len(record.body.get("evses", ())):
            self._claim(record, item.raw.key)
            return record
        refused = {point["uid"] for point in record.body["evses"]} - {point["uid"] for point in kept}
        body = {**record.body, "evses": kept}
        if not kept:
            del body["evses"]
        statuses = tuple(status for status in record.statuses if status.evse not in refused)
        record = replace(record, body=body, statuses=statuses, refused_evses=record.refused_evses | refused)
        self._claim(record, item.raw.key)
        return record

    def _as_first_written(self, record: LocationRecord, row: Row[Any] | None) -> LocationRecord:
        """Ids are compared without case and never change, so the first writing stays (OCPI Location.id, EVSE.uid)."""
        if row is None:
            return record
        known = self._evses.get(row.ordinal, {})
        ids = {"country_code": row.country_code, "party_id": row.party_id, "id": row.id}
        points = [
            {**point, "uid": known[point["uid"].lower()].uid} if point["uid"].lower() in known else point
            for point in record.body.get("evses", ())
        ]
        return replace(record, body={**record.body, **ids, **({"evses": points} if points else {})})

    def _claim(self, record: LocationRecord, key: str) -> None:
        """What this record takes, so that a later one of the same batch cannot."""
        for point in record.body.get("evses", ()):
            self._claims.setdefault(
                object_key(record.country_code, record.party_id, point["uid"]), (key, self._batch.source)
            )
            if "evse_id" in point:
                self._claims.setdefault(compare_key(point["evse_id"]), (key, self._batch.source))

    def _refusal(
        self, record: LocationRecord, point: Body, key: str, known: dict[str, Row[Any]], seen: dict[str, str]
    ) -> tuple[str, str] | None:
        uid = point["uid"]
        if uid.lower() in seen:
            return f"the uid {uid} comes twice in this location; the first counts", "give each EVSE a uid of its own"
        seen[uid.lower()] = uid
        mine = known.get(uid.lower())
        says_removed = any(status.evse == uid and status.status == REMOVED for status in record.statuses)
        if mine is not None and mine.removed and not says_removed:
            return (
                f"the EVSE {uid} was REMOVED, which is final for its uid, and is back",
                "give it a new uid (OCPI: a uid is never used again); until then it stays REMOVED",
            )
        holder = self._claims.get(object_key(record.country_code, record.party_id, uid))
        if holder is not None and holder[0] != key:
            return (
                f"the uid {uid} belongs to location {holder[0]} of source `{holder[1]}`",
                "a uid is unique within a party",
            )
        holder = self._claims.get(compare_key(point["evse_id"])) if "evse_id" in point else None
        if holder is not None and (holder[1] != self._batch.source or holder[0].split("/")[0] != key.split("/")[0]):
            return (
                f"the EVSE id {point['evse_id']} is given twice: by {holder[0]} of source `{holder[1]}` and by {key} of source "
                f"`{self._batch.source}`; the first one keeps it",
                "an EVSE id names one EVSE in the world: correct one of the two",
            )
        return None

    def _plan_location(self, plan: LocationsPlan, record: LocationRecord, key: str, row: Row[Any] | None) -> None:
        heard = self._observations(record)
        known = self._evses.get(row.ordinal, {}) if row is not None else {}
        points = {point["uid"].lower(): point for point in record.body.get("evses", ())}
        turns = [self._turn(point, known[uid], heard) for uid, point in points.items() if uid in known]
        late.settle(self._connection, turns)
        refused = {uid.lower() for uid in record.refused_evses}
        if row is not None and not row.public and record.body.get("publish") is True:
            refused = set()  # what is known of these was never meant for the public
        turns += [self._missing(lacking) for uid, lacking in known.items() if uid not in points and uid not in refused]
        turns += [self._listed(known[uid]) for uid in refused & known.keys() - points.keys()]
        new = [self._new(point, heard) for uid, point in points.items() if uid not in known]
        plan.turns += [turn for turn in turns if turn.writes]
        edit = self._edit(plan, record, key, row, known, turns, new)
        if edit is not None:
            plan.edits.append(edit)

    def _edit(
        self,
        plan: LocationsPlan,
        record: LocationRecord,
        key: str,
        row: Row[Any] | None,
        known: Mapping[str, Row[Any]],
        turns: Sequence[Turn],
        new: Sequence[NewEvse],
    ) -> Edit | None:
        """None where the static body stays as it is."""
        old = None if row is None else self._bodies[row.ordinal][0]
        laid = self._overlay.over(merge.static_body(record.body, old, known.keys()))
        plan.problems += laid.problems
        body = merge.stamped_location(self._plans.named(key, laid.body), old)
        if body is None:
            return None
        parts = {lacking.uid: stamped_part(lacking) for lacking in known.values()}
        parts |= {turn.row.uid: (turn.part, merge.STAMP) for turn in turns if turn.part is not None}
        parts |= {item.uid: (item.part, merge.STAMP) for item in new}
        batch = self._batch
        return Edit(key, row, old, body, batch.source, batch.received_at, parts, new, laid.provenance, self._earliest)

    def _missing(self, row: Row[Any]) -> Turn:
        """The location no longer lists it; registry/missing.py decides when the pull is complete."""
        if row.missing_since is not None:
            return Turn(row)
        return Turn(row, values={"missing_since": self._batch.received_at, "missing_pulls": 0})

    def _listed(self, row: Row[Any]) -> Turn:
        """Refused, but there."""
        turn = Turn(row)
        if row.missing_since is not None:
            evses.returned(turn)
        return turn

    def _observations(self, record: LocationRecord) -> dict[str, list[Observation]]:
        if Role.STATUS not in self._policy.roles:
            return {}
        grouped: dict[str, list[StatusRecord]] = {}
        for status in record.statuses:
            grouped.setdefault(status.evse.lower(), []).append(status)
        batch, policy = self._batch, self._policy
        return {
            uid: observations(statuses, batch.source, policy.priority, batch.received_at, self._earliest, self._skew)
            for uid, statuses in grouped.items()
        }

    def _turn(self, point: Body, row: Row[Any], heard: dict[str, list[Observation]]) -> Turn:
        turn = evses.turn(row, heard.get(row.uid_key, ()), events=self._batch.events, now=self._now)
        if turn.values:
            turn.values["polled"] = False
        if row.missing_since is not None:
            evses.returned(turn)
        return turn

    def _new(self, point: Body, heard: dict[str, list[Observation]]) -> NewEvse:
        said = heard.get(point["uid"].lower(), [])
        columns, part = evses.first(said)
        return NewEvse(point["uid"], columns, part, said)
