"""What the rows of a static file say of one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from app.formats.irve.columns import STATIC
from app.formats.irve.defects import Defect
from app.formats.irve.lines import ReadLine, Remark
from app.formats.irve.lint_row import RULES
from app.model.problem import Severity

_OF_POINTS = ("id_station_itinerance", "accessibilite_pmr", "restriction_gabarit", "date_maj")
STATION = tuple(
    column.name for column in STATIC.columns if not column.path.startswith("evses[]") and column.name not in _OF_POINTS
)
"""Columns that are the station's: the same in all of its rows."""
_LARGEST = 50
"""Points of a station (QualiCharge 30)."""


def lint_static(lines: Sequence[ReadLine], now: datetime | None) -> Iterator[Defect]:
    for line in lines:
        yield from line.checked(RULES, now)
    yield from _repeated(lines)
    stations = defaultdict(list)
    for line in lines:
        stations[line.station].append(line)
    stations.pop("", None)
    for station in stations.values():
        yield from _differing(station)
        yield from _counted(station)
    yield from _places([station[0] for station in stations.values()])


def _repeated(lines: Iterable[ReadLine]) -> Iterator[Defect]:
    """Every further row of a point."""
    first: dict[str, int] = {}
    for line in lines:
        if line.id and first.setdefault(line.id, line.number) != line.number:
            what = f"the point has a row already, line {first[line.id]}: left out"
            yield line.remark(Remark("id_pdc_itinerance", what, "One row for each point", Severity.REFUSED), "repeated")


def _differing(station: Sequence[ReadLine]) -> Iterator[Defect]:
    head = station[0]
    for line in station[1:]:
        for name in STATION:
            if line.values.get(name) != head.values.get(name):
                what = f"otherwise than in line {head.number}, of the same station: the first counts"
                remedy = "Say the same of a station in all of its rows"
                yield line.remark(Remark(name, what, remedy, Severity.PARTLY), "station-differs")


def _counted(station: Sequence[ReadLine]) -> Iterator[Defect]:
    head, count = station[0], len({line.id or line.number for line in station})
    said = head.values.get("nbre_pdc")
    if said is not None and said != count:
        remedy = "Count the station's points, and give each a row"
        yield head.remark(Remark("nbre_pdc", f"the file has {count} rows of the station", remedy), "point-count")
    if count >= _LARGEST:
        remedy = "A station is one installation, not a network"
        yield head.remark(Remark("id_station_itinerance", f"{count} points in one station", remedy), "station-size")


def _places(stations: Iterable[ReadLine]) -> Iterator[Defect]:
    """At the same coordinates there is one address, in one municipality."""
    known: dict[object, ReadLine] = {}
    for line in stations:
        place = line.values.get("coordonneesXY")
        other = known.setdefault(place, line) if place else line
        for name in ("adresse_station", "code_insee_commune"):
            if line.values.get(name) != other.values.get(name):
                what = f"otherwise than in line {other.number}, at the same coordinates"
                yield line.remark(Remark(name, what, "Check coordinates and address of both"), "same-place")
