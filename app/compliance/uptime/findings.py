"""How a location or a network stands by a rule about uptime: its ports counted, and of those that fail the figure in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.clock import Millis
from app.compliance.quality import alpha2
from app.compliance.trend import date_of
from app.compliance.uptime.figures import Figure, NetworkUptime, PortUptime
from app.compliance.uptime.records import shown
from app.compliance.uptime.rule import UptimeRule
from app.model.finding import Grade
from app.registry.evaluation.record import Counts, Evaluated, Gap, network
from app.registry.population import Pool
from app.wording import worded

WEIGHT = 1_000_000
"""Of a percent that is lacking: the lowest figure weighs most."""


class Standing:
    """Under one rule; `codes`: of all rules there are."""

    def __init__(self, one: UptimeRule, codes: frozenset[str]) -> None:
        self._rule, self._sheet = one.rule, one.sheet
        self._others = codes - {one.rule.code}

    def location(self, pool: Pool, ports: Sequence[PortUptime]) -> Evaluated:
        """Each port that fails is a gap of its own."""
        gaps = [self._of_port(port) for port in ports if port.passed is False]
        named = (pool.ordinal, f"{pool.party}/{pool.id}", pool.party, alpha2(pool.country))
        return self._evaluated(*named, [port.passed for port in ports], gaps)

    def network(self, one: NetworkUptime) -> Evaluated:
        notes = [f"the figures of {one.affected} of its {one.ports} ports are affected"] if one.affected else []
        gaps = [self._gap("", one.since, one.until, one.figures, notes)] if one.passed is False else []
        return self._of_network(one.party, alpha2(one.country), [one.passed], gaps)

    def no_network(self, party: str, country: str) -> Evaluated:
        """One that has no ports any more; `country`: alpha-2."""
        return self._of_network(party, country, [], [])

    def _of_network(self, party: str, country: str, results: Sequence[bool | None], gaps: Sequence[Gap]) -> Evaluated:
        return self._evaluated(network(party, country), party, party, country, results, gaps)

    def _evaluated(
        self, ordinal: int, key: str, party: str, country: str, results: Sequence[bool | None], gaps: Sequence[Gap]
    ) -> Evaluated:
        counts = Counts(results.count(True), results.count(False), undecided=results.count(None))
        of_rule = {self._rule.code: counts} if results else {}
        return Evaluated(ordinal, 0, key, party, country, of_rule, gaps, self._others)

    def _of_port(self, one: PortUptime) -> Gap:
        """A breach where it is certain that the rule is about it."""
        certain = self._sheet.population.unfunded or bool(one.port.federally_funded)
        return self._gap(f"evses[{one.port.uid}]", one.since, one.until, one.figures, one.notes, certain=certain)

    def _gap(
        self,
        place: str,
        since: Millis,
        until: Millis,
        figures: Sequence[Figure],
        notes: Iterable[str],
        *,
        certain: bool = True,
    ) -> Gap:
        share = f"{self._sheet.threshold} %"
        more, least = worded("more than %(share)s", share=share), worded("at least %(share)s", share=share)
        found = ", ".join(f"{_percent(one)}{f' ({one.reading})' if len(figures) > 1 else ''}" for one in figures)
        why = worded(
            "%(found)s from %(since)s to %(until)s, due is %(due)s",
            found=found,
            since=date_of(since),
            until=date_of(until - 1),
            due=more if self._sheet.strict else least,
        )
        lacks = max(100 - (one.lowest or 0) for one in figures)
        grade = Grade.BREACH if certain and self._rule.binding else Grade.WARNING
        text = "; ".join((f"{self._rule.title}: {why}", *notes))
        return Gap(self._rule.code, grade.value, 1, place, text, self._rule.remedy, weight=int(lacks * WEIGHT))


def _percent(one: Figure) -> str:
    """`96.2001 %`; `96.2001 to 96.3 %` where something was unobserved."""
    ends = dict.fromkeys((shown(one.lowest), shown(one.highest)))
    return f"{' to '.join(ends)} %"
