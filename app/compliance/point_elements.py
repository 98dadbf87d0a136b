"""What a point can do, and how it is right now: elements B3 to B9, F1 to F3."""

from __future__ import annotations

from dataclasses import replace

from app.clock import parse_time
from app.compliance.looking import derived, either, first, judged, listed, yes_or_no
from app.compliance.plausible import point_power
from app.compliance.rule import NOT_SAID, Seen, State
from app.compliance.site import Subject
from app.model.codes import currencies_of
from app.model.electricity import power_watts
from app.model.enums import ConnectorCapability, ConnectorType, Status
from app.model.evse import SmartRecharging
from app.registry.status import UNKNOWN
from app.wording import worded

_T = ConnectorType
PLUGS = frozenset(_T)
DC_PLUGS = frozenset({_T.CHADEMO, _T.CHAOJI, _T.GBT_DC, _T.IEC_62196_T1_COMBO, _T.IEC_62196_T2_COMBO, _T.MCS})
AC_PLUGS = frozenset(one for one in _T if one.startswith(("DOMESTIC", "NEMA", "IEC_60309"))) | {
    _T.GBT_AC,
    _T.IEC_62196_T1,
    _T.IEC_62196_T3A,
    _T.IEC_62196_T3C,
}
"""Type 2 is not among them: it has carried direct current."""
PNC = frozenset(ConnectorCapability)
SERVICES = ("CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE", "REMOTE_START_STOP_CAPABLE")
"""Capabilities of OCPI that speak of a smart recharging service."""
IN_OPERATION = frozenset({Status.AVAILABLE, Status.CHARGING, Status.RESERVED, Status.BLOCKED})
PASSING = IN_OPERATION - {Status.AVAILABLE}
LONGEST_DAYS = 7
"""Of one session (QualiCharge, rule 14)."""
_DAY_MILLIS = 86_400_000
FREE = "the point is free of charge: whether dynamic data are due then is open (Art. 20(2) as amended)"


def connector_type(value: str, subject: Subject) -> str:
    strange = [one["standard"] for one in subject.connectors() if one["standard"] not in PLUGS]
    return worded("%(names)s is no connector type of OCPI", names=", ".join(strange)) if strange else ""


def current_type(value: str, subject: Subject) -> str:
    for connector in subject.connectors():
        plug, power_type = connector["standard"], connector["power_type"]
        if (plug in DC_PLUGS and power_type != "DC") or (plug in AC_PLUGS and power_type == "DC"):
            return worded("%(current)s at %(plug)s: these do not go together", current=power_type, plug=plug)
    return ""


def max_power(subject: Subject) -> Seen:
    """Of the strongest connector: as stated, else what volts and amperes give."""
    connectors = list(subject.connectors())
    why = point_power(max(map(power_watts, connectors)), subject)
    stated = [one for one in connectors if "max_electric_power" in one]
    if not why and not stated:
        return derived("volts times amperes times phases")
    return judged(f"{subject.path}.connectors[{(stated or connectors)[0]['id']}].max_electric_power", why)


def _plugs_and_charges(subject: Subject) -> str:
    return "Connector.capabilities" if any(PNC & {*one.get("capabilities", ())} for one in subject.connectors()) else ""


plug_and_charge = yes_or_no("evse.plug_and_charge", _plugs_and_charges)


def _capable_services(subject: Subject) -> Seen:
    found = [one for one in SERVICES if one in subject.points[0].get("capabilities", ())]
    return derived(f"EVSE.capabilities ({', '.join(found)})") if found else NOT_SAID


smart_recharging = either(first("evse.smart_recharging", check=listed(SmartRecharging)), _capable_services)


def operational(subject: Subject) -> Seen:
    """Works or not (F1)."""
    status = subject.points[0]["status"]
    if status == UNKNOWN:
        return _unknown(subject)
    built = subject.site.body.get("station_status", "OPERATIONAL")
    wrong = status in IN_OPERATION and built != "OPERATIONAL"
    why = worded("%(status)s, but the location is %(built)s", status=status, built=built) if wrong else ""
    return _status(subject, why)


def availability(subject: Subject) -> Seen | None:
    """Free, in use or reserved (F2), of a point that works."""
    point = subject.points[0]
    if point["status"] == UNKNOWN:
        return _unknown(subject)
    if point["status"] not in IN_OPERATION:
        return None
    times = point.get("status_times", {})
    since = times.get("occurred_at") or times.get("received_at")
    days = (subject.site.at - parse_time(since)) / _DAY_MILLIS if since else 0
    if point["status"] in PASSING and days > LONGEST_DAYS:
        return _status(subject, worded("%(status)s for %(days)s days", status=point["status"], days=f"{days:.0f}"))
    return _status(subject, "")


def _status(subject: Subject, why: str) -> Seen:
    said_by = subject.site.sourced.statuses.get(subject.points[0]["uid"], "")
    return replace(judged(f"{subject.path}.status", why), source=said_by)


def _unknown(subject: Subject) -> Seen:
    reason = subject.points[0].get("status_detail", {}).get("reason", "")
    what = worded("unknown (%(reason)s)", reason=reason) if reason else worded("unknown")
    if subject.is_free:
        return Seen(State.UNDECIDED, what=f"{what}; {FREE}")
    return Seen(State.MISSING, what=what)


def adhoc_price(subject: Subject) -> Seen:
    """A price at every connector of the station, in the money of its country."""
    site = subject.site
    lacking, number = 0, 0
    source = ""
    for connector in subject.connectors():
        number += 1
        prices = site.prices(connector)
        if not prices:
            lacking += 1
            continue
        currency, tender = prices[0].tariff.currency, currencies_of(site.country)
        source = source or site.sourced.prices.get(prices[0].tariff.id.lower(), "")
        if tender and currency not in tender:
            why = worded("%(currency)s is no money of %(country)s", currency=currency, country=site.country)
            return Seen(State.IMPLAUSIBLE, "tariffs", why, source=source)
    if lacking:
        why = worded("%(lacking)s of %(all)s connectors have none", lacking=lacking, all=number)
        return Seen(State.MISSING, what=why)
    return Seen(State.PRESENT, "tariffs", source=source)
