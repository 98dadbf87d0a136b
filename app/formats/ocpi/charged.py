"""OCPI Sessions and CDRs of any version as records for reports.

1. Tokens, and how or by whom a driver was authorised, are not read (`model/session`); OCPI says nothing of payment or errors.
2. What is not over says nothing yet; a reservation, a session declared invalid and a credit CDR never do.
3. The time of a reservation is no part of a session: it begins with the first period that is something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.clock import Millis, to_millis
from app.model.problem import Problem
from app.model.salvage import salvage
from app.model.session import CdrDimensionType, Charged, ChargingPeriod, SessionRecord, SessionStatus

SESSIONS, CDRS = "sessions", "cdrs"
FORMER = {"start_datetime": "start_date_time", "end_datetime": "end_date_time", "stop_date_time": "end_date_time"}
"""What 2.1.1 calls the times of a Session and of a CDR."""
_RESERVED = CdrDimensionType.RESERVATION_TIME
_REMEDY = "Ask the backend's operator to complete it"

Read = tuple[SessionRecord | None, tuple[Problem, ...]]


def read_charged(body: Any, module: str, source: str, where: str) -> Read:
    """`module`: SESSIONS or CDRS. None without a problem: it is nothing to report (yet)."""
    if not isinstance(body, dict):
        return None, (Problem("is no object", source=source, where=where, value=str(body)[:80], remedy=_REMEDY),)
    if _is_nothing(body, module):
        return None, ()
    id_ = str(body.get("id") or "")
    found = salvage(Charged, {FORMER.get(name, name): said for name, said in body.items()})
    charged: Charged | None = found.model
    place = _place(body, module)
    if charged is None or not place.get("evse"):
        lacking = "no EVSE is named" if charged is not None else "it cannot be read"
        rest = [problem.what for problem in found.problems if charged is None]
        what = "; ".join([lacking, *rest[:1]])
        return None, (Problem(what, source=source, record=id_, where=where, remedy=_REMEDY),)
    record = SessionRecord(
        source,
        place["evse"],
        _began(charged),
        None if charged.end_date_time is None else to_millis(charged.end_date_time),
        _number(body.get("total_energy") if module == CDRS else body.get("kwh")),
        session_id=_text(body.get("session_id")) or id_ or None,
        location_id=place.get("location"),
        connector=place.get("connector"),
        peak_kw=_peak(charged.charging_periods),
    )
    return record, ()


def _is_nothing(body: Mapping[str, Any], module: str) -> bool:
    if module == CDRS:
        return body.get("credit") is True
    return body.get("status") != SessionStatus.COMPLETED


def _place(body: Mapping[str, Any], module: str) -> dict[str, str]:
    """Its EVSE's uid (where there is none, its `evse_id`), location and connector, as far as they are named."""
    if isinstance(body.get("location"), dict):  # 2.1.1 has the whole location, with the one EVSE
        location = body["location"]
        evses = [evse for evse in location.get("evses") or () if isinstance(evse, dict)]
        evse = evses[0] if len(evses) == 1 else {}
        connectors = [one for one in evse.get("connectors") or () if isinstance(one, dict)]
        connector = connectors[0].get("id") if len(connectors) == 1 else None
        named = {"evse": evse.get("uid") or evse.get("evse_id"), "location": location.get("id"), "connector": connector}
    else:
        at = body.get("cdr_location") if module == CDRS else body
        at = at if isinstance(at, dict) else {}
        location_id = at.get("id") if module == CDRS else at.get("location_id")
        named = {
            "evse": at.get("evse_uid") or at.get("evse_id"),
            "location": location_id,
            "connector": at.get("connector_id"),
        }
    return {name: text for name, said in named.items() if (text := _text(said))}


def _began(charged: Charged) -> Millis:
    first = next((period for period in charged.charging_periods if not _is_reserved(period)), None)
    reserved = first is not None and first is not charged.charging_periods[0]
    return to_millis(first.start_date_time if first and reserved else charged.start_date_time)


def _is_reserved(period: ChargingPeriod) -> bool:
    return any(dimension.type is _RESERVED for dimension in period.dimensions)


def _peak(periods: list[ChargingPeriod]) -> Decimal | None:
    highest = (one.volume for period in periods for one in period.dimensions if one.type is CdrDimensionType.MAX_POWER)
    return max(highest, default=None)


def _text(value: Any) -> str | None:
    return str(value)[:80] if isinstance(value, str | int) and not isinstance(value, bool) and str(value) else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(str(value))
