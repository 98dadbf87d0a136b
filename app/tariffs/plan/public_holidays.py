"""Public holidays by country and region, from the `holidays` package."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import lru_cache

import holidays


def check_region(country: str, region: str | None) -> None:
    """Raises ValueError, with what to write instead, for a country or region whose holidays are not known."""
    countries = _countries()
    if country not in countries:
        near = get_close_matches(country.upper(), countries, 1)
        hint = f"write {near[0]}" if near else "write an ISO 3166-1 code such as DE"
        raise ValueError(f"no public holidays are known for the country {country!r}: {hint}")
    if region is not None and region not in countries[country]:
        known = ", ".join(countries[country]) or "none: leave `region` out"
        raise ValueError(f"no holiday region {region!r} in {country}: known are {known}")


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=512)
def in_year(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year, observed=True))


def is_holiday(country: str, region: str | None, day: date) -> bool:
    return day in in_year(country, region, day.year)


def between(country: str, region: str | None, begin: date, end: date) -> list[date]:
    """In order; `end` is exclusive."""
    years = range(begin.year, end.year + 1)
    return sorted(day for year in years for day in in_year(country, region, year) if begin <= day < end)


@lru_cache(maxsize=512)
def region_name(country: str, region: str) -> str:
    """In a language of the region; the code itself where no name is known."""
    names = getattr(holidays.country_holidays(country, subdiv=region), "subdivisions_aliases", {})
    return next((name for name, code in names.items() if code == region), region)
