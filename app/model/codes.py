"""Code lists that OCPI refers to: countries, currencies, time zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import available_timezones

import iso3166
from babel.core import get_global
from babel.numbers import get_territory_currencies, list_currencies


@dataclass(frozen=True)
class CodeList:
    rule: str
    load: Callable[[], frozenset[str]]
    aliases: Callable[[], dict[str, str]] = field(default=dict)
    """Other writings that mean the same without doubt, upper case → code."""

    @cached_property
    def values(self) -> frozenset[str]:
        return self.load()

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {**{value.upper(): value for value in self.values}, **self.aliases()}

    def repair(self, value: str) -> str | None:
        """The code that `value` means, compared without case and blanks; None where it means none."""
        return self._folded.get(value.strip().upper())


def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})


COUNTRIES_ALPHA3 = CodeList(
    "ISO 3166-1 alpha-3",
    lambda: frozenset(iso3166.countries_by_alpha3),
    lambda: {country.alpha2: country.alpha3 for country in iso3166.countries},
)
COUNTRIES_ALPHA2 = CodeList(
    "ISO 3166-1 alpha-2",
    lambda: frozenset(iso3166.countries_by_alpha2),
    lambda: {country.alpha3: country.alpha2 for country in iso3166.countries},
)
CURRENCIES = CodeList("ISO 4217", lambda: frozenset(list_currencies()))
TIME_ZONES = CodeList("IANA time zone names", _time_zones)


def currencies_of(country_code: str) -> frozenset[str]:
    """What is tender in a country (alpha-2) today; empty where that is not known."""
    if country_code not in get_global("territory_currencies"):
        return frozenset()
    return frozenset(get_territory_currencies(country_code))
