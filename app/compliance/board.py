"""The rules of each regime with their counts, trend and worst examples, as evaluations kept them: nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from app.clock import Millis, format_time
from app.compliance.catalogue import Catalogue, Regime
from app.compliance.rule import Rule
from app.compliance.trend import PastDays, Trend, read_trend, rounded
from app.registry.evaluation import reading as known
from app.registry.evaluation.record import NOTHING, Counts, Life, Which

EXAMPLES = 3
COLUMNS = (
    "regime", "rule", "title", "level", "law", "link", "means",
    "present", "missing", "implausible", "not_decided", "share", "remedy", "examples",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A rule."""

    rule: Rule
    counts: Counts
    trend: Sequence[float | None]
    """Its share by day, the newest last."""
    worst: Sequence[Life]

    def record(self) -> dict[str, Any]:
        rule = self.rule
        named = {"rule": rule.code, "title": rule.title, "level": rule.level.value, "law": rule.law}
        return {
            **named,
            "link": rule.link,
            "means": rule.means,
            **self.counts._asdict(),
            "share": rounded(self.counts.share),
            "remedy": rule.advice,
            "trend": [rounded(share) for share in self.trend],
            "examples": [_example(one) for one in self.worst],
        }

    def row(self, regime: str) -> tuple[Any, ...]:
        rule = self.rule
        examples = "; ".join(f"{one.key}{f' ({one.places})' if one.places else ''}: {one.what}" for one in self.worst)
        named = (regime, rule.code, rule.title, rule.level.value, rule.law, rule.link, rule.means)
        return (*named, *self.counts, rounded(self.counts.share), rule.advice, examples)


@dataclass(frozen=True, slots=True)
class Board:
    """A regime under which anything stands."""

    name: str
    regime: Regime
    lines: Sequence[Line]
    trend: Trend

    @property
    def whole(self) -> Counts:
        found = NOTHING
        for line in self.lines:
            found = found.plus(line.counts)
        return found

    def record(self) -> dict[str, Any]:
        told = {"title": self.regime.title, "of": self.regime.of, "link": self.regime.link, "where": self.regime.where}
        counts = {**self.whole._asdict(), "share": rounded(self.whole.share)}
        rules = [line.record() for line in self.lines]
        return {"regime": self.name, **told, **counts, "trend": self.trend.record(), "rules": rules}


@dataclass(frozen=True, slots=True)
class Boards:
    """Of one part of the network."""

    at: Millis | None
    """Of the evaluation; None: there was none yet."""
    boards: Sequence[Board]
    quality: Trend
    """Its five dimensions; empty for a single location."""

    def record(self) -> dict[str, Any]:
        at = {} if self.at is None else {"at": format_time(self.at)}
        figures = {name: rounded(share) for name, share in self.quality.now().items()}
        regimes = [board.record() for board in self.boards]
        return {**at, "regimes": regimes, "quality": figures, "quality_trend": self.quality.quality_record()}

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return (line.row(board.name) for board in self.boards for line in board.lines)


def read_boards(
    connection: Connection,
    catalogue: Catalogue,
    rules: Mapping[str, Rule],
    which: Which,
    only: str | None = None,
    past: PastDays | None = None,
) -> Boards:
    """`rules`: all that may hold, by code. `only`: one regime; else all of which anything is there."""
    standing = known.standing(connection)
    everything = read_trend(connection, which, rules, past)
    now = list(everything.days.values())[-1] if everything.days else {}
    names = [name for name in catalogue.regimes if only in (None, name)]
    boards = (_board(connection, name, catalogue.regime(name), rules, now, everything, which) for name in names)
    return Boards(None if standing is None else standing.at, [board for board in boards if board.lines], everything)


def _board(
    connection: Connection,
    name: str,
    regime: Regime,
    rules: Mapping[str, Rule],
    now: Mapping[str, Counts],
    everything: Trend,
    which: Which,
) -> Board:
    own = {code: rule for code, rule in rules.items() if rule.regime == name and code in now}
    lines = [
        Line(rule, now[code], everything.of(code), _worst(connection, code, now[code], which))
        for code, rule in own.items()
    ]
    days = {day: {code: counts[code] for code in own if code in counts} for day, counts in everything.days.items()}
    return Board(name, regime, lines, Trend(days, ()))


def _worst(connection: Connection, code: str, counts: Counts, which: Which) -> Sequence[Life]:
    return known.worst(connection, code, which, EXAMPLES) if counts.failed else ()


def _example(one: Life) -> dict[str, Any]:
    kept = ("key", "country", "grade", "objects", "places", "what", "remedy")
    times = {"first_seen": format_time(one.first_seen), "last_seen": format_time(one.last_seen)}
    return {name: value for name, value in asdict(one).items() if name in kept and value} | times
