"""Locations against the rules of their country, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from app.clock import Millis
from app.compliance.catalogue import AFIR, Catalogue, catalogue
from app.compliance.profile import Profile
from app.compliance.rule import UNSAID, Answer, Level, Rule
from app.compliance.site import Site, Subject
from app.compliance.uptime.rule import UptimeRule
from app.model.finding import Finding, Grade
from app.model.territory import UNION_REGIONS
from app.registry.delays import What
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
        return (one for one in self.answers if one.is_gap)


class RuleBook:
    """Which rules hold where: those of each regime of the catalogue, and what the access point of the country asks for beyond.

    `regimes`: just these; None: all. What access points ask for is reported with AFIR.
    """

    def __init__(
        self, profiles: Iterable[Profile], regimes: Iterable[str] | None = None, rules: Catalogue | None = None
    ) -> None:
        self.profiles: Mapping[str, Profile] = {profile.country: profile for profile in profiles}
        self._catalogue = rules or catalogue()
        self.regimes = frozenset(self._catalogue.regimes if regimes is None else regimes)
        self._rules: dict[tuple[str, str | None], tuple[Rule, ...]] = {}

    def all(self) -> tuple[Rule, ...]:
        """Of every country."""
        own = (rule for name in self._catalogue.regimes if name in self.regimes for rule in self._catalogue.rules(name))
        beyond = (rule for profile in self.profiles.values() for rule in profile.rules() if AFIR in self.regimes)
        return (*own, *(one.rule for one in self.uptimes), *beyond)

    @property
    def uptimes(self) -> tuple[UptimeRule, ...]:
        return tuple(rule for name, rule in self._catalogue.uptimes.items() if name in self.regimes)

    def apart(self, country: str, region: str | None) -> frozenset[str]:
        """Codes of the rules about uptime that hold there, which no location answers."""
        uptimes = self._catalogue.uptimes
        return frozenset(
            uptimes[name].rule.code for name in self._catalogue.holding(country, region) if name in uptimes
        )

    @property
    def told(self) -> str:
        """All that decides what its rules say, as a text: another one where it is another book."""
        rules = [self._catalogue.rules(name) for name in sorted(self.regimes)]
        elements = [self._catalogue.regimes[name] for name in sorted(self.regimes)]
        return repr((rules, elements, self.profiles))

    def rules(self, country: str, region: str | None = None) -> tuple[Rule, ...]:
        """`country`: alpha-2 of the site; `region`: its state or province, as the location says it."""
        key = (UNION_REGIONS.get(country, country), region)
        if key not in self._rules:
            names = (name for name in self._catalogue.holding(*key) if name in self.regimes)
            profile = self.profiles.get(key[0]) if AFIR in self.regimes else None
            beyond = profile.rules() if profile else ()
            self._rules[key] = (*(rule for name in names for rule in self._catalogue.rules(name)), *beyond)
        return self._rules[key]


def judged_locations(engine: Engine, book: RuleBook, at: Millis, view: View) -> Iterator[Judged]:
    """Every public location with a point in service where any rule holds, in order of creation."""
    prices = PriceBook()
    for sourced in sourced_locations(engine, view):
        found = judged(sourced, book, at, prices)
        if found is not None:
            yield found


def judged(sourced: Sourced, book: RuleBook, at: Millis, prices: PriceBook, kind: What | None = None) -> Judged | None:
    """None where no rule holds. `kind`: by the rules of this kind alone."""
    site = Site(sourced, prices, at)
    rules = book.rules(site.country, site.region) if site.points else ()
    asked = [rule for rule in rules if kind in (None, rule.kind)]
    return Judged(site, list(_answers(site, asked))) if rules else None


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
        what = f"{rule.title}: {seen.what or UNSAID} ({rule.law})"
        key = f"{judged.site.party}/{judged.site.body['id']}{'/' if answer.subject.path else ''}{answer.subject.path}"
        yield Finding(rule.code, Grade.BREACH if answer.is_breach else Grade.WARNING, key, what, answer.remedy)
