"""Reports as tables in a terminal. In a pipe every line begins with what it is about."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from app.clock import format_time
from app.compliance.heading import Heading
from app.compliance.latency import Latency, Line, seconds
from app.compliance.page import percent
from app.compliance.tally import Count, Group, Tally
from app.compliance.trend import Trend, date_of
from app.registry.delays import Delay, What
from app.terminal import say, table

SIDE_BY_SIDE = 6
"""Operators whose shares stand side by side."""
Row = tuple[str, ...]


def show_regime(tally: Tally, worst: Sequence[tuple[int, dict[str, Any]]], heading: Heading) -> None:
    groups = sorted(tally.groups.values(), key=lambda group: (group.country, group.party))
    columns: Row = ("party", "country", "operator", "locations", "without a gap", "points", "present")
    _show("operator", columns, map(_group, groups))
    if sys.stdout.isatty():
        _show("element", *_side_by_side(tally, groups))
    else:
        columns = (
            "party",
            "country",
            "rule",
            "element",
            "law",
            "level",
            "present",
            "missing",
            "implausible",
            "undecided",
        )
        _show("element", (*columns, "backend", "overlay", "derived", "share"), _elements(tally, groups))
    needs = ((need.remedy, ", ".join(need.codes), str(need.locations), str(need.objects)) for need in tally.remedies())
    _show("remedy", ("what to do", "for", "locations", "objects"), needs)
    _show("location", ("location", "name", "gaps", "rules"), (_location(gaps, record) for gaps, record in worst))
    whole = Count()
    for group in groups:
        whole += group.whole
    _show_trend(heading.trend)
    say(
        f"{percent(whole.share)} of what is due is present; {tally.complete} of {tally.locations} locations without a gap"
    )


def _show_trend(trend: Trend) -> None:
    days = ((date_of(day), *map(str, counts), percent(counts.share)) for day, counts in trend.whole())
    _show("trend", ("day", "present", "missing", "implausible", "undecided", "share"), days)
    _show("quality", ("dimension", "figure"), ((name, percent(share)) for name, share in trend.now().items()))


def show_latency(found: Latency) -> None:
    columns = ("day", "what", "source", "changes", "limit", "in time", "perhaps", "late", "share in time", "note")
    _show("day", columns, (row for line in found.lines for row in _limits(line)))
    _show(
        "slowest",
        ("what", "where", "source", "published", "took"),
        (_slow(what, one) for what, ones in found.slowest.items() for one in ones),
    )
    late = "something was late" if found.is_late else "nothing was certainly late"
    say(f"{sum(line.delays.changes for line in found.lines)} changes, measured to their commit: {late}")


def _limits(line: Line) -> Iterator[Row]:
    for share in line.shares:
        named = (line.day, line.what.value, line.delays.source, str(line.delays.changes), f"{share.within_s:g} s")
        counts = map(str, (share.certain, share.possible, share.late))
        yield (*named, *counts, percent(share.certain / line.delays.changes), line.advice)


def _slow(what: What, delay: Delay) -> Row:
    where = f"{delay.key}/{delay.evse_uid}" if delay.evse_uid else delay.key
    return what.value, where, delay.source, format_time(delay.published_at), seconds(delay)


def _show(kind: str, columns: Row, rows: Iterable[Row]) -> None:
    table(columns, rows if sys.stdout.isatty() else ((kind, *row) for row in rows))


def _group(group: Group) -> Row:
    figures = (group.locations, group.complete, group.points)
    return (group.party, group.country, group.name, *map(str, figures), percent(group.whole.share))


def _elements(tally: Tally, groups: Sequence[Group]) -> Iterator[Row]:
    for group in groups:
        for code, count in group.rules.items():
            rule = tally.rules[code]
            figures = (count.present, count.missing, count.implausible, count.undecided)
            origins = (count.backend, count.overlay, count.derived)
            named = (group.party, group.country, code, rule.title, rule.law, rule.level.value)
            yield (*named, *map(str, figures), *map(str, origins), percent(count.share))


def _side_by_side(tally: Tally, groups: Sequence[Group]) -> tuple[Row, Iterator[Row]]:
    """Just what is not all there; of many operators just the sum."""
    shown = groups if len(groups) <= SIDE_BY_SIDE else ()
    columns = ("rule", "element", "level", "missing", "implausible", "not decided", "present")
    over_all = tally.over_all()

    def rows() -> Iterator[Row]:
        for code, count in over_all.items():
            if count.share == 1:
                continue
            rule = tally.rules[code]
            shares = (percent(group.rules[code].share) if code in group.rules else "" for group in shown)
            figures = (count.missing, count.implausible, count.undecided)
            yield (code, rule.title, rule.level.value, *map(str, figures), percent(count.share), *shares)

    return (*columns, *(f"{group.party} {group.country}" for group in shown)), rows()


def _location(gaps: int, record: dict[str, Any]) -> Row:
    codes = dict.fromkeys(gap["rule"] for gap in record["gaps"])
    return f"{record['party']}/{record['id']}", record["name"] or "", str(gaps), ", ".join(codes)
