"""The rules of every regime, as `rules.yaml` has them: what the law asks, where it holds, what a person gains by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field

from app.compliance.element import Element, Limits
from app.compliance.names import FILE
from app.compliance.reading import read_named
from app.compliance.rule import Rule
from app.compliance.sentences import Sentence
from app.compliance.uptime.rule import Uptime, UptimeRule
from app.errors import ConfigError
from app.model.part import Part
from app.model.territory import UNION_REGIONS
from app.wording import worded

AFIR = "afir"
UNION = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
"""ISO 3166-1 alpha-2."""


class Regime(Part):
    """A law, or what somebody who takes the data asks for."""

    title: Sentence
    law: str
    """What a rule's paragraph continues: `Art. 20(2)`."""
    of: Sentence
    """The whole act: `Regulation (EU) 2023/1804`."""
    link: str = Field(pattern="^https://")
    about: Sentence
    """One sentence for people."""
    union: bool = False
    """Holds in the Union and its regions …"""
    countries: tuple[str, ...] = ()
    """… or in these countries (ISO 3166-1 alpha-2) …"""
    region: str | None = None
    """… there in this state or province alone, as locations say it (`CA`)."""
    limits: Limits = Limits()
    statement: str | None = None
    """What is to be published once a year: `reliability`; None: nothing."""
    uptime: Uptime | None = None
    """What it asks of the uptime of ports or networks; None: nothing."""
    rules: tuple[Element, ...] = Field(min_length=1)

    def holds(self, country: str, region: str | None) -> bool:
        """`country`: alpha-2 of the site, regions of the Union as part of their country."""
        there = country in UNION if self.union else country in self.countries
        return there and self.region in (None, region)

    @property
    def where(self) -> str:
        """`European Union`, `GB`, `US (CA)`."""
        places = worded("European Union") if self.union else ", ".join(self.countries)
        return f"{places} ({self.region})" if self.region else places


class Catalogue:
    """Regimes by their key, each with its rules."""

    def __init__(self, regimes: Mapping[str, Regime]) -> None:
        self.regimes = regimes

    @cached_property
    def _rules(self) -> dict[str, tuple[Rule, ...]]:
        return {
            name: tuple(element.rule(name, regime.law, regime.limits) for element in regime.rules)
            for name, regime in self.regimes.items()
        }

    @cached_property
    def uptimes(self) -> Mapping[str, UptimeRule]:
        """By regime, of those that have one."""
        return {name: one.uptime.of(name) for name, one in self.regimes.items() if one.uptime is not None}

    def rules(self, name: str) -> tuple[Rule, ...]:
        """About the data, in the order of the file."""
        return self._rules[name]

    def holding(self, country: str, region: str | None = None) -> tuple[str, ...]:
        """The regimes of a site; `country` is alpha-2."""
        country = UNION_REGIONS.get(country, country)
        return tuple(name for name, regime in self.regimes.items() if regime.holds(country, region))

    def regime(self, name: str) -> Regime:
        """Raises ConfigError, naming those there are."""
        if name not in self.regimes:
            raise ConfigError(f"no regime {name!r}", remedy=f"There are {', '.join(self.regimes)}")
        return self.regimes[name]


def read_catalogue(path: Path) -> Catalogue:
    """Raises ConfigError with file and line, also where two rules of a regime have one code."""
    regimes = read_named(path, Regime)
    for name, regime in regimes.items():
        codes = [element.code.lower() for element in regime.rules]
        if double := _first_double(codes):
            raise ConfigError(f"`{name}` has two rules {double}", where=str(path), remedy="Give each a code of its own")
    return Catalogue(regimes)


def _first_double(codes: Iterable[str]) -> str | None:
    seen: set[str] = set()
    return next((code for code in codes if code in seen or seen.add(code)), None)  # type: ignore[func-returns-value]


@cache
def catalogue() -> Catalogue:
    """That which ships."""
    return read_catalogue(FILE)
