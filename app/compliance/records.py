"""A report as JSON: a record per location with every rule and its origin, and what all of them add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from heapq import heappop, heappush
from typing import Any, BinaryIO

import orjson

from app.compliance.heading import Heading
from app.compliance.judging import Judged, findings
from app.compliance.rule import Answer, State
from app.compliance.spool import Spool
from app.compliance.tally import Count, Group, Need, Tally

Record = dict[str, Any]
WORST = 10


def location_record(judged: Judged) -> Record:
    """Every rule with what came of it. Objects that fare alike stand together; where all do, they are not listed (`at`)."""
    rules = {code: _alike(answers) for code, answers in _by_rule(judged.answers).items()}
    for groups in rules.values():
        if len(groups) == 1:
            groups[0].pop("at", None)
    found = [{name: text for name, text in asdict(one).items() if text} for one in findings(judged)]
    return {**_named(judged), "rules": rules, **({"findings": found} if found else {})}


def gap_record(judged: Judged) -> Record | None:
    """What a person has to look at; None where nothing is missing or implausible."""
    rules = _by_rule(judged.gaps)
    gaps = [{"rule": code, **one} for code, answers in rules.items() for one in _alike(answers)]
    return {**_named(judged), "gaps": gaps} if gaps else None


def _by_rule(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        found.setdefault(answer.rule.code, []).append(answer)
    return found


def _named(judged: Judged) -> Record:
    site, body = judged.site, judged.site.body
    named = {"party": site.party, "id": body["id"], "country": site.country, "name": body.get("name")}
    return {**named, "place": f"{body['address']}, {body['city']}", "points": len(site.points)}


def _alike(answers: Iterable[Answer]) -> list[Record]:
    """`at`: which objects; left out where it is the location itself."""
    groups: dict[tuple[State, str, str], Record] = {}
    for answer in answers:
        seen = answer.seen
        origin, kind = (answer.origin, answer.origin_kind.value) if seen.state is State.PRESENT else ("", "")
        what = "" if seen.derived else seen.what
        group = groups.get((seen.state, origin, what))
        if group is None:
            group = groups[seen.state, origin, what] = {"state": seen.state.value, "at": []}
            group |= {name: text for name, text in (("by", kind), ("from", origin), ("what", what)) if text}
            if seen.state is State.MISSING and answer.remedy:
                group["remedy"] = answer.remedy
        if answer.subject.path:
            group["at"].append(answer.subject.path)
    return [group if group["at"] else {k: v for k, v in group.items() if k != "at"} for group in groups.values()]


class Gaps:
    """The gap records of many locations, kept in a file; those with most gaps at hand."""

    def __init__(self) -> None:
        self._rows = Spool()
        self._worst: list[tuple[int, int, Record]] = []
        self._number = 0

    def add(self, judged: Judged) -> None:
        record = gap_record(judged)
        if record is None:
            return
        self._rows.add(record)
        self._number += 1
        heappush(self._worst, (sum(1 for _ in judged.gaps), -self._number, record))
        if len(self._worst) > WORST:
            heappop(self._worst)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._rows)

    @property
    def worst(self) -> list[tuple[int, Record]]:
        """Number of gaps and record, most first; earlier ones before later ones."""
        return [(gaps, record) for gaps, _, record in sorted(self._worst, reverse=True)]


class JsonReport:
    """Writes as locations come; `finish` closes the document."""

    def __init__(self, file: BinaryIO, heading: Heading) -> None:
        self._file = file
        self._heading = heading
        self._separator = orjson.dumps(heading.record())[:-1] + b',"locations":[\n'
        self._begun = False

    def add(self, judged: Judged) -> None:
        self._file.write(self._separator + orjson.dumps(location_record(judged)))
        self._separator = b",\n"
        self._begun = True

    def finish(self, tally: Tally) -> None:
        if not self._begun:
            self._file.write(self._separator)
        trend = self._heading.trend
        summary = summary_record(tally) | {"trend": trend.record(), "quality": trend.quality_record()}
        self._file.write(b"],\n" + orjson.dumps(summary, option=orjson.OPT_INDENT_2)[1:].lstrip() + b"\n")


def summary_record(tally: Tally) -> Record:
    return {
        "complete": tally.is_complete,
        "groups": [_group(group) for group in tally.groups.values()],
        "rules": {code: _rule(tally, code, count) for code, count in tally.over_all().items()},
        "needs": [_need(need) for need in tally.remedies()],
    }


def _group(group: Group) -> Record:
    rules = {code: _count(count) for code, count in group.rules.items()}
    figures = {"locations": group.locations, "complete": group.complete, "points": group.points}
    return {"party": group.party, "country": group.country, "name": group.name, **figures, "rules": rules}


def _rule(tally: Tally, code: str, count: Count) -> Record:
    rule = tally.rules[code]
    limit = {"within_s": rule.within_s} if rule.within_s is not None else {}
    return {
        "title": rule.title,
        "law": rule.law,
        "link": rule.link,
        "means": rule.means,
        "level": rule.level.value,
        "where": rule.where,
        **limit,
        **_count(count),
        "remedy": rule.advice,
        "examples": [asdict(one) for one in tally.examples.of(code)],
    }


def _count(count: Count) -> Record:
    share = count.share
    return {**asdict(count), "share": None if share is None else round(share, 4)}


def _need(need: Need) -> Record:
    cell = {"level": need.cell.level, "field": need.cell.field} if need.cell else {}
    return {
        "remedy": need.remedy,
        **cell,
        "rules": list(need.codes),
        "locations": need.locations,
        "objects": need.objects,
    }
