"""Where a site or a station is, as fields of a location."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import iso3166

from app.formats.datex2.facts import Facts
from app.formats.datex2.trees import Tree

_SPANISH = re.compile(r"(Dirección|Municipio|Provincia):\s*(.*)", re.IGNORECASE)
"""Spain's national feed writes its address as lines of text with these labels."""
_LONGEST_FLOOR = 4


def places(facts: Facts) -> list[Facts]:
    """References to where it is; those of entrances last, which some feeds have alone."""
    return [*facts.many("locationReference"), *facts.many("entrance")]


def coordinates(facts: Facts) -> Tree | None:
    found = [one for place in places(facts) for one in _points(place)]
    for point, told in found[1:]:
        if told != found[0][1]:
            point.note("other coordinates of the same object: the first are read")
    return found[0][1] if found else None


def _points(place: Facts) -> Iterator[tuple[Facts, Tree]]:
    at = place.at("pointByCoordinates", "pointCoordinates")
    for point in (at, place.one("coordinatesForDisplay")):
        if point is None:
            continue
        latitude, longitude = point.amount("latitude"), point.amount("longitude")
        if latitude is not None and longitude is not None:
            yield point, {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"}


def address(sites: Iterable[Facts]) -> Tree:
    """`address`, `street`, `city` … of the first object (the site, else a station) that tells one."""
    for facts in sites:
        for place in places(facts):
            if (where := place.one("facilityLocation")) is not None:
                found = _address(where)
                if found:
                    return found
    return {}


def directions(facts: Facts) -> list[Tree]:
    found: list[Tree] = []
    for place in facts.many("locationReference"):
        text = place.at("supplementaryPositionalDescription", "locationDescription")
        found += texts(text) if text else []
    return found


def texts(text: Facts) -> list[Tree]:
    """As DisplayTexts."""
    return [{"language": language[:2].lower(), "text": words} for language, words in text.texts() if language != "und"]


def _address(where: Facts) -> Tree:
    told = where.one("address")
    found: Tree = dict(_regions(where))
    if told is not None:
        city, country = told.words("city"), told.one("countryCode")
        found |= {"postal_code": told.said("postcode"), "city": city, **_lines(told)}
        if country is not None:
            found["country"] = alpha3(country)
    if (zone := where.one("timeZone")) is not None and "/" in zone.text():
        found["time_zone"] = zone.text()
    return {name: value for name, value in found.items() if value}


def alpha3(country: Facts) -> str | None:
    known = iso3166.countries_by_alpha2.get(country.text().upper())
    if known is None:
        country.note("no country of ISO 3166-1: left out", "Send two letters")
    return known.alpha3 if known else None


def _lines(told: Facts) -> Tree:
    found: Tree = {}
    general: list[str] = []
    for line in told.many("addressLine"):
        kind, text = line.said("type"), line.words("text")
        spanish = _SPANISH.fullmatch(text or "")
        if not text:
            continue
        if spanish:
            field = {"d": "address", "m": "city", "p": "state"}[spanish[1][0].lower()]
            found.setdefault(field, spanish[2])
        elif kind == "street":
            found.setdefault("street", text)
        elif kind == "houseNumber":
            found.setdefault("house_number", text)
        elif kind == "region":
            found.setdefault("state", text)
        elif kind == "town":
            found.setdefault("city", text)
        elif kind == "floor" and len(text) <= _LONGEST_FLOOR:
            found.setdefault("floor_level", text)
        else:
            general.append(text)
    street = " ".join(filter(None, (found.get("street"), found.get("house_number"))))
    whole = ", ".join(filter(None, (street, found.get("address"), *general)))
    return found | ({"address": whole} if whole else {})


def _regions(where: Facts) -> Iterator[tuple[str, Any]]:
    for area in where.many("nutsArea"):
        kind, code = area.said("nutsCodeType"), area.said("nutsCode")
        if kind == "nuts1Code":
            yield "region_nuts1", code
        elif kind == "lau2Code":
            yield "municipality_code", code
        else:
            area.note("a region of another kind than NUTS 1 and LAU 2: left out")
