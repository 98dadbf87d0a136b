"""`/prices`: public locations by words, EVSE id or place, with what their points cost now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from flask import render_template, request

from app.clock import Millis
from app.model.batch import Kind
from app.model.status import OUT_OF_SERVICE
from app.registry.found import Found
from app.registry.projection import PublicObject, PublicReader
from app.registry.search import Box, Wanted
from app.tariffs.adhoc import PriceBook
from app.tariffs.explain import in_short_now
from app.web.failure import bad_parameter
from app.web.languages import language
from app.web.listing import read_count
from app.web.map import Map, cell_of, drawn, framed, read_box
from app.web.site import site
from app.wording import worded

PER_PAGE = 25
LONGEST = 200
"""Characters of what is searched."""
_MOST_KEPT = 32
"""Pages: some megabytes."""
_MOST_LISTED = 8
"""Points of one location with one price; the location's page has them all."""


@dataclass(slots=True)
class Offered:
    """Points of a location that cost the same."""

    words: str
    """Empty: no price is published."""
    points: list[tuple[str, str]] = field(default_factory=list)
    """What is printed on it, and the path of its page."""
    more: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    title: str
    address: str
    path: str
    offered: tuple[Offered, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A page of the locations that are wanted, and the map of all of them."""

    count: int
    number: int
    """Of the page, from 1."""
    items: list[PublicObject]
    map: Map | None
    """None where none of them has a place."""
    alone: dict[int, tuple[str, str, str]]
    """(country_code, party_id, id) of the locations that stand alone on the map."""

    @property
    def last(self) -> int:
        return last_page(self.count)

    @property
    def first(self) -> int:
        """How many stand on the pages before."""
        return (self.number - 1) * PER_PAGE


def last_page(count: int) -> int:
    return max(-(-count // PER_PAGE), 1)


class Looking:
    """What was looked for since the last change is kept. One per process, for all its threads."""

    def __init__(self) -> None:
        self._kept: tuple[object, dict[tuple[Wanted, int], Looked]] = ("", {})

    def look(self, reader: PublicReader, wanted: Wanted, number: int) -> Looked:
        """`wanted.box`, where there is one, is the frame of the map. `number`: of the page of the list."""
        head = reader.head()
        stamp, known = self._kept
        if stamp != (head.epoch, head.seq):
            known = {}
            self._kept = (head.epoch, head.seq), known
        looked = known.get((wanted, number))
        if looked is None:
            if len(known) >= _MOST_KEPT:
                known.clear()
            looked = known[wanted, number] = _looked(reader, wanted, number)
        return looked


LOOKING = Looking()


def _looked(reader: PublicReader, wanted: Wanted, number: int) -> Looked:
    found = reader.search(wanted)
    count = found.count()
    number = min(max(number, 1), last_page(count))
    ordinals = found.ordinals(PER_PAGE, (number - 1) * PER_PAGE)
    objects = {item.ordinal: item for item in reader.objects(Kind.LOCATIONS, ordinals)}
    shown = _map(found, wanted.box)
    alone = [mark.location for mark in shown.marks if mark.count == 1] if shown else []
    items = [objects[ordinal] for ordinal in ordinals if ordinal in objects]
    return Looked(count, number, items, shown, found.names(alone))


def read_text() -> str:
    """`q`. Raises Failure (400)."""
    text = request.args.get("q", "").strip()
    if len(text) > LONGEST:
        raise bad_parameter("q", text, worded("write at most %(most)s characters", most=LONGEST))
    return text


def find() -> str:
    """The page for `q`, `bbox` and `page`. Raises Failure (400)."""
    text, box = read_text(), read_box(request.args.get("bbox", ""))
    wanted = Wanted.of(text, None if box is None else framed(box, margin=0))
    with site().public.read() as reader:
        looked = LOOKING.look(reader, wanted, read_count(request.args, "page", 1))
    return render_template(
        "prices.html",
        text=text,
        words=wanted.words,
        bbox="" if box is None else request.args["bbox"],
        count=looked.count,
        places=list(places_of(looked.items, site().clock.now())),
        map=looked.map,
        paths={ordinal: place_path(*ids) for ordinal, ids in looked.alone.items()},
        number=looked.number,
        last=looked.last,
        first=looked.first,
        link=_link,
    )


def place_path(country_code: str, party_id: str, *ids: str) -> str:
    """Of the page of a location, an EVSE or a connector."""
    return "/prices/" + "/".join(quote(part, safe="*") for part in (country_code, party_id, *ids))


def place_of(item: PublicObject, at: Millis, book: PriceBook, most: int | None = None) -> Place:
    """`most`: points listed per price; None: all."""
    body = item.body
    words = dict[tuple[int, int], str]()
    grouped: dict[str, Offered] = {}
    for evse in body.get("evses", ()):
        if evse.get("status") in OUT_OF_SERVICE:
            continue
        said = " · ".join(dict.fromkeys(priced(evse, item, at, book, words)))
        offered = grouped.setdefault(said, Offered(said))
        if most is None or len(offered.points) < most:
            path = place_path(item.country_code, item.party_id, item.id, evse["uid"])
            offered.points.append((evse.get("evse_id") or evse["uid"], path))
        else:
            offered.more += 1
    street = ", ".join(
        filter(None, (body.get("address"), f"{body.get('postal_code', '')} {body.get('city', '')}".strip()))
    )
    path = place_path(item.country_code, item.party_id, item.id)
    return Place(body.get("name") or body.get("address") or item.id, street, path, tuple(grouped.values()))


def places_of(items: list[PublicObject], at: Millis) -> Iterator[Place]:
    book = PriceBook()
    for item in items:
        yield place_of(item, at, book, _MOST_LISTED)


def priced(
    evse: Mapping[str, Any], item: PublicObject, at: Millis, book: PriceBook, known: dict[tuple[int, int], str]
) -> Iterator[str]:
    """Of the default offer of each connector."""
    zone = item.body.get("time_zone")
    for connector in evse["connectors"]:
        prices = book.adhoc(connector, item.tariffs, zone, at) if zone else ()
        for price in prices[:1]:
            key = id(price.tariff), id(price.parts)
            if key not in known:
                known[key] = in_short_now(price, language())
            yield known[key]


def _map(found: Found, box: Box | None) -> Map | None:
    if box is None:
        extent = found.extent()
        if extent is None:
            return None
        box = framed(extent)
    return drawn(box, found.clusters(cell_of(box)))


def _link(**changes: Any) -> str:
    """This page with other parameters; None takes one away."""
    kept = {name: request.args.get(name) for name in ("q", "bbox")} | changes
    query = urlencode({name: value for name, value in kept.items() if value}, safe=",")
    return f"/prices?{query}" if query else "/prices"
