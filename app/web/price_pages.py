"""`/prices/…`: pages for people who ask what a point costs, or cost then, and how that can be proved.

The answers are those of `/open/prices/…` (`app.ledger.asking`), to which each page links. Name and address are what the public
feed says now; what has left it is still answered by the ledger.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as Redirection

from app.errors import NotInLedger
from app.ledger.asking import Asked, Auditor
from app.model.batch import Kind
from app.registry.projection import PublicObject
from app.registry.search import Wanted
from app.tariffs.adhoc import PriceBook
from app.web.compare_page import compared
from app.web.failure import unknown
from app.web.finding import find, place_of, place_path
from app.web.listing import read_time
from app.web.point_page import Point, shown
from app.web.site import site
from app.wording import worded

LONGEST_ID = 48

area = Blueprint("price_pages", __name__)


@area.get("/prices")
def search() -> str:
    return find()


@area.get("/prices/compare")
def compare() -> str:
    return compared()


@area.get("/prices/<evse_id>")
def by_id(evse_id: str) -> Redirection:
    """To the point that has the printed id, or had it at the time asked for."""
    at = read_time(request.args, "at")
    path = _named_in_ledger(evse_id, at) or _named_in_feed(evse_id)
    if path is None:
        raise unknown(
            worded(
                "no charge point has the id %(id)s, and no price was ever published for it: "
                "compare it with what is printed on the charger, or search by address at /prices",
                id=repr(evse_id[:LONGEST_ID]),
            )
        )
    query = urlencode(list(request.args.items(multi=True)), safe=":")
    return redirect(site().url(f"{path}?{query}" if query else path))


@area.get("/prices/<country_code>/<party_id>/<location_id>")
def place(country_code: str, party_id: str, location_id: str) -> str:
    """All points of a location."""
    item = _find(country_code, party_id, location_id)
    if item is None:
        raise unknown(
            worded(
                "no location %(id)s of %(party)s is public: search at /prices",
                id=repr(location_id[:LONGEST_ID]),
                party=f"{country_code[:8]}*{party_id[:8]}",
            )
        )
    return render_template("place.html", place=place_of(item, site().clock.now(), PriceBook()))


@area.get("/prices/<country_code>/<party_id>/<location_id>/<evse_uid>", defaults={"connector_id": None})
@area.get("/prices/<country_code>/<party_id>/<location_id>/<evse_uid>/<connector_id>")
def point(country_code: str, party_id: str, location_id: str, evse_uid: str, connector_id: str | None) -> str:
    item = _find(country_code, party_id, location_id)
    return shown(Point(item, country_code, party_id, location_id, evse_uid, connector_id))


def _find(country_code: str, party_id: str, location_id: str) -> PublicObject | None:
    with site().public.read() as reader:
        return reader.find(Kind.LOCATIONS, country_code, party_id, location_id)


def _named_in_ledger(evse_id: str, at: int | None) -> str | None:
    """Raises Failure (404) where it was known, but not by then."""
    now = site().clock.now()
    auditor = Auditor(site().engine, site().store)
    try:
        evse = auditor.named(Asked(evse_id=evse_id), now if at is None else min(at, now))
    except NotInLedger as error:
        if at is not None and _named_in_ledger(evse_id, None):
            raise unknown(error.sentence()) from None
        return None
    return place_path(*evse["party"].split("*", 1), evse["location_id"], evse["evse_uid"])


def _named_in_feed(evse_id: str) -> str | None:
    with site().public.read() as reader:
        wanted = Wanted.of(evse_id)
        for item in reader.objects(Kind.LOCATIONS, reader.search(wanted).with_evse_id()):
            for evse in item.body.get("evses", ()):
                if Wanted.of(evse.get("evse_id", "")).evse_key == wanted.evse_key:
                    return place_path(item.country_code, item.party_id, item.id, evse["uid"])
    return None
