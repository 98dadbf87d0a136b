"""What the database forgets: changes that nobody can ask for any more, and statuses of times that stand elsewhere.

1. Each is a plan of one portion (`Registry.portion`), in a transaction of its own: no writer waits for more than that, and
   whoever is killed between two has forgotten less.
2. Changes: `feed_head.oldest` moves with the rows. Changes by which a location came or went stay: when a location was public is
   told from them (`past.Publicity`). Nobody is given them.
3. Statuses: first `feed_head.history_from` moves, and from then on nothing older comes in; then the rows go, EVSE by EVSE, but
   for those that later times rest on (`needed`). A pass that was interrupted is made again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
    update,
)

from app.clock import Millis
from app.registry.commit import Commit
from app.registry.evaluation.tables import finding, quality_day, rule_day
from app.registry.history import changes_of
from app.registry.status import REMOVED
from app.registry.tables import evse, feed_head, history, journal, offer, silence

PORTION = 5000
"""Rows deleted at once: some hundredths of a second."""
EVSES_AT_ONCE = 500
Span = tuple[Millis, Millis]


@dataclass
class Forgetting:
    """One portion."""

    writes: bool
    done: bool
    """Nothing is left to do after it."""
    number: int = 0
    """Rows that are gone, once it is written."""

    def write(self, commit: Commit) -> None: ...


# changes


@dataclass
class ForgetChanges(Forgetting):
    oldest: int = 0
    last: int = 0

    def write(self, commit: Commit) -> None:
        flips = and_(journal.c.what == "location", journal.c.was_public != journal.c.public)
        span = journal.c.seq.between(self.oldest, self.last)
        commit.connection.execute(update(feed_head).values(oldest=self.last + 1))
        self.number = commit.connection.execute(delete(journal).where(span, ~flips)).rowcount


def plan_changes(connection: Connection, before: Millis, last: int | None = None) -> ForgetChanges:
    """Of the changes published before a time those up to sequence `last`; None: all of them."""
    oldest = connection.execute(select(feed_head.c.oldest)).scalar_one()
    query = select(journal.c.seq).where(journal.c.published_at < before)
    newest = (
        connection.execute(query.order_by(journal.c.published_at.desc(), journal.c.seq.desc()).limit(1)).scalar() or 0
    )
    until = newest if last is None else min(last, newest)
    upto = min(until, oldest + PORTION - 1)
    return ForgetChanges(writes=upto >= oldest, done=upto >= until, oldest=oldest, last=upto)


# statuses


@dataclass
class MoveBoundary(Forgetting):
    before: Millis = 0

    def write(self, commit: Commit) -> None:
        commit.connection.execute(update(feed_head).values(history_from=self.before))


def plan_boundary(connection: Connection, before: Millis, followed: int) -> MoveBoundary:
    """Has the history begin at a time; not `done` where a row above `followed`, which nobody has taken up, is older than that."""
    behind = select(exists().where(history.c.id > followed, history.c.at < before))
    if connection.execute(select(feed_head.c.history_from)).scalar_one() >= before:
        return MoveBoundary(writes=False, done=True)
    held = connection.execute(behind).scalar_one()
    return MoveBoundary(writes=not held, done=not held, before=before)


@dataclass
class ForgetStatuses(Forgetting):
    rows: list[int] = field(default_factory=list)
    after: int = -1
    """`evse.id` behind which the next portion begins."""

    def write(self, commit: Commit) -> None:
        for start in range(0, len(self.rows), EVSES_AT_ONCE):
            some = history.c.id.in_(self.rows[start : start + EVSES_AT_ONCE])
            self.number += commit.connection.execute(delete(history).where(some)).rowcount


def plan_statuses(connection: Connection, after: int) -> ForgetStatuses:
    """The next EVSEs' rows before `feed_head.history_from` that nothing rests on."""
    before = connection.execute(select(feed_head.c.history_from)).scalar_one()
    query = select(evse.c.id, evse.c.said_by).where(evse.c.id > after).order_by(evse.c.id).limit(EVSES_AT_ONCE)
    sources = {row.id: row.said_by for row in connection.execute(query)}
    silent = _silences(connection, {source for source in sources.values() if source}, before)
    rows: list[int] = []
    for id_, points in _points(connection, list(sources), before):
        kept = needed(points, silent.get(sources[id_], ()))
        rows += (point.id for point in points if point.at not in kept)
        if len(rows) >= PORTION:
            return ForgetStatuses(writes=True, done=False, rows=rows[:PORTION], after=id_ - 1)
    return ForgetStatuses(bool(rows), len(sources) < EVSES_AT_ONCE, rows=rows, after=max(sources, default=after))


def needed(points: Sequence[Row[Any]], silent: Sequence[Span] = ()) -> set[Millis]:
    """Moments of an EVSE's rows (those of a time that goes, oldest first) that stay: the first of all; where the status that held
    last began and was last said, and where the one before it began, with and without what chargefeed itself decided; REMOVED;
    and with what each silence of its source ended."""
    heard = [point for point in points if point.reason is None]
    kept = {points[0].at, points[-1].at, *(point.at for point in points if point.status == REMOVED)}
    kept.update(point.at for runs in (changes_of(points), changes_of(heard)) for point in runs[-2:])
    ats = [point.at for point in heard]
    for since, until in silent:
        first = bisect_left(ats, since)
        kept.update(at for at in ats[first : first + 1] if at < until)
    return kept


def _points(connection: Connection, ids: Sequence[int], before: Millis) -> Iterator[tuple[int, list[Row[Any]]]]:
    query = select(history).where(history.c.evse.in_(ids), history.c.at < before)
    rows = connection.execute(
        query.order_by(history.c.evse, history.c.at, history.c.id).execution_options(yield_per=PORTION)
    )
    with rows:
        for id_, points in groupby(rows, attrgetter("evse")):
            yield id_, list(points)


def _silences(connection: Connection, sources: Collection[str], before: Millis) -> dict[str, list[Span]]:
    """Of these sources, as far as they began before a time."""
    found: dict[str, list[Span]] = {}
    begun = select(silence).where(silence.c.source.in_(sources), silence.c.since < before)
    for row in connection.execute(begun):
        found.setdefault(row.source, []).append((row.since, row.until))
    return found


# what nothing rests on


@dataclass
class ForgetRows(Forgetting):
    table: Table = offer
    where: ColumnElement[bool] = field(default_factory=true)

    def write(self, commit: Commit) -> None:
        key = list(self.table.primary_key)
        some = select(*key).where(self.where).limit(PORTION)
        self.number = commit.connection.execute(delete(self.table).where(tuple_(*key).in_(some))).rowcount


def plan_offers(connection: Connection) -> ForgetRows:
    """Those that no EVSE has."""
    return _plan_rows(connection, offer, ~exists().where(evse.c.offer == offer.c.number))


def plan_silences(connection: Connection, before: Millis) -> ForgetRows:
    """Those that ended before a time, from which no statuses are kept."""
    return _plan_rows(connection, silence, silence.c.until < before)


def _plan_rows(connection: Connection, table: Table, where: ColumnElement[bool]) -> ForgetRows:
    some = select(literal(1)).select_from(table).where(where).limit(PORTION + 1).subquery()
    found = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return ForgetRows(found > 0, found <= PORTION, table=table, where=where)


# findings


@dataclass
class ForgetFindings(Forgetting):
    before: Millis = 0

    def write(self, commit: Commit) -> None:
        some = select(finding.c.id).where(finding.c.fixed_at < self.before).limit(PORTION)
        self.number = commit.connection.execute(delete(finding).where(finding.c.id.in_(some))).rowcount
        for table in rule_day, quality_day:
            self.number += commit.connection.execute(delete(table).where(_old(table, self.before))).rowcount


def plan_findings(connection: Connection, before: Millis) -> ForgetFindings:
    """Findings that were mended before a time, and the figures of days before it; those of the newest day stay."""
    fixed = connection.execute(
        select(func.count()).select_from(finding).where(finding.c.fixed_at < before)
    ).scalar_one()
    days = [
        connection.execute(select(exists().where(_old(table, before)))).scalar_one()
        for table in (rule_day, quality_day)
    ]
    return ForgetFindings(writes=fixed > 0 or any(days), done=fixed <= PORTION, before=before)


def _old(table: Any, before: Millis) -> Any:
    newest = table.alias()
    return and_(table.c.day < before, table.c.day < select(func.max(newest.c.day)).scalar_subquery())
