"""The catalogue of rules for people: as sections, as Markdown, as records. Generated, so it cannot say anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.compliance.catalogue import Catalogue, Regime
from app.compliance.rule import Rule


@dataclass(frozen=True, slots=True)
class Section:
    """A regime and its rules."""

    name: str
    regime: Regime
    rules: Sequence[Rule]


def rule_book_sections(catalogue: Catalogue, rules: Iterable[Rule]) -> list[Section]:
    """Each regime with those of the rules that are reported under it."""
    every = list(rules)
    return [
        Section(name, regime, [rule for rule in every if rule.regime == name])
        for name, regime in catalogue.regimes.items()
    ]


def limit_of(rule: Rule) -> str:
    """`60 s`, `24 h`; empty where no limit is set."""
    if rule.within_s is None:
        return ""
    return f"{rule.within_s / 3600:g} h" if rule.within_s >= 3600 else f"{rule.within_s:g} s"


def records(sections: Iterable[Section]) -> list[dict[str, Any]]:
    return [
        {
            "regime": one.name,
            "title": one.regime.title,
            "of": one.regime.of,
            "link": one.regime.link,
            "where": one.regime.where,
            "about": one.regime.about,
            "rules": [_record(rule) for rule in one.rules],
        }
        for one in sections
    ]


def _record(rule: Rule) -> dict[str, Any]:
    named = {"code": rule.code, "title": rule.title, "means": rule.means, "law": rule.law, "link": rule.link}
    limit = {} if rule.within_s is None else {"within_s": rule.within_s}
    said = {"level": rule.level.value, "where": rule.where, "remedy": rule.advice, "verified": rule.binding}
    return {**named, **said, **limit}


def markdown(sections: Iterable[Section]) -> Iterator[str]:
    """Lines."""
    yield "# What the rules ask of the data"
    for one in sections:
        regime = one.regime
        yield ""
        yield f"## {regime.title} (`{one.name}`)"
        yield ""
        yield f"{regime.about} [{regime.of}]({regime.link}); holds in: {regime.where}."
        yield ""
        yield "| Rule | What it means | Law | About each | Public within | Where it is looked for | What to do |"
        yield "|---|---|---|---|---|---|---|"
        for rule in one.rules:
            law = f"[{rule.law}]({rule.link})" if rule.link else rule.law
            verified = "" if rule.binding else " (not verified)"
            cells = (f"`{rule.code}` {rule.title}", rule.means, law + verified, rule.level.value, limit_of(rule))
            yield f"| {' | '.join(_cell(cell) for cell in (*cells, rule.where, rule.advice))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
