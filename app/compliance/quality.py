"""The quality of the feed in the five dimensions of Implementing Regulation (EU) 2025/655, Art. 3(1), each a figure from 0 to 1:
`good ÷ due`, per party, country and day. The regulation sets no thresholds; these are our readings of its words.

- completeness (a): facts that are said, plausible or not ÷ facts that the rules ask for and that are decided
- correctness (b): facts that are plausible ÷ facts that are said
- consistency (c): locations given without a defect and none of whose EVSE ids is carried twice ÷ locations
- timeliness (d): changes certainly public within their limit, a status after 60 s and static data after 24 h, or as the country's
  profile has it ÷ changes of the day that something in the world stands behind
- reliability (e): EVSEs in service whose status was known ÷ EVSEs in service, both summed up over the day's evaluations

Completeness, correctness and consistency are those of the day's last evaluation. Prices, which belong to no single site, are in
`chargefeed report latency`. A dimension of which nothing was due has no figure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from iso3166 import countries_by_alpha2, countries_by_alpha3
from sqlalchemy import Connection, Engine

from app.clock import Millis
from app.compliance.element import Limits
from app.compliance.profile import Profile
from app.registry.delays import Span, What, punctual
from app.registry.evaluation import measures
from app.registry.evaluation.reading import sums_by_group
from app.registry.evaluation.record import Measured


class Dimension(StrEnum):
    COMPLETENESS = "completeness"
    CORRECTNESS = "correctness"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    RELIABILITY = "reliability"


@dataclass(frozen=True, slots=True)
class Figure:
    """A dimension on a day."""

    day: Millis
    dimension: Dimension
    share: float | None
    """0 to 1; None: nothing was due."""


def figures(rows: Iterable[tuple[Millis, str, int, int]]) -> list[Figure]:
    """Of (day, dimension, good, due)."""
    return [Figure(day, Dimension(name), good / due if due else None) for day, name, good, due in rows]


def standing(connection: Connection, day: Millis, apart: Collection[str] = ()) -> Iterator[Measured]:
    """The dimensions that are as the last evaluation finds them. `apart`: rules that are none about the data."""
    for party, country, counts in sums_by_group(connection, day, apart):
        said = counts.present + counts.implausible
        yield Measured(day, party, country, Dimension.COMPLETENESS, said, said + counts.missing)
        yield Measured(day, party, country, Dimension.CORRECTNESS, counts.present, said)
    yield from _measured(day, Dimension.CONSISTENCY, measures.consistent(connection))


def growing(
    engine: Engine, connection: Connection, day: Millis, profiles: Mapping[str, Profile], span: Span
) -> list[Measured]:
    """What adds up over a day: the changes of a span, and how many statuses are known now. `profiles`: by alpha-2."""
    changes = [one for what in (What.STATUS, What.STATIC) for one in _timely(engine, what, profiles, span)]
    return [*changes, *_measured(day, Dimension.RELIABILITY, measures.known(connection))]


def _timely(engine: Engine, what: What, profiles: Mapping[str, Profile], span: Span) -> Iterator[Measured]:
    limit = _millis(Limits().of(what))
    assert limit is not None
    its = {countries_by_alpha2[code].alpha3: _millis(one.limits.of(what)) for code, one in profiles.items()}
    elsewhere = {country: allowed for country, allowed in its.items() if allowed != limit}
    for one in punctual(engine, what, limit, elsewhere, span):
        yield Measured(one.day, one.party, alpha2(one.country), Dimension.TIMELINESS, one.within, one.changes)


def _measured(day: Millis, dimension: Dimension, shares: Mapping[measures.Owner, measures.Share]) -> Iterator[Measured]:
    for owner, share in shares.items():
        yield Measured(day, owner.party, alpha2(owner.country), dimension, share.good, share.due)


def alpha2(country: str) -> str:
    known = countries_by_alpha3.get(country)
    return str(known.alpha2) if known else ""


def _millis(seconds: float | None) -> Millis | None:
    return None if seconds is None else round(seconds * 1000)
