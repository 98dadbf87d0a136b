"""Applying a batch of tariffs, and what a tariff's coming, going or changing means for the locations that name it.

1. A tariff that becomes public or ceases to be changes the `tariff_ids` the public sees, so its locations get a new
stamp.
2. One whose content changes moves its locations' versions, since prices may be rendered with them; where its validity
changes also
   `boundary_at`, which 2.1.1 (one `tariff_id`, the one valid now) shows as `last_updated`.
3. One that the source no longer has ends now, or as soon as no location names it any more, and stays listed for a grace
   time. Many at once are held. One that the source explicitly withdrew ends at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from app.clock import Millis, format_time, parse_time
from app.model.batch import Batch, Kind, TariffRecord
from app.model.problem import Problem, Severity
from app.registry import contributions, merge, price_plans
from app.registry.commit import Commit, upsert
from app.registry.contributions import ParsedRaw
from app.registry.due import plan_boundary, set_boundary
from app.registry.evses import stamped_part
from app.registry.merge import Body
from app.registry.policy import SourcePolicy
from app.registry.projection import is_public_tariff
from app.registry.tables import boundary, evse, held, location, location_body, location_tariff, tariff
from app.registry.tariff_rows import named_by_locations, tariffs_by_key

ENDED = "ended"


@dataclass(slots=True)
class TariffEdit:
    """What becomes of one tariff in a commit."""

    key: str
    row: Row[Any] | None
    body: Body
    """With STAMP in it."""
    public: bool
    received_at: Millis
    source: str
    deleted_at: Millis | None = None
    earliest: Millis | None = None
    """The source's last answer before; None where there was none."""

    @property
    def plan(self) -> str | None:
        """Key of the price plan it is of."""
        return price_plans.plan_of(self.body)

    @property
    def plans_moved(self) -> set[str]:
        """Keys of the plans to which it comes, from which it goes, or whose name it takes or leaves."""
        row = self.row
        was = (None, False) if row is None else (row.plan, row.deleted_at is None)
        if was == (self.plan, self.deleted_at is None):
            return set()
        return {key for key in (was[0], self.plan, self.key) if key is not None}


@dataclass(slots=True)
class TariffsPlan:
    source: str
    edits: list[TariffEdit] = field(default_factory=list)
    contributions: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    hold: list[str] = field(default_factory=list)
    reason: str = ""
    ended_stay: Millis = 0
    held_id: int | None = None

    @property
    def writes(self) -> bool:
        return bool(self.edits or self.contributions or self.vanished or self.back)

    def write(self, commit: Commit) -> None:
        contributions.write(commit, self.contributions)
        contributions.mark_missing(commit, self.source, Kind.TARIFFS, self.vanished, commit.now)
        contributions.mark_missing(commit, self.source, Kind.TARIFFS, self.back, None)
        if self.hold:
            row = {"source": self.source, "kind": Kind.TARIFFS.value, "reason": self.reason, "evses": 0}
            row |= {"keys": orjson.dumps(sorted(self.hold)), "held_at": commit.now, "state": "held"}
            self.held_id = commit.connection.execute(insert(held).values(**row).returning(held.c.id)).scalar_one()
        write_edits(commit, self.edits, self.ended_stay)


class TariffPlanner:
    """Works out what parsed tariffs change; `present` are the keys of a complete batch, None for an incomplete one."""

    def __init__(
        self,
        batch: Batch,
        parsed: Sequence[ParsedRaw],
        policy: SourcePolicy,
        present: Collection[str] | None,
        earliest: Millis | None,
        now: Millis,
    ) -> None:
        self._batch = batch
        self._parsed = parsed
        self._policy = policy
        self._present = present
        self._earliest = earliest
        self._now = now

    def __call__(self, connection: Connection) -> TariffsPlan:
        plan = TariffsPlan(self._batch.source, ended_stay=self._policy.ended_tariffs_stay)
        keys = [item.raw.key for item in self._parsed]
        rows = tariffs_by_key(connection, keys)
        old = {row.key: row.body for row in contributions.of_keys(connection, self._batch.source, Kind.TARIFFS, keys)}
        for item in self._parsed:
            self._plan_one(plan, item, rows.get(item.raw.key), old.get(item.raw.key))
        self._withdraw(connection, plan)
        if self._present is not None:
            self._compare(connection, plan, self._present)
        return plan

    def _withdraw(self, connection: Connection, plan: TariffsPlan) -> None:
        keys = sorted(self._batch.deleted)
        given = contributions.of_keys(connection, self._batch.source, Kind.TARIFFS, keys)
        plan.vanished = [row.key for row in given if row.missing_since is None]
        self._end(plan, tariffs_by_key(connection, keys).values())

    def _end(self, plan: TariffsPlan, rows: Iterable[Row[Any]]) -> None:
        mine = (row for row in rows if row.source == self._batch.source and row.deleted_at is None)
        plan.edits += [ended(row, self._batch.source, self._now) for row in mine]

    def _plan_one(self, plan: TariffsPlan, item: ParsedRaw, row: Row[Any] | None, old: bytes | None) -> None:
        record = item.record if isinstance(item.record, TariffRecord) else None
        problems = list(item.problems)
        if record is not None and row is not None and row.source != self._batch.source and row.deleted_at is None:
            record = None
            problems.append(
                Problem(
                    f"the tariff is given by two sources, `{row.source}` and `{self._batch.source}`; the first one keeps it",
                    Severity.REFUSED,
                    self._batch.source,
                    item.raw.key,
                    where=item.raw.where,
                    remedy="take the role `price` from one of the two sources, or give the tariffs different ids",
                )
            )
        if record is not None:
            self._edit(plan, item.raw.key, row, record.body)
        body = old if record is None else orjson.dumps(record.body)
        plan.contributions.append(contributions.row_of(self._batch, item, body, problems, refused=record is None))
        plan.problems += problems

    def _edit(self, plan: TariffsPlan, key: str, row: Row[Any] | None, new: Body) -> None:
        body = merge.stamped_tariff(new, None if row is None else orjson.loads(row.body))
        if body is None and row is not None and row.deleted_at is None:
            return
        if body is None:
            body = {**new, "last_updated": merge.STAMP}
        public, batch = is_public_tariff(body), self._batch
        plan.edits.append(TariffEdit(key, row, body, public, batch.received_at, batch.source, earliest=self._earliest))

    def _compare(self, connection: Connection, plan: TariffsPlan, present: Collection[str]) -> None:
        compared = contributions.compare(connection, self._batch, present)
        vanished = [key for key in compared.vanished if key not in self._batch.deleted]
        plan.vanished += vanished
        plan.back = compared.back
        rows = tariffs_by_key(connection, [*vanished, *plan.back, *compared.lacking])
        parsed = {item.raw.key for item in self._parsed}
        unchanged = [key for key in plan.back if key not in parsed]
        for known in contributions.of_keys(connection, self._batch.source, Kind.TARIFFS, unchanged):
            if known.body is not None and known.key in rows:
                self._edit(plan, known.key, rows[known.key], orjson.loads(known.body))
        lost = [key for key in vanished if key in rows and rows[key].source == self._batch.source]
        if len(lost) > self._policy.hold_share * compared.total:
            plan.hold = lost
            plan.reason = f"{len(lost)} of {compared.total} tariffs are missing from a complete answer"
            lost = []
        lacking = set(compared.lacking) - _held(connection, self._batch.source) - set(self._batch.deleted)
        ending = [*lost, *lacking]
        named = named_by_locations(connection, ending)
        named -= price_plans.spared(connection, [rows[key] for key in ending if key in rows])
        plan.problems += [self._still_named(key) for key in lost if key in named]
        self._end(plan, (rows[key] for key in [*lost, *sorted(lacking)] if key in rows and key not in named))

    def _still_named(self, key: str) -> Problem:
        return Problem(
            "the tariff is missing from a complete answer, but connectors still name it; it stays listed",
            Severity.NOTE,
            self._batch.source,
            key,
            remedy="take it from the connectors first, or give it back",
        )


def _held(connection: Connection, source: str) -> set[str]:
    """Keys whose loss a person decides about, or has decided not to believe."""
    of_tariffs = (held.c.source == source, held.c.kind == Kind.TARIFFS.value, held.c.state != "released")
    return {
        key
        for keys in connection.execute(select(held.c["keys"]).where(*of_tariffs)).scalars()
        for key in orjson.loads(keys)
    }


def ended(row: Row[Any], source: str, now: Millis) -> TariffEdit:
    """The tariff with its end at this moment, or its own where that is earlier."""
    body = orjson.loads(row.body)
    if "end_date_time" not in body or parse_time(body["end_date_time"]) > now:
        body["end_date_time"] = format_time(now)
    body["last_updated"] = merge.STAMP
    return TariffEdit(row.key, row, body, row.public, now, source, deleted_at=now)


def write_edits(commit: Commit, edits: Sequence[TariffEdit], ended_stay: Millis) -> None:
    for edit in edits:
        after = merge.set_stamp(merge.dumps(edit.body), commit.stamp)
        ordinal = commit.ordinal(Kind.TARIFFS) if edit.row is None else edit.row.ordinal
        seq = commit.record(
            what="tariff",
            key=edit.key,
            ordinal=ordinal,
            source=edit.source,
            was_public=edit.row is not None and edit.row.public,
            public=edit.public,
            before=None if edit.row is None else edit.row.body,
            after=after,
            earliest=edit.earliest,
            received_at=edit.received_at,
        )
        row = {
            "ordinal": ordinal,
            "key": edit.key,
            "country_code": edit.body["country_code"],
            "party_id": edit.body["party_id"],
            "id": edit.body["id"],
            "source": edit.source,
            "public": edit.public,
            "version": seq,
            "last_updated": commit.stamp,
            "deleted_at": edit.deleted_at,
            "body": after,
            "plan": edit.plan,
        }
        upsert(commit.connection, tariff, [row], keys=("ordinal",))
        commit.touch(Kind.TARIFFS, (ordinal,), seq)
        _after_change(commit, edit, ended_stay)
    moved = {key for edit in edits for key in edit.plans_moved}
    if moved:
        price_plans.write_naming(commit, moved, edits[0].source, edits[0].received_at)


def _after_change(commit: Commit, edit: TariffEdit, ended_stay: Millis) -> None:
    was_public = edit.row is not None and edit.row.public
    if was_public != edit.public:
        touch_locations(commit, edit.key, edit.source, edit.received_at)
    elif edit.public:
        old = {} if edit.row is None else orjson.loads(edit.row.body)
        moved = any(old.get(name) != edit.body.get(name) for name in ("start_date_time", "end_date_time"))
        move_locations(commit, edit.key, boundary_at=commit.stamp if moved else None)
    at = (edit.deleted_at + ended_stay) if edit.deleted_at is not None else None
    set_boundary(commit.connection, ENDED, edit.key, at if edit.public else None)
    of_tariff = (boundary.c.kind == Kind.TARIFFS.value, boundary.c.key == edit.key)
    known = commit.connection.execute(select(boundary.c.at).where(*of_tariff)).scalar_one_or_none()
    if known is None or known > commit.now:  # else it is due, and the next tick plans anew
        plan_boundary(commit.connection, edit.key, edit.body, commit.now)


def touch_locations(commit: Commit, key: str, source: str, received_at: Millis) -> None:
    """The public content of the locations changed: stamps the connectors that name the tariff."""
    connection, tariff_id = commit.connection, key.partition("/")[2]
    names = select(location_tariff.c.location).where(location_tariff.c.tariff == key)
    query = select(location, location_body.c.body).join(location_body).where(location.c.ordinal.in_(names))
    statics, moved = [], []
    for row in connection.execute(query.order_by(location.c.ordinal)).all():
        body = orjson.loads(row.body)
        merge.touch_connectors(body, tariff_id)
        points = connection.execute(select(evse).where(evse.c.location == row.ordinal))
        after = merge.published(body, {point.uid: stamped_part(point) for point in points}, merge.STAMP)
        seq = commit.record(
            what="location",
            key=row.key,
            ordinal=row.ordinal,
            source=source,
            was_public=row.public,
            public=row.public,
            before=row.body,
            after=merge.set_stamp(merge.dumps(after), commit.stamp),
            received_at=received_at,
        )
        statics.append({"_ordinal": row.ordinal, "_body": merge.set_stamp(merge.dumps(body), commit.stamp)})
        moved.append({"_ordinal": row.ordinal, "_version": seq})
    if moved:
        rewrite = update(location_body).where(location_body.c.location == bindparam("_ordinal"))
        connection.execute(rewrite.values(body=bindparam("_body")), statics)
        move = update(location).where(location.c.ordinal == bindparam("_ordinal"))
        stamps = {"last_updated": commit.stamp, "static_at": commit.stamp}
        versions: dict[str, Any] = {"version": bindparam("_version"), "static_version": bindparam("_version")}
        connection.execute(move.values(**versions, **stamps), moved)
        commit.touch_places([row["_ordinal"] for row in moved], commit.seq)


def move_locations(commit: Commit, key: str, *, boundary_at: Millis | None) -> None:
    """Has the locations that name a tariff rendered anew, as of now; with `boundary_at` 2.1.1 shows it as their
    `last_updated`."""
    naming = select(location_tariff.c.location).where(location_tariff.c.tariff == key)
    values = {"version": commit.seq, "static_version": commit.seq, "static_at": commit.stamp}
    values |= {} if boundary_at is None else {"boundary_at": boundary_at}
    moved = update(location).where(location.c.ordinal.in_(naming)).values(**values).returning(location.c.ordinal)
    commit.touch_places(commit.connection.execute(moved).scalars(), commit.seq)
