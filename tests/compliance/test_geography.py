"""Coordinates, country and time zone against each other."""

from __future__ import annotations

from typing import Any

import pytest

from app.compliance.catalogue import catalogue
from app.compliance.rule import State
from tests.compliance.sites import location, seen, site

RULES = [rule for rule in catalogue().rules("afir") if rule.code in ("afir-a7", "afir-a9", "afir-a15")]
WEIMAR, KEHL, BASSE_TERRE, LISBON = ("50.97", "11.33"), ("48.573", "7.810"), ("15.996", "-61.730"), ("38.72", "-9.14")


def doubted(country: str, where: tuple[str, str], time_zone: str) -> dict[str, str]:
    latitude, longitude = where
    place: dict[str, Any] = {"country": country, "time_zone": time_zone}
    of = site(location(place | {"coordinates": {"latitude": latitude, "longitude": longitude}}))
    return {rule.code: one.what for rule in RULES for one in seen(rule, of) if one.state is State.IMPLAUSIBLE}


@pytest.mark.parametrize(
    ("country", "where", "time_zone"),
    [
        ("DEU", WEIMAR, "Europe/Berlin"),
        ("DEU", WEIMAR, "Europe/Paris"),
        ("FRA", KEHL, "Europe/Paris"),
        ("FRA", BASSE_TERRE, "America/Guadeloupe"),
        ("GLP", BASSE_TERRE, "America/Guadeloupe"),
        ("PRT", LISBON, "Europe/Lisbon"),
        ("ESP", ("28.1", "-15.4"), "Atlantic/Canary"),
    ],
    ids=["inland", "the same time by another name", "across the Rhine", "overseas", "as its own", "Lisbon", "islands"],
)
def test_what_fits_is_not_doubted(country: str, where: tuple[str, str], time_zone: str) -> None:
    assert doubted(country, where, time_zone) == {}


@pytest.mark.parametrize(
    ("country", "where", "time_zone", "codes"),
    [
        ("DEU", ("11.33", "50.97"), "Europe/Berlin", {"afir-a7"}),
        ("DEU", ("0.0", "0.0"), "Europe/Berlin", {"afir-a7"}),
        ("PRT", WEIMAR, "Europe/Berlin", {"afir-a9"}),
        ("PRT", LISBON, "Europe/Berlin", {"afir-a15"}),
        ("PRT", WEIMAR, "Asia/Tokyo", {"afir-a7", "afir-a15"}),
    ],
    ids=["swapped", "null island", "country", "time zone", "all three"],
)
def test_where_two_agree_the_third_is_the_odd_one(
    country: str, where: tuple[str, str], time_zone: str, codes: set[str]
) -> None:
    assert set(doubted(country, where, time_zone)) == codes
