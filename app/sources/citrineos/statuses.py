"""Statuses of CitrineOS, out of its logs: the `Connectors` rows are wrong in two common cases.

1. A status of connector 0 (OCPP 1.6) overwrites all `Connectors` of its station. In the log it stays what it is: the charger's.
2. Connector 1 of EVSE 1 and connector 1 of EVSE 2 share one `Connectors` row (OCPP 2.0.1). The log keeps the EVSE.
3. A station that reports by NotifyEvent has its `AvailabilityState` in the device model alone: the newest of both counts.
4. `isOnline` is NULL until the second connection: not known. `latestOcppMessageTimestamp` may go backwards: the highest counts.
5. Active transactions can be stale: a newer `Available` ends them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.clock import Millis, parse_time
from app.model.batch import Origin
from app.model.problem import Problem, Severity
from app.sources.citrineos.settings import CitrineosSettings
from app.sources.csms import Found
from app.sources.ocpp_status import FUTURE, Charger, Connector, Transaction, newest, status_of

Body = Mapping[str, Any]
Place = tuple[int | None, int | None]
"""EVSE and connector as OCPP numbers them; no EVSE in OCPP 1.6."""


def statuses(stations: Iterable[Body], settings: CitrineosSettings, now: Millis, heard: dict[str, Millis]) -> Found:
    """`heard`: the highest proof of life of each station so far, kept by the caller."""
    found = Found()
    for station in stations:
        _station(station, settings, now, heard, found)
    return found


def _station(station: Body, settings: CitrineosSettings, now: Millis, heard: dict[str, Millis], found: Found) -> None:
    said = _said(station, settings.status_map)
    name = str(station["id"])
    times = [_time(station.get("latestOcppMessageTimestamp")), *(one.backend_at for one in said.values())]
    heard[name] = min(max([heard.get(name, 0), *filter(None, times)]), now)
    own = [said.pop(place) for place in list(said) if place in ((None, 0), (0, None), (0, 0))]
    charger = Charger(
        heard_at=heard[name] or None,
        online=station.get("isOnline"),
        own=newest(own, settings.status_map) if own else None,
    )
    for evse in (evse for evse in station.get("Evses") or () if not evse.get("removed")):
        connectors = [said.pop(place) for place in list(said) if _is_of(evse, place)]
        evse_id = evse_id_of(station, evse, settings)
        if isinstance(evse_id, Problem):
            found.problems.append(evse_id)
            continue
        verdict = status_of(
            connectors,
            charger,
            _transaction(station, evse),
            now,
            silent_after=round(settings.silent_after * 1000),
            words=settings.status_map,
        )
        found.records.append((evse_id, verdict))
    found.problems += [_no_evse(name, place) for place in said]


def evse_id_of(station: Body, evse: Body, settings: CitrineosSettings) -> str | Problem:
    number = evse.get("evseTypeId")
    return settings.evse_id(str(station["id"]), evse["id"] if number is None else number, evse.get("evseId"))


def _said(station: Body, words: Mapping[str, str]) -> dict[Place, Connector]:
    """The newest of each connector."""
    found: dict[Place, list[Connector]] = {}
    for latest in station.get("LatestStatusNotifications") or ():
        status = latest.get("StatusNotification")
        if status:
            found.setdefault((status.get("evseId"), status.get("connectorId")), []).append(_notified(status))
    for attribute in station.get("VariableAttributes") or ():
        component = (attribute.get("Component") or {}).get("name")
        kind = attribute.get("EvseType") or {}
        if attribute.get("value") and component in ("Connector", "ChargingStation"):
            place = (kind.get("id"), kind.get("connectorId")) if component == "Connector" else (0, 0)
            at = _time(attribute.get("generatedAt"))
            found.setdefault(place, []).append(Connector(str(attribute["value"]), at, backend_at=at))
    return {place: newest(several, words) for place, several in found.items()}


def _notified(status: Body) -> Connector:
    """By the charger's time, unless that is none: then by when CitrineOS wrote it down."""
    at, written = _time(status.get("timestamp")), _time(status.get("createdAt"))
    origin = Origin.CHARGER
    if written is not None and (at is None or at > written + FUTURE):
        at, origin = written, Origin.BACKEND
    word = str(status.get("connectorStatus") or "")
    return Connector(word, at, status.get("errorCode"), status.get("vendorErrorCode"), origin, written)


def _is_of(evse: Body, place: Place) -> bool:
    number, connector = place
    if number is not None:
        return bool(number == evse.get("evseTypeId"))
    known = [one.get("connectorId") for one in evse.get("Connectors") or ()]
    return connector in known if any(known) else connector == evse.get("evseTypeId")


def _transaction(station: Body, evse: Body) -> Transaction | None:
    """Transactions name EVSE and connector by their keys in the database."""
    connectors = {one.get("id") for one in evse.get("Connectors") or ()}
    found = [
        Transaction(_time(one.get("startTime")), _time(one.get("updatedAt")), one.get("chargingState"))
        for one in station.get("Transactions") or ()
        if one.get("evseId") == evse["id"] or one.get("connectorId") in connectors
    ]
    return max(found, key=lambda one: one.heard or 0, default=None)


def _no_evse(station: str, place: Place) -> Problem:
    evse, connector = place
    name = f"{station}/{connector}" if evse is None else f"{station}/{evse}/{connector}"
    return Problem(
        "has a status and no EVSE: left out",
        Severity.REFUSED,
        record=name[:80],
        path="Evses",
        remedy="Give the station its EVSEs and connectors in CitrineOS",
    )


def _time(given: Any) -> Millis | None:
    try:
        return parse_time(given)
    except (TypeError, ValueError):
        return None
