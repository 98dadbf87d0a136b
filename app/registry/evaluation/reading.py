"""What is known of the evaluations, for pages and reports: sums of days, findings. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from app.clock import Millis
from app.registry.evaluation.record import Counts, Life, Which
from app.registry.evaluation.tables import evaluated, evaluation, finding, quality_day, rule_day
from app.registry.tables import location

AT_ONCE = 1000
"""Findings read at once."""
DATA, UPTIME = 1, 2
"""Rows of `evaluation`."""
_LIFE = [finding.c[name] for name in Life.__slots__]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far evaluation has come."""

    at: Millis
    """When the last whole round began."""
    counted_until: int
    """Of the last change whose delay was counted (`published_at`); of uptime what was said of outages (`exclusions.told`)."""


class Group(NamedTuple):
    party: str
    country: str
    counts: Counts


def standing(connection: Connection, of: int = DATA) -> Standing | None:
    """None before the first whole round."""
    row = connection.execute(select(evaluation.c.at, evaluation.c.counted_until).where(evaluation.c.id == of)).first()
    return None if row is None else Standing(*row)


def last_day(connection: Connection) -> Millis:
    """The newest with sums; 0 where there is none."""
    return connection.execute(select(func.max(rule_day.c.day))).scalar() or 0


def sums(
    connection: Connection, which: Which, since: Millis, until: Millis | None = None
) -> dict[Millis, dict[str, Counts]]:
    """Day → rule → counts, from a day on, up to a day that is left out (None: to the newest)."""
    numbers = [func.sum(rule_day.c[name]) for name in Counts._fields]
    query = select(rule_day.c.day, rule_day.c.rule, *numbers).where(rule_day.c.day >= since, *_of(rule_day, which))
    if until is not None:
        query = query.where(rule_day.c.day < until)
    found: dict[Millis, dict[str, Counts]] = {}
    for day, rule, *counts in connection.execute(query.group_by(rule_day.c.day, rule_day.c.rule)):
        if any(counts):
            found.setdefault(day, {})[rule] = Counts(*map(int, counts))
    return found


def sums_by_group(connection: Connection, day: Millis, apart: Collection[str] = ()) -> list[Group]:
    """Over all rules of a day, but for some."""
    numbers = [func.sum(rule_day.c[name]) for name in Counts._fields]
    query = select(rule_day.c.party, rule_day.c.country, *numbers).where(rule_day.c.day == day)
    query = query.where(rule_day.c.rule.not_in(apart))
    rows = connection.execute(query.group_by(rule_day.c.party, rule_day.c.country))
    return [Group(party, country, Counts(*map(int, counts))) for party, country, *counts in rows]


def counted(connection: Connection, rule: str, which: Which) -> list[Group]:
    """A rule, as last evaluated; none where it was not."""
    if which.location is not None:
        columns = (evaluated.c.party, evaluated.c.country, evaluated.c.counts)
        own = connection.execute(select(*columns).where(evaluated.c.location == which.location))
        every = [(party, country, orjson.loads(counts).get(rule)) for party, country, counts in own]
        return [Group(party, country, Counts(*numbers)) for party, country, numbers in every if numbers]
    newest = select(func.max(rule_day.c.day)).scalar_subquery()
    query = select(rule_day).where(rule_day.c.day == newest, rule_day.c.rule == rule, *_of(rule_day, which))
    rows = connection.execute(query)
    found = [Group(row.party, row.country, Counts(*(getattr(row, name) for name in Counts._fields))) for row in rows]
    return [one for one in found if any(one.counts)]


def counted_at(connection: Connection, rule: str, ordinals: Sequence[int]) -> set[int]:
    """Those of the locations at which a rule counted anything when it was last asked."""
    query = select(evaluated.c.location, evaluated.c.counts).where(evaluated.c.location.in_(ordinals))
    return {ordinal for ordinal, counts in connection.execute(query) if rule in orjson.loads(counts)}


def networks(connection: Connection) -> set[tuple[str, str]]:
    """(party, country) of those that were evaluated."""
    query = select(evaluated.c.party, evaluated.c.country).where(evaluated.c.location < 0)
    return {(party, country) for party, country in connection.execute(query)}


def quality(connection: Connection, which: Which, since: Millis) -> list[tuple[Millis, str, int, int]]:
    """(day, dimension, good, due), summed up, days ascending."""
    numbers = (func.sum(quality_day.c.good), func.sum(quality_day.c.due))
    query = select(quality_day.c.day, quality_day.c.dimension, *numbers)
    query = query.where(quality_day.c.day >= since, *_of(quality_day, which))
    ordered = query.group_by(quality_day.c.day, quality_day.c.dimension).order_by(quality_day.c.day)
    return [(day, name, int(good), int(due)) for day, name, good, due in connection.execute(ordered)]


def quality_now(connection: Connection) -> Sequence[Row[Any]]:
    """Rows of `quality_day` of the newest day."""
    newest = select(func.max(quality_day.c.day)).scalar_subquery()
    return connection.execute(select(quality_day).where(quality_day.c.day == newest)).all()


def open_findings(connection: Connection) -> Sequence[tuple[str, str, int]]:
    """(rule, grade, number) of those that are open."""
    query = select(finding.c.rule, finding.c.grade, func.count()).where(finding.c.fixed_at.is_(None))
    rows = connection.execute(query.group_by(finding.c.rule, finding.c.grade).order_by(finding.c.rule))
    return [(rule, grade, number) for rule, grade, number in rows]


def worst(connection: Connection, rule: str, which: Which, number: int) -> list[Life]:
    """The open findings of a rule at public locations, or of networks, that weigh most."""
    public = or_(location.c.public, finding.c.location < 0)
    conditions = [finding.c.rule == rule, finding.c.fixed_at.is_(None), public, *_of(finding, which)]
    joined = select(*_LIFE).outerjoin(location, location.c.ordinal == finding.c.location).where(*conditions)
    rows = connection.execute(joined.order_by(finding.c.weight.desc()).limit(number))
    return [Life(*row) for row in rows]


def lives(
    connection: Connection, *, fixed: bool | None = None, since: Millis | None = None, until: Millis | None = None
) -> Iterator[Life]:
    """Findings by their id: open ones, fixed ones, or all; opened (fixed ones: fixed) after `since` and not after `until`.
    No more than a portion is in memory."""
    after = 0
    while True:
        conditions = [finding.c.id > after, *_lived(fixed, since, until)]
        query = select(finding.c.id, *_LIFE).where(*conditions).order_by(finding.c.id).limit(AT_ONCE)
        rows = connection.execute(query).all()
        if not rows:
            return
        yield from (Life(*row[1:]) for row in rows)
        after = rows[-1].id


def number_of_lives(connection: Connection, *, fixed: bool, since: Millis, until: Millis) -> int:
    query = select(func.count()).select_from(finding).where(*_lived(fixed, since, until))
    return connection.execute(query).scalar_one()


def _lived(fixed: bool | None, since: Millis | None, until: Millis | None) -> Iterator[ColumnElement[bool]]:
    if fixed is not None:
        yield finding.c.fixed_at.is_not(None) if fixed else finding.c.fixed_at.is_(None)
    moment = finding.c.fixed_at if fixed else finding.c.first_seen
    if since is not None:
        yield moment > since
    if until is not None:
        yield moment <= until
    if (
        fixed and since is not None and until is not None
    ):  # a digest: what nobody was told of need not be told to be gone
        yield finding.c.first_seen <= since


def locations_called(connection: Connection, text: str) -> list[tuple[int, str]]:
    """(ordinal, `DE*ABC/L1`) of the public locations that a text names: an id, or `DE*ABC/L1`; compared without case."""
    party, _, id_ = text.rpartition("/")
    named = [location.c.public, func.lower(location.c.id) == id_.lower()]
    if party:
        country, _, owner = party.replace("-", "*").partition("*")
        named.append(and_(location.c.country_code == country.upper(), location.c.party_id == owner.upper()))
    query = select(location.c.ordinal, location.c.country_code, location.c.party_id, location.c.id).where(*named)
    return [(row[0], f"{row[1]}*{row[2]}/{row[3]}") for row in connection.execute(query)]


def counts_of(connection: Connection, ordinal: int) -> dict[str, Counts]:
    """Of one location, by rule, as last evaluated."""
    counts = connection.execute(select(evaluated.c.counts).where(evaluated.c.location == ordinal)).scalar()
    return {rule: Counts(*numbers) for rule, numbers in orjson.loads(counts or b"{}").items()}


def _of(table: Table, which: Which) -> Iterator[ColumnElement[bool]]:
    if which.party is not None:
        yield table.c.party == which.party
    if which.country is not None:
        yield table.c.country == which.country
    if which.location is not None and "location" in table.c:
        yield table.c.location == which.location
