"""In which countries a point lies, by the borders of time zones."""

from __future__ import annotations

from functools import cache
from itertools import product

import tzfpy
from babel.core import get_global

UNION_REGIONS = {"AX": "FI", "GF": "FR", "GP": "FR", "MF": "FR", "MQ": "FR", "RE": "FR", "YT": "FR"}
"""Regions of the Union that are countries of their own in ISO 3166-1 (TFEU Art. 349, and Åland) → what they are part of."""
PART_OF = UNION_REGIONS | {"SJ": "NO", "GG": "GB", "JE": "GB", "IM": "GB"}
"""All that addresses give as part of another."""
MARGIN = 0.05
"""Degrees by which the borders of time zones may be off."""


@cache
def _zones() -> dict[str, str]:
    """Time zone → alpha-2."""
    return dict(get_global("zone_territories"))


def countries_near(latitude: float, longitude: float) -> frozenset[str]:
    """Alpha-2, as `countries_at`, of the point and its surroundings."""
    shifts = product((-MARGIN, 0, MARGIN), repeat=2)
    return frozenset().union(*(countries_at(latitude + north, longitude + east) for north, east in shifts))


def countries_at(latitude: float, longitude: float) -> frozenset[str]:
    """Alpha-2, with what a territory is part of; none at sea."""
    zones = _zones()
    found = frozenset(zones[zone] for zone in tzfpy.get_tzs(longitude, latitude) if zone in zones)
    return found | {PART_OF[one] for one in found & PART_OF.keys()}
