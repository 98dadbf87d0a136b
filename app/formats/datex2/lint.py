"""What schemas cannot say of a table: ids that repeat, numbers that contradict each other, points without id or price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from app.formats.datex2.facts import Facts
from app.formats.datex2.nodes import Unreadable
from app.formats.datex2.read_document import Document
from app.formats.datex2.read_ids import evse_id
from app.formats.datex2.read_rates import products
from app.model.problem import Problem, Severity

_RATES = ("energyRate", "energyRateByReference")


def lint(document: Document) -> Iterator[Problem]:
    """`record` is the id of the site; the rules' codes are chargefeed's own."""
    published = _moment(document.header.get("publicationTime", ""))
    ids: Counter[str] = Counter()
    for tree in document.sites:
        site = Facts(tree, "", [], language=document.language)
        yield from _of_site(site, published)
        ids.update(f"{kind} {one.name()}" for kind, one in _facilities(site) if one.name())
    for name, count in ids.items():
        if count > 1:
            what, remedy = f"the id stands for {count} objects", "Give each site, station and point an id of its own"
            yield _problem("", "unique-id", what, remedy, value=name, severity=Severity.PARTLY)


def _facilities(site: Facts) -> Iterator[tuple[str, Facts]]:
    yield "site", site
    for station in site.many("energyInfrastructureStation"):
        yield "station", station
        for point in station.many("refillPoint"):
            yield "point", point


def _of_site(site: Facts, published: datetime | None) -> Iterator[Problem]:
    for _, one in _facilities(site):
        updated = _moment(one.said("lastUpdated") or "")
        if published and updated and updated > published:
            yield _problem(site.name(), "from-the-future", "changed after the publication", "Send the real time", one)
    for station in site.many("energyInfrastructureStation"):
        yield from _of_station(site, station)


def _of_station(site: Facts, station: Facts) -> Iterator[Problem]:
    points = list(station.many("refillPoint"))
    told = _number(station, "numberOfRefillPoints")
    if told is not None and told != len(points):
        what = f"numberOfRefillPoints is {told:g}, and there are {len(points)}"
        yield _problem(site.name(), "number-of-points", what, "Count those that can be used at once", station)
    most, total = max(map(_power, points), default=0.0), _number(station, "totalMaximumPower")
    if total is not None and total < most:
        what = f"totalMaximumPower is {total:g} W, and a point has {most:g}"
        yield _problem(site.name(), "total-power", what, "Send watts, of all points at once", station)
    has_price = _has_rate(station)
    for point in points:
        if evse_id(Facts(point.value, point.path, [])) is None:
            remedy = "Send it as externalIdentifier of the point or of each of its plugs"
            yield _problem(site.name(), "evse-id", "a point without an EVSE id (AFIR element B1)", remedy, point)
        if not (has_price or _has_rate(point)):
            remedy = "Declare its energyRate, or name that of another point"
            yield _problem(site.name(), "ad-hoc-price", "a point without a rate (AFIR element F3)", remedy, point)


def _has_rate(facts: Facts) -> bool:
    """Also one of the base model."""
    found = [one for product in products(facts) for name in _RATES for one in product.many(name)]
    return bool(found) or facts.one("rates") is not None


def _power(point: Facts) -> float:
    return max((_number(plug, "maxPowerAtSocket") or 0.0 for plug in point.many("connector")), default=0.0)


def _number(facts: Facts, name: str) -> float | None:
    """None: not there, or unreadable, which the reader tells."""
    found = facts.one(name)
    try:
        return float(found.number()) if found else None
    except Unreadable:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _problem(
    record: str,
    code: str,
    what: str,
    remedy: str,
    at: Facts | None = None,
    value: str = "",
    severity: Severity = Severity.NOTE,
) -> Problem:
    return Problem(
        what,
        severity,
        record=record,
        path=at.path if at else "",
        rule=f"chargefeed datex2-{code}",
        value=value or (at.name() if at else ""),
        remedy=remedy,
    )
