"""Which sites the demo network has: where each stands, what is on it, and the ids of its points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import yaml

from app.sources.demo.draw import Draw
from app.sources.demo.places import Address, Country, Town, address, countries, read, towns

PARTY = "DEM"

# Every so many sites one is special, so that even a small network has one of each.
HIDDEN_EVERY = 47
PLANNED_EVERY = 61
REMOVED_EVERY = 83

Hours = Literal["always", "shop", "garage"]


@dataclass(frozen=True, slots=True)
class PostType:
    name: str
    evses: int
    profile: str
    """How its points are used, see `story.PROFILES`."""
    connectors: tuple[dict[str, Any], ...]

    @property
    def power(self) -> int:
        """Watts of one point."""
        return max(int(connector["max_electric_power"]) for connector in self.connectors)


@dataclass(frozen=True, slots=True)
class SiteKind:
    name: str
    weight: float
    parking_type: str
    posts: tuple[tuple[str, int, int], ...]
    """(post type, fewest, most)."""
    hours: Hours
    plans: dict[str, list[str]]
    """Profile → price plans, of which a site has one."""
    facilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """One charging point."""

    number: int
    """From 1 within its site."""
    uid: str
    evse_id: str
    post: int
    """From 1 within its site."""
    type: PostType


@dataclass(frozen=True, slots=True)
class Site:
    number: int
    id: str
    country: Country
    town: Town
    address: Address
    kind: SiteKind
    name: str
    spots: tuple[Spot, ...]
    plans: dict[str, str]
    """Profile → ad hoc price plan."""
    demand: float
    """How much busier (above 1) or quieter it is than others."""
    hidden: bool
    """`publish = false`: no public output may ever name it."""
    planned: bool
    """Not built yet."""
    removed: str
    """uid of a point that was taken away for good; empty for none."""


@cache
def site_kinds() -> dict[str, SiteKind]:
    table = yaml.safe_load(read("network.yaml"))["sites"]
    return {
        name: SiteKind(
            name=name,
            **row
            | {
                "posts": tuple(tuple(post) for post in row["posts"]),
                "facilities": tuple(row.get("facilities", ())),
            },
        )
        for name, row in table.items()
    }


@cache
def post_types(country_code: str) -> dict[str, PostType]:
    """By name, with the plugs of that country."""
    domestic = countries()[country_code].domestic
    side = "us" if country_code == "US" else "eu"
    return {
        name: PostType(
            name,
            row["evses"],
            row["profile"],
            tuple(plug | {"standard": plug["standard"].replace("domestic", domestic)} for plug in row[side]),
        )
        for name, row in yaml.safe_load(read("network.yaml"))["posts"].items()
    }


def network(seed: int, locations: int, country_codes: tuple[str, ...]) -> Iterator[Site]:
    """All sites, in order of number; each depends on the seed and its number alone."""
    weights = {code: countries()[code].weight for code in country_codes}
    for number in range(1, locations + 1):
        yield site(seed, number, weights)


def site(seed: int, number: int, weights: dict[str, float]) -> Site:
    draw = Draw(seed, "site", number)
    country = countries()[draw.weighted(weights)]
    town = draw.pick(towns()[country.code])
    kinds = site_kinds()
    kind = kinds[draw.weighted({name: kind.weight for name, kind in kinds.items()})]
    where = address(country, town, draw)
    spots = tuple(_spots(country, number, _posts(country, kind, draw)))
    called = country.sites[kind.name].format(street=where.street, town=town.name)
    return Site(
        number=number,
        id=f"{country.code}{number:06d}",
        country=country,
        town=town,
        address=where,
        kind=kind,
        name=f"Demo {town.name} – {called}",
        spots=spots,
        plans={profile: draw.pick(plans) for profile, plans in kind.plans.items()},
        demand=draw.between(0.5, 1.3),
        hidden=number % HIDDEN_EVERY == 0,
        planned=number % PLANNED_EVERY == 0,
        removed=spots[-1].uid if number % REMOVED_EVERY == 0 else "",
    )


def _posts(country: Country, kind: SiteKind, draw: Draw) -> list[PostType]:
    types = post_types(country.code)
    return [types[name] for name, fewest, most in kind.posts for _ in range(draw.whole(fewest, most))]


def _spots(country: Country, number: int, posts: list[PostType]) -> Iterator[Spot]:
    count = 0
    for post, type_ in enumerate(posts, 1):
        for _ in range(type_.evses):
            count += 1
            yield Spot(
                count, f"{country.code}{number:06d}-{count:02d}", evse_id(country.code, number, count), post, type_
            )


def evse_id(country_code: str, site_number: int, spot_number: int) -> str:
    """ISO 15118 / eMI3; France writes it without separators (AFIREV)."""
    parts = (country_code, PARTY, f"E{site_number:06d}", f"{spot_number:02d}")
    return ("" if country_code == "FR" else "*").join(parts)
