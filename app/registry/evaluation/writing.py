"""Keeps evaluations: the sums of the day move by what a location's evaluation differs from the one before.

The sums of a day are always those of all rows of `evaluated`; a day begins with those of the day before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Table, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.clock import Millis
from app.registry.commit import upsert
from app.registry.evaluation.reading import DATA, last_day
from app.registry.evaluation.record import NOTHING, Counts, Evaluated, Gap, Measured
from app.registry.evaluation.tables import evaluated, evaluation, finding, quality_day, rule_day
from app.registry.evses import AT_ONCE
from app.registry.tables import location

DAY: Millis = 86_400_000
Key = tuple[str, str, str]
"""Party, country, rule."""


class Due(NamedTuple):
    ordinal: int
    whole: bool
    """False: nothing but statuses moved since it was evaluated."""


def due(connection: Connection, rules: str, since: Millis, after: int, number: int) -> Sequence[Due]:
    """Public locations, ordinals ascending from above `after`, that moved since they were evaluated, or were not evaluated by
    these rules since `since`."""
    stale = or_(evaluated.c.location.is_(None), evaluated.c.rules != rules, evaluated.c.at < since)
    whole = or_(stale, location.c.static_version > evaluated.c.version)
    moved = or_(stale, evaluated.c.version != location.c.version)
    joined = select(location.c.ordinal, whole).outerjoin(evaluated, evaluated.c.location == location.c.ordinal)
    query = joined.where(location.c.public, location.c.ordinal > after, moved).order_by(location.c.ordinal)
    return [Due(ordinal, bool(all_of_it)) for ordinal, all_of_it in connection.execute(query.limit(number))]


def gone(connection: Connection) -> Sequence[int]:
    """Ordinals of locations that were evaluated and are public no more."""
    public = select(location.c.ordinal).where(location.c.public)
    query = select(evaluated.c.location).where(evaluated.c.location >= 0, evaluated.c.location.not_in(public))
    return connection.execute(query).scalars().all()


def begin_day(connection: Connection, day: Millis) -> None:
    """Its sums, where it has none, are those of the day before it that has."""
    if connection.execute(select(rule_day.c.day).where(rule_day.c.day == day).limit(1)).first() is not None:
        return
    before = select(func.max(rule_day.c.day)).where(rule_day.c.day < day).scalar_subquery()
    kept = [column for column in rule_day.c if column.name != "day"]
    there = rule_day.c.present + rule_day.c.missing + rule_day.c.implausible + rule_day.c.undecided > 0
    copied = select(literal(day), *kept).where(rule_day.c.day == before, there)
    connection.execute(insert(rule_day).from_select(["day", *(column.name for column in kept)], copied))


def keep(connection: Connection, at: Millis, rules: str, found: Sequence[Evaluated]) -> None:
    """Writes evaluations of one moment in place of those before, their findings, and the sums of the day."""
    if found:
        _replace(connection, at // DAY * DAY, found, lambda one, _: _Held(one.version, rules, at))
        _live(connection, at, found)


def keep_apart(connection: Connection, at: Millis, rule: str, found: Sequence[Evaluated]) -> None:
    """As `keep`, of a rule that is evaluated apart from the data: when that falls due stays as it is, and each place that breaks
    the rule is a finding of its own. The sums are those of the newest day, which may be that of a round that goes on."""
    if found:
        day = last_day(connection) or at // DAY * DAY
        _replace(connection, day, found, lambda _, before: before.held if before else NEVER)
        _live(connection, at, found, rule)


def drop(connection: Connection, at: Millis, ordinals: Sequence[int]) -> None:
    """Forgets locations that are public no more; their findings end."""
    for start in range(0, len(ordinals), AT_ONCE):
        some = ordinals[start : start + AT_ONCE]
        _add(connection, at // DAY * DAY, _lost(_forgotten(connection, some)))
        ended = and_(finding.c.location.in_(some), finding.c.fixed_at.is_(None))
        connection.execute(update(finding).where(ended).values(fixed_at=at))


def finish(connection: Connection, at: Millis, counted_until: int, of: int = DATA) -> None:
    """A round is whole."""
    upsert(connection, evaluation, [{"id": of, "at": at, "counted_until": counted_until}], ("id",))


def keep_quality(connection: Connection, measured: Iterable[Measured], *, add: bool) -> None:
    """`add`: to what the day has already, else in its place."""
    rows = [asdict(one) for one in measured]
    if add:
        _add_up(connection, quality_day, rows)
    elif rows:
        upsert(connection, quality_day, rows, ("day", "party", "country", "dimension"))


class _Held(NamedTuple):
    """Which data of a location were held to which rules, and when."""

    version: int
    rules: str
    at: Millis


NEVER = _Held(0, "", 0)


class _Before(NamedTuple):
    party: str
    country: str
    counts: dict[str, list[int]]
    held: _Held


def _replace(
    connection: Connection,
    day: Millis,
    found: Sequence[Evaluated],
    held: Callable[[Evaluated, _Before | None], _Held],
) -> None:
    """Their rows, with what still holds of before, and the sums of a day."""
    before = _forgotten(connection, [one.ordinal for one in found])
    sums = _lost(before)
    rows = []
    for one in found:
        old = before.get(one.ordinal)
        kept = {rule: counts for rule, counts in old.counts.items() if rule in one.unasked} if old else {}
        counts = kept | {rule: [*numbers] for rule, numbers in one.counts.items()}
        named = {"location": one.ordinal, "party": one.party, "country": one.country}
        rows.append({**named, **held(one, old)._asdict(), "counts": orjson.dumps(counts)})
        for rule, numbers in counts.items():
            key = (one.party, one.country, rule)
            sums[key] = sums.get(key, NOTHING).plus(numbers)
    connection.execute(insert(evaluated), rows)
    _add(connection, day, sums)


def _forgotten(connection: Connection, ordinals: Sequence[int]) -> dict[int, _Before]:
    """Deletes evaluations; what they were, by ordinal."""
    own = evaluated.c.location.in_(ordinals)
    rows = connection.execute(select(evaluated).where(own)).all()
    connection.execute(delete(evaluated).where(own))
    return {
        row.location: _Before(row.party, row.country, orjson.loads(row.counts), _Held(row.version, row.rules, row.at))
        for row in rows
    }


def _lost(before: Mapping[int, _Before]) -> dict[Key, Counts]:
    """What the sums lose."""
    sums: dict[Key, Counts] = {}
    for one in before.values():
        for rule, numbers in one.counts.items():
            key = (one.party, one.country, rule)
            sums[key] = sums.get(key, NOTHING).plus(numbers, -1)
    return sums


def _add(connection: Connection, day: Millis, sums: dict[Key, Counts]) -> None:
    rows = [
        {"day": day, "party": party, "country": country, "rule": rule, **counts._asdict()}
        for (party, country, rule), counts in sums.items()
        if any(counts)
    ]
    _add_up(connection, rule_day, rows)


def _add_up(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Adds the figures of rows to those that stand there under their keys."""
    if not rows:
        return
    new = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    figures = [column for column in table.c if not column.primary_key]
    sums = {one.name: one + new.excluded[one.name] for one in figures}
    connection.execute(new.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums), rows)


def _live(connection: Connection, at: Millis, found: Sequence[Evaluated], apart: str | None = None) -> None:
    """Opens what is new, goes on with what is still there, and ends what is not any more. `apart`: that rule alone, by place."""
    ordinals = [one.ordinal for one in found]
    is_open = and_(finding.c.location.in_(ordinals), finding.c.fixed_at.is_(None))
    if apart is not None:
        is_open = and_(is_open, finding.c.rule == apart)
    left = list(connection.execute(select(finding).where(is_open)))
    known = {(row.location, row.rule, apart and row.places): row for row in left}
    opened, changed, still = [], [], set[int]()
    for one in found:
        for gap in one.gaps:
            row = known.get((one.ordinal, gap.rule, apart and gap.places))
            if row is None:
                opened.append(_opened(one, gap, at))
                continue
            still.add(row.id)
            if any(getattr(row, name) != said for name, said in _said(gap).items()):
                changed.append((row.id, gap))
    unasked = {one.ordinal: one.unasked for one in found}
    fixed = [row.id for row in left if row.id not in still and row.rule not in unasked[row.location]]
    for start in range(0, len(fixed), AT_ONCE):
        ended = finding.c.id.in_(fixed[start : start + AT_ONCE])
        connection.execute(update(finding).where(ended).values(fixed_at=at))
    connection.execute(update(finding).where(is_open).values(last_seen=at))
    for id_, gap in changed:
        connection.execute(update(finding).where(finding.c.id == id_).values(**_said(gap)))
    if opened:
        connection.execute(insert(finding), opened)


def _opened(one: Evaluated, gap: Gap, at: Millis) -> dict[str, Any]:
    named = {"rule": gap.rule, "location": one.ordinal, "key": one.key, "party": one.party, "country": one.country}
    return {**named, **_said(gap), "first_seen": at, "last_seen": at}


def _said(gap: Gap) -> dict[str, Any]:
    return {name: getattr(gap, name) for name in ("grade", "objects", "weight", "places", "what", "remedy")}
