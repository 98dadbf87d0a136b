"""Where France is, for telling coordinates and days that cannot be right, and which département a place is in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

TERRITORIES = frozenset({"FRA", "GLP", "MTQ", "GUF", "REU", "MYT"})
"""ISO 3166-1 alpha-3 of France and of its départements overseas, which have codes of their own."""

Box = tuple[float, float, float, float]
METROPOLITAN: Box = (-5.5, 41.0, 9.7, 51.5)
"""West, south, east, north; as the national consolidation has it."""
_OVERSEAS: tuple[Box, ...] = (
    (-61.9, 15.8, -60.9, 16.6),  # Guadeloupe
    (-61.3, 14.3, -60.7, 15.0),  # Martinique
    (-54.7, 2.0, -51.5, 5.9),  # Guyane
    (55.1, -21.5, 55.9, -20.8),  # La Réunion
    (44.9, -13.1, 45.4, -12.6),  # Mayotte
    (-63.2, 17.8, -62.7, 18.2),  # Saint-Martin, Saint-Barthélemy
    (-56.5, 46.7, -56.0, 47.2),  # Saint-Pierre-et-Miquelon
)


def latest_day(now: datetime) -> date:
    """The day it is where in France it is latest (Réunion); `now` is aware."""
    return (now.astimezone(UTC) + timedelta(hours=4)).date()


def is_in_france(longitude: float, latitude: float) -> bool:
    return any(_holds(box, longitude, latitude) for box in (METROPOLITAN, *_OVERSEAS))


def is_swapped(longitude: float, latitude: float) -> bool:
    """It is not in France, and would be with the two exchanged."""
    return not is_in_france(longitude, latitude) and is_in_france(latitude, longitude)


def _holds(box: Box, longitude: float, latitude: float) -> bool:
    west, south, east, north = box
    return west <= longitude <= east and south <= latitude <= north


def department(insee: str) -> str:
    """Of an INSEE code: `2A`, `75`, `971`."""
    return insee[:3] if insee.startswith("97") else insee[:2]


def departments_of_postcode(postcode: str) -> frozenset[str]:
    """Most often one; Corsica has two for 20xxx."""
    if postcode.startswith("20"):
        return frozenset({"2A", "2B"})
    return frozenset({department(postcode)})
