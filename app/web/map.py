"""The map of public locations as a picture that the server draws: clusters that zoom in, single locations, a graticule, a scale.

Web Mercator, in the units of `registry.search`. Every mark is a link, so that the map works without JavaScript and by keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, cos, log10, radians

from app.registry.search import WORLD, Box, Cluster, Tally, from_map, to_map
from app.web.failure import bad_parameter
from app.web.towns import towns_in
from app.wording import Worded, worded

WIDTH, HEIGHT = 720, 480
"""Of the picture, in its own units."""
ACROSS = 15
"""Squares in which locations are drawn together: 15 by 10 of them, or one more where they begin outside."""
_NARROWEST = 1 << 9
"""Units: some 300 m at the equator."""
_MARGIN = 0.08
_EQUATOR_M = 40_075_016.7
_STEPS = (30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
"""Degrees between two lines."""
_EAST_WEST = (worded("%(degrees)s°E"), worded("%(degrees)s°W"))
_NORTH_SOUTH = (worded("%(degrees)s°N"), worded("%(degrees)s°S"))
_RULE = worded("write west,south,east,north in degrees, such as 5.8,47.2,15.1,55.1")
_HALVES = worded("write west below east, and ask for each side of the date line by itself")


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    count: int
    radius: float
    title: str
    location: int
    """Ordinal of a single one."""
    bbox: str
    """Where the locations of a cluster stand."""
    tally: Tally
    latitude: float
    longitude: float

    @property
    def state(self) -> str:
        return state_of(self.tally)

    @property
    def free(self) -> int:
        """Percent of its points."""
        return round(100 * self.tally.free / self.tally.points) if self.tally.points else 0


def state_of(tally: Tally) -> str:
    """What a driver wants to know first: free, else busy, else broken, else unknown."""
    return next((name for name in ("free", "busy", "broken") if getattr(tally, name)), "unknown")


@dataclass(frozen=True, slots=True)
class Town:
    x: float
    y: float
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    """In the picture's units, from the left or the top."""
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    length: float
    label: str


@dataclass(frozen=True, slots=True)
class Map:
    bbox: str
    marks: tuple[Mark, ...]
    meridians: tuple[Line, ...]
    parallels: tuple[Line, ...]
    scale: Scale
    towns: tuple[Town, ...]
    """The largest ones, to know where one is."""
    moves: dict[str, str]
    """`Zoom in`, `Zoom out`, `West` … → the bbox there; without what would show nothing else."""


def read_box(text: str) -> Box | None:
    """`west,south,east,north`; None for an empty text. Raises Failure (400)."""
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise bad_parameter("bbox", text, _RULE) from None
    if 180 >= west >= east >= -180:
        raise bad_parameter("bbox", text, _HALVES)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise bad_parameter("bbox", text, _RULE)
    return Box(*to_map(west, north), *to_map(east, south))


def framed(box: Box, margin: float = _MARGIN) -> Box:
    """The smallest part of the world in the picture's shape that has the box with a margin, and is not too narrow."""
    width = max((box.right - box.left) * (1 + 2 * margin), _NARROWEST)
    height = max((box.bottom - box.top) * (1 + 2 * margin), width * HEIGHT / WIDTH)
    width = min(max(width, height * WIDTH / HEIGHT), WORLD)
    return _around((box.left + box.right) / 2, (box.top + box.bottom) / 2, width)


def cell_of(frame: Box) -> int:
    return ceil((frame.right - frame.left) / ACROSS)


def drawn(frame: Box, clusters: Sequence[Cluster]) -> Map:
    unit = WIDTH / (frame.right - frame.left)
    # Large ones first, so that no single location is hidden below one.
    marks = (_mark(frame, unit, cluster) for cluster in sorted(clusters, key=lambda cluster: -cluster.count))
    west, north = from_map(frame.left, frame.top)
    east, south = from_map(frame.right, frame.bottom)
    return Map(
        bbox_of(frame),
        tuple(marks),
        tuple(_meridians(frame, unit, west, east)),
        tuple(_parallels(frame, unit, south, north, _step(east - west))),
        _scale(frame, (south + north) / 2),
        tuple(_towns(frame, unit)),
        dict(_moves(frame)),
    )


def bbox_of(box: Box) -> str:
    west, north = from_map(box.left, box.top)
    east, south = from_map(box.right, box.bottom)
    return ",".join(f"{degrees:.5f}" for degrees in (west, south, east, north))


def _around(x: float, y: float, width: float) -> Box:
    width = min(max(width, _NARROWEST), WORLD)
    height = width * HEIGHT / WIDTH
    x = min(max(x, width / 2), WORLD - width / 2)
    y = min(max(y, height / 2), WORLD - height / 2)
    return Box(round(x - width / 2), round(y - height / 2), round(x + width / 2), round(y + height / 2))


def _mark(frame: Box, unit: float, cluster: Cluster) -> Mark:
    there = cluster.box
    close = framed(there)
    title = cluster.title if cluster.count == 1 else _zoom_in(cluster.count)
    radius = 8.0 if cluster.count == 1 else min(14 + 4 * log10(cluster.count), 24.0)
    x, y = ((cluster.x - frame.left) * unit, (cluster.y - frame.top) * unit)
    longitude, latitude = from_map(cluster.x, cluster.y)
    return Mark(
        round(x, 1),
        round(y, 1),
        cluster.count,
        round(radius, 1),
        title,
        cluster.location,
        bbox_of(close),
        cluster.tally,
        round(latitude, 6),
        round(longitude, 6),
    )


def _towns(frame: Box, unit: float) -> Iterator[Town]:
    for town in towns_in(frame):
        longitude, latitude = from_map(town.x, town.y)
        x, y = (town.x - frame.left) * unit, (town.y - frame.top) * unit
        yield Town(round(x, 1), round(y, 1), town.name, round(latitude, 4), round(longitude, 4))


def _zoom_in(count: int) -> str:
    return worded("%(count)s locations: zoom in", count=count)


def _moves(frame: Box) -> Iterator[tuple[str, str]]:
    width, height = frame.right - frame.left, frame.bottom - frame.top
    x, y = (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2
    moved = {
        worded("Zoom in"): _around(x, y, width / 2),
        worded("Zoom out"): _around(x, y, width * 2),
        worded("West"): _around(x - width / 2, y, width),
        worded("North"): _around(x, y - height / 2, width),
        worded("South"): _around(x, y + height / 2, width),
        worded("East"): _around(x + width / 2, y, width),
    }
    for name, box in moved.items():
        if abs(box.left - frame.left) > 1 or abs(box.top - frame.top) > 1:
            yield name, bbox_of(box)


def _step(span: float) -> float:
    """So that there are some four lines."""
    return next((step for step in _STEPS if span / step >= 3), _STEPS[-1])


def _lines(low: float, high: float, step: float) -> Iterator[float]:
    for number in range(ceil(low / step), int(high // step) + 1):
        yield number * step


def _meridians(frame: Box, unit: float, west: float, east: float) -> Iterator[Line]:
    step = _step(east - west)
    for longitude in _lines(west, east, step):
        x = (to_map(longitude, 0)[0] - frame.left) * unit
        yield Line(round(x, 1), _degrees(longitude, step, _EAST_WEST))


def _parallels(frame: Box, unit: float, south: float, north: float, step: float) -> Iterator[Line]:
    for latitude in _lines(south, north, step):
        y = (to_map(0, latitude)[1] - frame.top) * unit
        yield Line(round(y, 1), _degrees(latitude, step, _NORTH_SOUTH))


def _degrees(value: float, step: float, sides: tuple[str, str]) -> str:
    decimals = max(0, -int(f"{step:e}".partition("e")[2]))
    form = "%(degrees)s°" if abs(value) < step / 2 else sides[value < 0]
    return Worded(form, {"degrees": round(Decimal(abs(value)), decimals)})


def _scale(frame: Box, latitude: float) -> Scale:
    metres = _EQUATOR_M * cos(radians(latitude)) * (frame.right - frame.left) / WORLD / WIDTH
    longest = metres * WIDTH / 4
    power = 10 ** int(log10(longest))
    round_m = next(step * power for step in (5, 2, 1) if step * power <= longest)
    label = Worded("%(n)s km", {"n": round_m // 1000}) if round_m >= 1000 else Worded("%(n)s m", {"n": round_m})
    return Scale(round(round_m / metres, 1), label)
