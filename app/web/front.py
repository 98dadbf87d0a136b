"""The front page: who publishes, how much of what, how fresh, and every feed with its address. Works without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from iso3166 import countries_by_alpha3

from app.formats.ocpi.versions import VERSIONS
from app.registry.figures import Figures
from app.web.freshness import KINDS, STATES, freshness, quiet_sources
from app.web.languages import locale
from app.web.site import Site, site
from app.wording import worded

STATUSES = {
    "AVAILABLE": worded("Available"),
    "CHARGING": worded("In use"),
    "RESERVED": worded("Reserved"),
    "BLOCKED": worded("Blocked"),
    "INOPERATIVE": worded("Not in service"),
    "OUTOFORDER": worded("Out of order"),
    "PLANNED": worded("Planned"),
    "UNKNOWN": worded("Unknown"),
}
"""In the order they are shown, and what people call them."""

LICENCES = {
    "https://creativecommons.org/publicdomain/zero/1.0/": worded("CC0 1.0, no rights reserved"),
    "https://creativecommons.org/licenses/by/4.0/": worded("CC BY 4.0, name the source"),
    "https://opendatacommons.org/licenses/odbl/1-0/": "ODbL 1.0",
    "https://www.etalab.gouv.fr/licence-ouverte-open-licence/": "Licence Ouverte",
    "https://www.govdata.de/dl-de/zero-2-0": worded("Data licence Germany Zero 2.0"),
    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/": "Open Government Licence 3.0",
}

PRICES = {"/prices.json": worded("Ad hoc prices, JSON"), "/prices.csv": worded("Ad hoc prices, CSV")}
_LISTS = ((worded("Locations, %(version)s"), "locations"), (worded("Tariffs, %(version)s"), "tariffs"))
_BAR = 1000
"""Width of the bar of shares, in its own units."""

area = Blueprint("front", __name__)


@dataclass(frozen=True, slots=True)
class Feed:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    text: str
    feeds: tuple[Feed, ...]


@area.get("/")
def front() -> str:
    here = site()
    figures = here.figures()
    now = here.clock.now()
    lines = freshness(here, figures, now)
    return render_template(
        "front.html",
        operator=here.settings.operator,
        licence=here.settings.licence,
        licence_name=LICENCES.get(here.settings.licence, here.settings.licence),
        now=now,
        head=here.feed.index().head,
        host="/".join(here.url("").split("/")[:3]),
        groups=_groups(here),
        geojson="/open/locations.geojson" in here.documents(),
        parties=[
            Feed(party, here.url(f"/open/party/{party.replace('*', '-')}/ocpi/versions")) for party in here.parties()
        ],
        lines=lines,
        sources=len(here.settings.sources),
        quiet=quiet_sources(lines),
        states=STATES,
        kinds=KINDS,
        **_counted(figures),
    )


def _counted(figures: Figures) -> dict[str, Any]:
    """The numbers of the page: in all, by status, and by country with the largest first."""
    total = dict.fromkeys(STATUSES, 0)
    rows: dict[str, dict[str, int]] = {country: {} for country in figures.locations}
    for (country, status), number in figures.evses.items():
        total[status] = total.get(status, 0) + number
        rows.setdefault(country, {})[status] = number
    countries = [
        {
            "name": _country(country),
            "locations": figures.locations.get(country, 0),
            "evses": sum(by_status.values()),
            "by_status": by_status,
        }
        for country, by_status in rows.items()
    ]
    shown = [status for status, number in total.items() if number]
    return {
        "locations": sum(figures.locations.values()),
        "evses": sum(total.values()),
        "countries": sorted(countries, key=lambda row: -row["evses"]),
        "statuses": shown,
        "names": STATUSES,
        "total": total,
        "shares": _shares({status: total[status] for status in shown}),
    }


def _shares(numbers: dict[str, int]) -> list[dict[str, Any]]:
    """The parts of the bar, edge to edge."""
    whole = sum(numbers.values())
    parts, before = [], 0
    for status, number in numbers.items():
        start, before = before, before + number
        left, right = _BAR * start / whole, _BAR * before / whole
        parts.append({"status": status, "start": f"{left:.1f}", "width": f"{right - left:.1f}"})
    return parts


def _country(alpha3: str) -> str:
    known = countries_by_alpha3.get(alpha3)
    return str(locale().territories.get(known.alpha2, alpha3)) if known else alpha3


def _groups(here: Site) -> list[Group]:
    documents = here.documents()
    left_out = here.publications().keys() - documents.keys()

    def feeds(*paths: tuple[str, str]) -> tuple[Feed, ...]:
        return tuple(Feed(title, here.url(f"/open{path}")) for title, path in paths if f"/open{path}" not in left_out)

    pages = [
        (worded(title, version=version), f"/ocpi/{version}/{module}")
        for version in reversed(VERSIONS)
        for title, module in _LISTS
    ]
    others = [
        (publication.title, publication.path.removeprefix("/open"))
        for publication in documents.values()
        if "/party/" not in publication.path and not publication.format.name.startswith(("ocpi-", "geojson", "prices-"))
    ]
    groups = [
        Group(
            worded("OCPI, in pages"),
            worded(
                "Locations with live status, and ad hoc tariffs, in the shape of OCPI's Sender interface. "
                "Follow the Link header; come back with date_from."
            ),
            feeds((worded("Versions"), "/ocpi/versions"), *pages),
        ),
        Group(
            worded("OCPI, whole"),
            worded("The same lists as one document each."),
            feeds(*((title, f"{path}.json") for title, path in pages)),
        ),
        Group(
            worded("Prices"),
            worded("What drivers without a contract pay now, a row per connector and offer."),
            feeds(*((title, path) for path, title in PRICES.items())),
        ),
        Group(
            worded("Changes"),
            worded(
                "Every change of a status, a location or a tariff, in order, as pages or as they happen (server-sent events)."
            ),
            feeds((worded("Changes"), "/changes"), (worded("Stream"), "/stream")),
        ),
        Group(
            worded("Map and catalogue"),
            worded(
                "Every location as a point; every document with its sequence, size and checksum; all of it as data portals "
                "read it (mobilityDCAT-AP)."
            ),
            feeds(
                ("GeoJSON", "/locations.geojson"),
                (worded("Manifest"), "/manifest.json"),
                (worded("Catalogue"), "/catalog.jsonld"),
            ),
        ),
        Group(worded("For access points"), worded("Whole documents in the shapes that they take."), feeds(*others)),
    ]
    return [group for group in groups if group.feeds]
