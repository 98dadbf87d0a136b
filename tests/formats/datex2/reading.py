"""What is read of a table or of statuses, as tests compare it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.clock import parse_time
from app.formats.datex2.read_statuses import Statuses, read_statuses
from app.formats.datex2.read_table import parse_location, parse_tariff, read_table
from app.model.problem import Problem
from tests.formats.datex2.documents import SAMPLES

AT = parse_time("2026-11-10T12:00:00Z")
OWNER = {"country_code": "BE", "party_id": "ABC"}
"""Of sites that name no operator."""


@dataclass
class Inventory:
    locations: list[dict[str, Any]]
    tariffs: dict[str, dict[str, Any]]
    problems: list[Problem]
    refused: int


def inventory(data: bytes, name: str = "table", **options: Any) -> Inventory:
    table = read_table(data, name, AT, **{**OWNER, **options})
    locations = [parse_location(raw) for raw in table.locations]
    tariffs = [parse_tariff(raw) for raw in table.tariffs]
    problems = [*table.problems, *(problem for parsed in (*locations, *tariffs) for problem in parsed.problems)]
    return Inventory(
        [parsed.record.body for parsed in locations if parsed.record],
        {parsed.record.id: parsed.record.body for parsed in tariffs if parsed.record},
        problems,
        sum(parsed.record is None for parsed in (*locations, *tariffs)),
    )


def samples(kind: str) -> list[str]:
    """`Table` or `Status`: by what is in the file."""
    files = (path for path in sorted(SAMPLES.glob("*/*")) if f"Infrastructure{kind}Publication" in _text(path))
    return [f"{path.parent.name}/{path.name}" for path in files]


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def statuses(data: bytes, name: str = "status") -> Statuses:
    return read_statuses(data, name)


def told_of(found: Inventory) -> dict[str, Any]:
    """In short: counts, the first location with its first two EVSEs, the first tariff, problems."""
    first = found.locations[0] if found.locations else {}
    evses = [evse for location in found.locations for evse in location["evses"]]
    return {
        "locations": len(found.locations),
        "stations": sum(len(location["stations"]) for location in found.locations),
        "evses": len(evses),
        "connectors": sum(len(evse["connectors"]) for evse in evses),
        "tariffs": sorted(found.tariffs)[:5],
        "tariff_count": len(found.tariffs),
        "refused": found.refused,
        "first": {**first, "evses": first.get("evses", [])[:2], "stations": first.get("stations", [])[:1]},
        "tariff": next(iter(found.tariffs.values()), None),
        "problems": [str(problem) for problem in found.problems],
    }


def told_of_statuses(found: Statuses) -> dict[str, Any]:
    parsed = [found.parse(line) for line in found.lines]
    records = [one.record for one in parsed if one.record]
    return {
        "counts": dict(Counter(record.status for record in records)),
        "first": {"evse": records[0].evse, "status": records[0].status, "occurred_at": records[0].occurred_at},
        "complete": found.complete,
        "prices": sorted("/".join(key) for key in found.updates),
        "problems": [str(problem) for problem in (*found.problems, *(one for item in parsed for one in item.problems))],
    }


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path without indexes, value)."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")
