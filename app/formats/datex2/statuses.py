"""The dynamic publication: what the points of a site do, since when, and what charging costs there now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import orjson

from app.clock import from_millis, parse_time
from app.formats.datex2.base_rates import rate_table
from app.formats.datex2.draft import Body, Draft, Tree, code
from app.formats.datex2.energy import StationOffers, StationRates, offers_at
from app.formats.datex2.identity import Point, Site, Station
from app.formats.datex2.patterns import Losses, Patterns, place
from app.formats.datex2.periods import OverallPeriod
from app.formats.datex2.shared import Written
from app.formats.datex2.write_json import period_json
from app.model.enums import Status

STATUSES: dict[str, tuple[str, str]] = {
    Status.AVAILABLE: ("available", "inOperation"),
    Status.CHARGING: ("charging", "inOperation"),
    Status.RESERVED: ("reserved", "inOperation"),
    Status.BLOCKED: ("blocked", "inOperation"),
    Status.OUTOFORDER: ("outOfOrder", "notInOperationAbnormal"),
    Status.INOPERATIVE: ("inoperative", "notInOperation"),
    Status.PLANNED: ("planned", "notInOperation"),
    Status.REMOVED: ("removed", "notInOperation"),
    Status.UNKNOWN: ("unknown", "unknown"),
}
"""RefillPointStatusEnum and OperationStatusEnum."""
_FAULT = ("faulted", "technicalDefect")
POINT = "refillPointStatus"
_WORKS = frozenset({Status.AVAILABLE, Status.CHARGING, Status.RESERVED, Status.BLOCKED})
_FAULT_CODES = ("fault_code", "mrec", "vendor_code")


def site_status(draft: Draft, site: Site, written: Patterns, uids: Collection[str] | None = None) -> Tree | None:
    """`energyInfrastructureSiteStatus`; versions are those of the table.

    `uids`: of the points wanted, in lower case, planned and removed ones included; None: all in service. None: there are none.
    """
    wanted = [(station, _wanted(station, uids)) for station in site.stations]
    stations = [_station(draft, station, points, written) for station, points in wanted if points]
    if not stations:
        return None
    tree: Tree = {"reference": _reference(site.id, site.version)}
    if latest := _latest(one.get("lastUpdated") for one in stations):
        tree["lastUpdated"] = latest
    return {**tree, "energyInfrastructureStationStatus": stations}


def _wanted(station: Station, uids: Collection[str] | None) -> Sequence[Point]:
    if uids is None:
        return station.points
    return [point for point in (*station.points, *station.others) if point.evse["uid"].lower() in uids]


def _station(draft: Draft, station: Station, wanted: Sequence[Point], written: Patterns) -> Tree:
    tree: Tree = {"reference": _reference(station.id, station.version)}
    if latest := _latest(_since(point.evse) for point in wanted):
        tree["lastUpdated"] = latest
    if (available := _is_available(station.points)) is not None:
        tree["isAvailable"] = available
    offers = offers_at(draft, station)
    return {**tree, POINT: [_point(draft, point, station, offers, written) for point in wanted]}


def _point(draft: Draft, point: Point, station: Station, offers: StationOffers, written: Patterns) -> Written:
    """Points with the same prices are alike, apart from their ids, statuses and times, unless statuses are scheduled."""
    evse, since, detail = point.evse, _since(point.evse), point.evse.get("status_detail", {})
    status, operation = _status(evse, detail)
    values = {"station": station.id, "id": point.id, "version": point.version, "since": since or ""}
    values |= {"status": status, "operation": operation}
    told = (draft.language, orjson.dumps(detail)) if detail else ()
    key = None if "status_schedule" in evse else (since is None, told, offers.current(evse))
    text, lost = written.filled(key, lambda: _pattern(draft, evse, station, offers), values)
    draft.lost.update(lost)
    return text


def _pattern(draft: Draft, evse: Body, station: Station, offers: StationOffers) -> tuple[Tree, Losses]:
    """A point with places for what `_point` fills in."""
    draft = replace(draft, lost={})
    rates = StationRates(draft, replace(station, id=place("station")), offers)
    is_base, detail = draft.dialect.is_base, evse.get("status_detail", {})
    tree: Tree = {"reference": _reference(place("id"), place("version"))}
    since = place("since") if _since(evse) else None
    if since:
        tree["lastUpdated"] = since
    draft.put(tree, "operationStatus", code(place("operation")), "evses[].status")
    if "text" in detail:
        tree["statusDescription"] = draft.text(detail["text"])
    if is_base and (table := rate_table(draft, place("id"), rates.default(evse))):
        tree["newRates"] = table
    if since and (fault := _fault(draft, detail, since)):
        tree["fault"] = {"comFault": fault} if draft.dialect.wraps_faults else fault
    tree["status"] = code(place("status"))
    if not is_base and (updates := rates.update(evse)):
        tree["energyRateUpdate"] = updates
    draft.put(tree, "plannedRefillPointStatus", _planned(draft, evse), "evses[].status_schedule")
    return {f"{draft.dialect.energy}ElectricChargingPointStatus": tree}, draft.lost


def _status(evse: Body, detail: Body) -> tuple[str, str]:
    """A point is faulted, and not just out of order, where its fault is known."""
    status = evse.get("status", Status.UNKNOWN)
    if status == Status.OUTOFORDER and any(name in detail for name in _FAULT_CODES):
        return _FAULT
    return STATUSES[status]


def _since(evse: Body) -> str | None:
    """When the status became so at the charger, else when it was learned."""
    times = evse.get("status_times", {})
    found: str | None = times.get("occurred_at") or times.get("received_at") or evse.get("last_updated")
    return found


def _fault(draft: Draft, detail: Body, since: str) -> Tree | None:
    found = [detail[name] for name in _FAULT_CODES if name in detail]
    if not found:
        return None
    if "fault_code" in detail and "mrec" in detail:
        draft.lose("evses[].status_detail.mrec", "a fault has one code, and that of its maker: left out")
    tree: Tree = {"faultIdentifier": found[0], "faultLastUpdateTime": since}
    return tree | ({"manufacturerFaultCode": detail["vendor_code"]} if "vendor_code" in detail else {})


def _planned(draft: Draft, evse: Body) -> list[Tree]:
    """What is scheduled and not over yet."""
    found = []
    for one in evse.get("status_schedule", ()):
        end = parse_time(one["period_end"]) if "period_end" in one else None
        if end is not None and end <= draft.at:
            continue
        period = OverallPeriod(from_millis(parse_time(one["period_begin"])), None if end is None else from_millis(end))
        found.append({"status": code(STATUSES[one["status"]][0]), "overallPeriod": period_json(period, draft.encoding)})
    return found


def _is_available(points: Sequence[Point]) -> bool | None:
    """False: no point works; None: not known, since none is known to work and some may."""
    statuses = {point.evse.get("status", Status.UNKNOWN) for point in points}
    if not statuses.isdisjoint(_WORKS):
        return True
    return None if Status.UNKNOWN in statuses else False


def _reference(id_: str, version: str) -> Tree:
    return {"targetClass": "FacilityObject", "idG": id_, "versionG": version}


def _latest(times: Iterable[str | None]) -> str | None:
    return max(filter(None, times), default=None)
