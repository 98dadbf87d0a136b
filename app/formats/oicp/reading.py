"""Values of records as others write them: booleans as text, placeholders, three notations of coordinates, singles for lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.model.problem import Problem, Severity

Record = Mapping[str, Any]

_NOTHING = ("", "None", "null")
PLACEHOLDERS = (".", "0", "-")
"""House numbers that are none."""
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)[\s,]+(-?\d{1,3}(?:\.\d+)?)\s*")
_DEGREES = re.compile(r"""\s*(-?\d{1,3})°\s*(\d{1,2})'\s*(\d{1,2}(?:\.\d+)?)(?:''|")?\s*""")
Note = tuple[str, str, str]
"""Field, what becomes of its value, the value."""


@dataclass
class Notes:
    """What is not taken, counted over the file, since the same thing is true of most of its records."""

    counted: Counter[Note] = field(default_factory=Counter)

    def add(self, path: str, what: str = "OCPI has no such field: left out", value: object = "") -> None:
        self.counted[path, what, str(value)[:80]] += 1

    def problems(self, name: str) -> Iterator[Problem]:
        for (path, what, value), count in self.counted.items():
            yield Problem(f"{what} (in {count} records)", Severity.NOTE, path=path, where=name, value=value)


def text(record: Record, *names: str) -> str | None:
    """The first of the fields that says something."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip() not in _NOTHING:
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return None


def truth(record: Record, name: str) -> bool | None:
    value = record.get(name)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def number(record: Record, *names: str) -> Decimal | None:
    for name in names:
        value = record.get(name)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            try:
                found = Decimal(str(value).strip().replace(",", "."))
            except ArithmeticError:
                continue
            if found.is_finite():
                return found
    return None


def items(record: Record, name: str) -> list[Any]:
    """A list, also where there is just one."""
    value = record.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def words(record: Record, name: str) -> list[str]:
    """Values of an enum; what is no text becomes one, and so no value of it."""
    return [one if isinstance(one, str) else str(one) for one in items(record, name)]


def texts(record: Record, name: str) -> list[dict[str, str]]:
    """InfoTextTypes as OCPI DisplayTexts."""
    found = [one for one in items(record, name) if isinstance(one, dict) and text(one, "value")]
    return [
        {"language": (text(one, "lang") or "en").partition("-")[0], "text": text(one, "value") or ""} for one in found
    ]


def coordinates(value: Any) -> dict[str, str] | None:
    """Latitude and longitude with six decimals. None: there are none, or nobody can read them."""
    if not isinstance(value, dict):
        return None
    google = value.get("Google")
    google = google.get("Coordinates") if isinstance(google, dict) else google
    if isinstance(google, str):
        pair = _PAIR.fullmatch(google)
        return _written(pair[1], pair[2]) if pair else None
    decimal = value.get("DecimalDegree")
    if isinstance(decimal, dict):
        return _written(number(decimal, "Latitude"), number(decimal, "Longitude"))
    minutes = value.get("DegreeMinuteSeconds")
    if isinstance(minutes, dict):
        return _written(_degrees(minutes.get("Latitude")), _degrees(minutes.get("Longitude")))
    return None


def _degrees(value: Any) -> Decimal | None:
    match = _DEGREES.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    degrees = abs(int(match[1])) + Decimal(match[2]) / 60 + Decimal(match[3]) / 3600
    return -degrees if match[1].startswith("-") else degrees


def _written(latitude: Decimal | str | None, longitude: Decimal | str | None) -> dict[str, str] | None:
    if latitude is None or longitude is None:
        return None
    return {"latitude": f"{Decimal(latitude):.6f}", "longitude": f"{Decimal(longitude):.6f}"}
