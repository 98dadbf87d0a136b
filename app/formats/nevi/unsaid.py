"""What the federal documents leave unsaid of a location."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.model.loss import Loss

Object = Mapping[str, Any]
Said = Mapping[str, frozenset[str]]
"""Place (`""`, `evses[].` …) → the fields that are said, or that what is said is made of."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def unsaid(location: Object, said: Said, target: str) -> Iterator[Loss]:
    """Every other field. `target`: whose document it is."""
    evses = location.get("evses", ())
    parts = {
        "": (location,),
        "evses[].": evses,
        "evses[].connectors[].": [connector for evse in evses for connector in evse["connectors"]],
        "stations[].": location.get("stations", ()),
    }
    for place, objects in parts.items():
        for name in sorted(set[str]().union(*objects) - said[place]):
            yield Loss(place + name, f"{target} has no such field: left out")
