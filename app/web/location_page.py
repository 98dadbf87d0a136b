"""`/locations/…`: one public location: its points with their status now and over 30 days, prices, access, and its feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any
from urllib.parse import quote

import structlog
from flask import Blueprint, Response

from app.clock import Millis, parse_time
from app.errors import LedgerError
from app.formats.ocpi.versions import VERSIONS
from app.ledger.asking import Asked, Auditor
from app.model.batch import Kind
from app.model.cards import takes_cards
from app.model.electricity import power_watts
from app.model.evse import Accessibility
from app.model.opening_hours import ALWAYS, DAYS, write_hours
from app.model.stations import stations_of
from app.model.status import OUT_OF_SERVICE
from app.publish.publications import Publication, party_folder
from app.registry.projection import PublicObject
from app.registry.search import Tally
from app.registry.timeline import Span, Timelines
from app.tariffs.adhoc import PriceBook
from app.tariffs.explain import words as written
from app.web.connectors import connector_name
from app.web.failure import unknown
from app.web.finding import place_path, priced
from app.web.front import PRICES, STATUSES, Feed
from app.web.languages import language, locale, translated
from app.web.live_page import live_page
from app.web.map import state_of
from app.web.point_page import Course, courses_of
from app.web.site import site
from app.web.status_chart import Strip, kind_of, strip
from app.wording import Worded, worded

SPAN: Millis = 30 * 86_400_000
MOST_CHARTS = 3
"""Of prices; each point's own page has its own."""
OPEN_ALWAYS = worded("Open all day, every day.")
ACCESS = {
    Accessibility.RESERVED: worded("reserved for people with reduced mobility"),
    Accessibility.ACCESSIBLE: worded("accessible"),
    Accessibility.NOT_ACCESSIBLE: worded("not accessible"),
}
SPACES = worded("there are spaces for people with disabilities")
_DAY = re.compile("|".join(DAYS))

area = Blueprint("locations", __name__)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plug:
    standard: str
    """OCPI's ConnectorType."""
    name: str
    kilowatts: Decimal


@dataclass(frozen=True, slots=True)
class PointNow:
    uid: str
    name: str
    path: str
    """Of its prices."""
    status: str
    kind: str
    plugs: tuple[Plug, ...]
    prices: tuple[str, ...]
    cards: bool
    past: Strip


@dataclass(frozen=True, slots=True)
class PriceChart:
    names: tuple[str, ...]
    """Of the points that cost the same now."""
    course: Course
    """Of the first of them, at its first connector."""


@dataclass(frozen=True, slots=True)
class Exceptional:
    """When it is open, or closed, against its usual hours."""

    open: bool
    since: Millis
    until: Millis


def location_path(country_code: str, party_id: str, id: str) -> str:
    return "/locations/" + "/".join(quote(part, safe="*") for part in (country_code, party_id, id))


@area.get("/locations/<country_code>/<party_id>/<path:location_id>")
def location(country_code: str, party_id: str, location_id: str) -> Response:
    """Raises Failure (404)."""
    now = site().clock.now()
    with site().public.read() as reader:
        item = reader.find(Kind.LOCATIONS, country_code, party_id, location_id)
        past = {} if item is None else reader.timelines(item, now - SPAN, now)
    if item is None:
        raise unknown(
            worded(
                "no location %(id)s of %(party)s is public: search at /map",
                id=repr(location_id[:48]),
                party=f"{country_code[:8]}*{party_id[:8]}",
            )
        )
    points = list(_points(item, past, now))
    tally = Tally.of([point.status for point in points])
    body = item.body
    return live_page(
        "location.html",
        body=body,
        title=body.get("name") or body.get("address") or item.id,
        key=f"{item.country_code}*{item.party_id}/{item.id}".upper(),
        points=points,
        tally=tally,
        state=state_of(tally),
        statuses={point.uid: point.status for point in points},
        names={status: translated(name) for status, name in STATUSES.items()},
        since=now - SPAN,
        now=now,
        zone=body.get("time_zone", "UTC"),
        charts=list(_charts(item, points, now)),
        hours=_hours(body),
        exceptions=list(_exceptions(body, now)),
        access=list(_access(body)),
        help_phones=_help_phones(body),
        alone=list(_alone(item)),
        documents=list(_documents(item)),
        operator=site().settings.operator,
        stream=site().url(f"/open/{_folder(item)}stream"),
    )


def _points(item: PublicObject, past: Timelines, now: Millis) -> Iterator[PointNow]:
    book = PriceBook()
    words = dict[tuple[int, int], str]()
    payment = {uid.lower(): one.get("payment", {}) for one in stations_of(item.body) for uid in one["evse_uids"]}
    for evse in item.body.get("evses", ()):
        if evse.get("status") in OUT_OF_SERVICE:
            continue
        uid, status = evse["uid"], evse.get("status", "UNKNOWN")
        yield PointNow(
            uid,
            evse.get("evse_id") or uid,
            place_path(item.country_code, item.party_id, item.id, uid),
            status,
            kind_of(status),
            tuple(dict.fromkeys(map(_plug, evse["connectors"]))),
            tuple(dict.fromkeys(priced(evse, item, now, book, words))),
            takes_cards(evse, payment.get(uid.lower(), {})),
            strip(past.get(uid, [Span(None, now - SPAN, now)]), now - SPAN, now),
        )


def _charts(item: PublicObject, points: Sequence[PointNow], now: Millis) -> Iterator[PriceChart]:
    auditor = Auditor(site().engine, site().store, language())
    alike: dict[tuple[str, ...], list[PointNow]] = {}
    for point in points:
        alike.setdefault(point.prices, []).append(point)
    for same in list(alike.values())[:MOST_CHARTS]:
        asked = Asked.at(item.country_code, item.party_id, item.id, same[0].uid)
        try:
            courses, _ = courses_of(auditor, asked, now - SPAN, now)
        except LedgerError:
            return
        except Exception as error:  # noqa: BLE001  (the rest of the page does not rest on it)
            _log.error("a chart of prices failed", record=str(asked), exc_info=error)
            continue
        if courses and courses[0].chart.rows:
            yield PriceChart(tuple(point.name for point in same), courses[0])


def _plug(connector: Mapping[str, Any]) -> Plug:
    standard = connector["standard"]
    return Plug(standard, connector_name(standard), Decimal(f"{power_watts(connector) / 1000:.4g}"))


def _hours(body: Mapping[str, Any]) -> str:
    """Empty: nobody says."""
    hours = body.get("opening_times")
    text = write_hours(hours) if hours else ""
    if text == ALWAYS:
        return translated(OPEN_ALWAYS)
    return _DAY.sub(lambda day: written.weekday(locale(), DAYS.index(day[0]), "abbreviated"), text.replace(",", ", "))


def _exceptions(body: Mapping[str, Any], now: Millis) -> Iterator[Exceptional]:
    """Those that are not over, in their order."""
    hours = body.get("opening_times") or {}
    told = [(True, one) for one in hours.get("exceptional_openings", ())]
    told += [(False, one) for one in hours.get("exceptional_closings", ())]
    periods = [Exceptional(open, parse_time(one["period_begin"]), parse_time(one["period_end"])) for open, one in told]
    yield from sorted((one for one in periods if one.until > now), key=attrgetter("since"))


def _access(body: Mapping[str, Any]) -> Iterator[Worded]:
    """For people with reduced mobility; nothing: nobody says."""
    if body.get("accessibility") in ACCESS:
        yield ACCESS[body["accessibility"]]
    restricted = any("DISABLED" in evse.get("parking_restrictions", ()) for evse in body.get("evses", ()))
    counted = any(station.get("disabled_parking_space_count") for station in body.get("stations", ()))
    if restricted or counted:
        yield SPACES


def _help_phones(body: Mapping[str, Any]) -> list[str]:
    said = [body.get("help_phone"), *(station.get("help_phone") for station in body.get("stations", ()))]
    return list(dict.fromkeys(filter(None, said)))


def _alone(item: PublicObject) -> Iterator[Feed]:
    for version in reversed(VERSIONS):
        path = f"/open/{_folder(item)}ocpi/{version}/locations/{quote(item.id, safe='*')}"
        yield Feed(worded("This location, OCPI %(version)s", version=version), site().url(path))


def _documents(item: PublicObject) -> Iterator[Feed]:
    """Of its party, in which it stands among others."""
    here = site()
    for publication in here.documents().values():
        if _has(publication, item):
            prices = next((title for path, title in PRICES.items() if publication.path.endswith(path)), None)
            yield Feed(prices or publication.title, here.url(publication.path))


def _has(publication: Publication, item: PublicObject) -> bool:
    countries = publication.view.countries
    mine = publication.path.startswith(f"/open/{_folder(item)}") and publication.kind is not Kind.TARIFFS
    return mine and (not countries or item.country in countries) and not publication.format.name.startswith("ocpi-")


def _folder(item: PublicObject) -> str:
    return party_folder(f"{item.country_code}*{item.party_id}".upper())
