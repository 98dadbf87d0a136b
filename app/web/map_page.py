"""`/map`: public locations by place, words and what their points offer, with how many are free now.

The picture, its links and the filters work without JavaScript; with it the same page is asked again as the map is moved, and
marks follow `/open/stream`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Flask, Response, request

from app.clock import Millis
from app.registry.projection import Offer, PublicObject
from app.registry.search import Tally, Wanted
from app.tariffs.adhoc import PriceBook
from app.web.connectors import COMMON, connector_name
from app.web.filters import Filters, Judge, read_filters
from app.web.finding import LOOKING, Looked, place_of, read_text
from app.web.listing import read_count
from app.web.live_page import live_page
from app.web.location_page import location_path
from app.web.map import framed, read_box, state_of
from app.web.site import site

POWERS = (11, 22, 50, 100, 150, 300)
"""kW, to choose from."""

PATIENCE_S = 2.0
"""So long a process that starts waits for its first map; a network of a million EVSEs takes longer."""
FOLLOWED_EVERY_S = 1.0

area = Blueprint("map", __name__)
_judge = Judge()
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listed:
    title: str
    address: str
    path: str
    key: str
    prices: tuple[str, ...]
    statuses: dict[str, str]
    """By uid, of the points that offer what is wanted."""

    @property
    def tally(self) -> Tally:
        return Tally.of(self.statuses.values())

    @property
    def state(self) -> str:
        return state_of(self.tally)


@area.get("/map")
def map_page() -> Response:
    """Raises Failure (400)."""
    text, box, filters = read_text(), read_box(request.args.get("bbox", "")), read_filters(request.args)
    now = site().clock.now()
    with site().public.read() as reader:
        offers = reader.offers()
        wanted = replace(
            Wanted.of(text, None if box is None else framed(box, margin=0)),
            offers=_judge.fitting(filters, offers, now),
            free=filters.free,
        )
        looked = LOOKING.look(reader, wanted, read_count(request.args, "page", 1))
        statuses = reader.search(wanted).statuses([*looked.alone, *(item.ordinal for item in looked.items)])
    return live_page(
        "map.html",
        tiles=True,
        text=text,
        filters=filters,
        looked=looked,
        map=looked.map,
        bbox="" if box is None else request.args["bbox"],
        listed=list(_listed(looked, statuses, now)),
        alone={ordinal: (location_path(*ids), _key(*ids)) for ordinal, ids in looked.alone.items()},
        statuses=statuses,
        connectors=_connectors(offers, filters),
        powers=POWERS,
        base_map=site().settings.site.map_tiles,
        stream=site().url("/open/stream"),
        link=_linking(text, filters),
    )


def keep_ready(app: Flask) -> None:
    """Before the first request of a process, whose map takes a second: a thread draws one, and then follows what changes."""
    drawn = threading.Event()
    threading.Thread(target=_follow, args=(app, drawn), daemon=True).start()
    drawn.wait(PATIENCE_S)


def _follow(app: Flask, drawn: threading.Event) -> None:
    stamp: object = None
    failing = False
    while True:
        try:
            with app.test_request_context("/map?payment=adhoc"):
                if stamp is None:
                    map_page()
                elif stamp != site().watch.stamp():
                    with site().public.read() as reader:
                        reader.offers()
                stamp = site().watch.stamp()
            failing = False
        except Exception as error:  # noqa: BLE001  (whoever asks for the map is told by that request)
            if not failing:
                _log.warning("the map is not kept ready", error=str(error))
            failing = True
        drawn.set()
        time.sleep(FOLLOWED_EVERY_S)


def _listed(looked: Looked, statuses: dict[int, dict[str, str]], now: Millis) -> Iterable[Listed]:
    book = PriceBook()
    for item in looked.items:
        place = place_of(item, now, book)
        prices = tuple(dict.fromkeys(offered.words for offered in place.offered if offered.words))
        path = location_path(item.country_code, item.party_id, item.id)
        yield Listed(place.title, place.address, path, _key_of(item), prices, statuses.get(item.ordinal, {}))


def _key(country_code: str, party_id: str, id: str) -> str:
    """As changes in the stream name a location."""
    return f"{country_code}*{party_id}/{id}".upper()


def _key_of(item: PublicObject) -> str:
    return _key(item.country_code, item.party_id, item.id)


def _connectors(offers: Iterable[Offer], filters: Filters) -> list[tuple[str, str]]:
    """(ConnectorType, what people call it) of all there are, the common ones first."""
    there = {connector["standard"] for offer in offers for connector in offer.connectors}
    there |= {filters.connector} - {""}
    offered = [*(standard for standard in COMMON if standard in there), *sorted(there - COMMON.keys())]
    return [(standard, connector_name(standard)) for standard in offered]


def _linking(text: str, filters: Filters) -> object:
    def link(**changes: str | int | None) -> str:
        """This page with other parameters; None takes one away."""
        kept = {"q": text, "bbox": request.args.get("bbox"), **filters.query(), **changes}
        query = urlencode({name: value for name, value in kept.items() if value}, safe=",")
        return f"/map?{query}" if query else "/map"

    return link
