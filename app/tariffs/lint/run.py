"""Runs the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.clock import Millis
from app.model.finding import Finding
from app.model.identifiers import object_key
from app.model.problem import Problem
from app.model.tariff import Tariff
from app.tariffs.lint.about import NOTHING_KNOWN, About
from app.tariffs.lint.afir import AFIR
from app.tariffs.lint.network import NETWORK, Body, Network
from app.tariffs.lint.ocpi import OCPI
from app.tariffs.lint.restrictions import RESTRICTIONS
from app.tariffs.lint.rule import Rule
from app.tariffs.lint.seen import Seen
from app.tariffs.lint.uk import UK
from app.tariffs.lint.us import CALIFORNIA, NEVI
from app.tariffs.lint.written import WRITTEN, Written

_LAWS = (AFIR, UK, CALIFORNIA, NEVI)
_STANDARDS: tuple[Rule[Seen], ...] = (*OCPI.rules, *RESTRICTIONS.rules)
_ALL: tuple[Rule[Any], ...] = (
    *(rule for book in _LAWS for rule in book.rules),
    *_STANDARDS,
    *WRITTEN.rules,
    *NETWORK.rules,
)
RULES = {rule.code: rule for rule in _ALL}
"""By code."""


def lint_tariff(tariff: Tariff, about: About = NOTHING_KNOWN, at: Millis | None = None) -> list[Finding]:
    """`at` None: nothing is said of what is over."""
    key = object_key(tariff.country_code, tariff.party_id, tariff.id)
    return list(_findings(Seen(tariff, at), key, {about: ()}))


def lint_written(body: Any, key: str, problems: Sequence[Problem] = ()) -> list[Finding]:
    """A tariff's JSON as it was written, of any version. `key`: its object key; `problems`: what reading it found."""
    written = Written(body, problems)
    return [rule.finding(fault, key) for rule in WRITTEN.rules for fault in rule.check(written)]


def lint_network(
    locations: Iterable[Body],
    tariffs: Iterable[Body],
    at: Millis,
    known: About = NOTHING_KNOWN,
) -> list[Finding]:
    """Canonical JSON, hidden locations and tariffs of the past and the future too. `known`: holds where a location is silent.

    What a law says of a tariff comes once for all connectors at which it is the same.
    """
    network = Network(locations, tariffs, at)
    found = [rule.finding(fault, "") for rule in NETWORK.rules for fault in rule.check(network)]
    used = network.used(known)
    for key, tariff in network.tariffs.items():
        found += _findings(Seen(tariff, at), key, used.get(key, {}))
    return found


def _findings(seen: Seen, key: str, used: Mapping[About, Sequence[str]]) -> Iterator[Finding]:
    """`used`: at which connectors, by what is known of them."""
    for book in _LAWS:
        there = {about: connectors for about, connectors in used.items() if book.may_hold(about, seen.tariff)}
        for rule in book.rules if there else ():
            yield from _by_law(rule, seen, key, there)
    for rule in _STANDARDS:
        for fault in rule.check(seen):
            yield rule.finding(fault, key)


def _by_law(rule: Rule[Seen], seen: Seen, key: str, used: Mapping[About, Sequence[str]]) -> Iterator[Finding]:
    where: dict[tuple[str, ...], list[str]] = {}
    for about, connectors in used.items():
        missing = rule.unknown(about, seen.tariff)
        if missing is not None:
            where.setdefault(missing, []).extend(connectors)
    faults = list(rule.check(seen)) if where else []
    for missing, named in where.items():
        yield from (rule.finding(fault, key, missing, tuple(named)) for fault in faults)
