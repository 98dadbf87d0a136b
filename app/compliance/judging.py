"""Locations against the rules of their country, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from app.clock import Millis
from app.compliance.afir import EU, afir_rules
from app.compliance.geography import UNION_REGIONS
from app.compliance.profile import Profile
from app.compliance.rule import Answer, Level, Rule, State
from app.compliance.site import Site, Subject
from app.model.finding import Finding, Grade
from app.registry.origins import Sourced, sourced_locations
from app.registry.projection import View
from app.tariffs.adhoc import PriceBook


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a location."""

    site: Site
    answers: Sequence[Answer]

    @property
    def gaps(self) -> Iterator[Answer]:
        return (one for one in self.answers if one.seen.state in (State.MISSING, State.IMPLAUSIBLE))


class RuleBook:
    """Which rules hold where: AFIR in the Union, and what the access point of the country asks for beyond it."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self.profiles: Mapping[str, Profile] = {profile.country: profile for profile in profiles}
        self._rules: dict[str, tuple[Rule, ...]] = {}

    def rules(self, country: str) -> tuple[Rule, ...]:
        """`country`: alpha-2 of the site."""
        country = UNION_REGIONS.get(country, country)
        if country not in self._rules:
            profile = self.profiles.get(country)
            self._rules[country] = (*(afir_rules() if country in EU else ()), *(profile.rules() if profile else ()))
        return self._rules[country]


def judged_locations(engine: Engine, book: RuleBook, at: Millis, view: View) -> Iterator[Judged]:
    """Every public location with a point in service where any rule holds, in order of creation."""
    prices = PriceBook()
    for sourced in sourced_locations(engine, view):
        found = judged(sourced, book, at, prices)
        if found is not None:
            yield found


def judged(sourced: Sourced, book: RuleBook, at: Millis, prices: PriceBook) -> Judged | None:
    site = Site(sourced, prices, at)
    rules = book.rules(site.country) if site.points else ()
    return Judged(site, list(_answers(site, rules))) if rules else None


def _answers(site: Site, rules: Sequence[Rule]) -> Iterator[Answer]:
    for rule in rules:
        for subject in subjects(site, rule.level):
            seen = rule.look(subject)
            if seen is not None:
                yield Answer(rule, subject, seen)


def subjects(site: Site, level: Level) -> Sequence[Subject]:
    """What a rule of a level is asked about."""
    match level:
        case Level.STATION:
            return site.stations
        case Level.POINT:
            return site.evses
        case Level.CONNECTOR:
            return site.connectors
    return (site.pool,)


def findings(judged: Judged) -> Iterator[Finding]:
    """What is missing is a breach, unless it is not verified that it is asked for; what is implausible is a warning."""
    for answer in judged.gaps:
        rule, seen = answer.rule, answer.seen
        broken = seen.state is State.MISSING and rule.binding
        what = f"{rule.title}: {seen.what or 'not said'} ({rule.law})"
        key = f"{judged.site.party}/{judged.site.body['id']}{'/' if answer.subject.path else ''}{answer.subject.path}"
        yield Finding(rule.code, Grade.BREACH if broken else Grade.WARNING, key, what, answer.remedy)
