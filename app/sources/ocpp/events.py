"""What a message says about a charge point, the same for every version. Pure; values outside the standard are kept as they are.

OCPP 1.6 numbers connectors, each of which is an EVSE here (reference: OCPI and OCA advise so); 2.x numbers EVSEs and their
connectors. Number 0 is the charge point as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard

from app.clock import Millis, parse_time

STATION = 0
IGNORED_WARNINGS = frozenset({"EVCommunicationError", "LocalListConflict", "NoError"})
"""Error codes that say nothing of the charge point while it works (OCPP 1.6 §7.6)."""
_MREC = re.compile(r"\bCX0[0-9]{2}\b", re.IGNORECASE)
_ENERGY, _POWER = "Energy.Active.Import.Register", "Power.Active.Import"
_SCALE = {_ENERGY: {"Wh": Decimal(1), "kWh": Decimal(1000)}, _POWER: {"W": Decimal("0.001"), "kW": Decimal(1)}}
_UNITS = {_ENERGY: "Wh", _POWER: "W"}
FAULTS = frozenset(
    {
        *("EmergencyStop", "GroundFault", "OvercurrentFault", "PowerLoss", "PowerQuality", "Timeout"),
        *("HardReset", "SoftReset", "ImmediateReset", "Reboot", "ReqEnergyTransferRejected"),
    }
)
"""Reasons of an end that nobody wished for."""
_TOKENS = frozenset(
    {
        *("Central", "DirectPayment", "eMAID", "EVCCID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"),
        *("NoAuthorization", "VIN"),
    }
)
"""Kinds of tokens (OCPP 2.0.1 IdTokenEnumType, 2.1): another word might be a token itself."""


@dataclass(frozen=True, slots=True)
class StatusSaid:
    """Of a connector, an EVSE (`connector` is 0) or the charge point (both are 0)."""

    evse: int
    connector: int
    status: str
    at: Millis | None
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EnabledSaid:
    evse: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class FaultSaid:
    """`NotifyEvent` of a `Problem`, `Tripped` …: a cause, no status."""

    evse: int
    detail: Mapping[str, str]
    """Empty: it is over."""


@dataclass(frozen=True, slots=True)
class TransactionSaid:
    phase: str
    """Started, Updated, Ended."""
    id: str
    """Empty where the charge point waits to be told one (1.6)."""
    at: Millis | None
    evse: int | None = None
    connector: int | None = None
    state: str | None = None
    register_wh: Decimal | None = None
    offline: bool = False
    reason: str | None = None
    """Why it ended."""
    reply: bool = False
    """`id` was given in an answer."""
    power_kw: Decimal | None = None
    """The highest that was measured."""
    payment: str | None = None
    """Kind of the token (2.x), never the token: `DirectPayment`, `ISO14443`."""


@dataclass(frozen=True, slots=True)
class BootSaid:
    status: str
    """Accepted, Pending, Rejected."""


@dataclass(frozen=True, slots=True)
class FirmwareSaid:
    installing: bool


Event = StatusSaid | EnabledSaid | FaultSaid | TransactionSaid | BootSaid | FirmwareSaid


def of_call(version: str, action: str, payload: Mapping[str, Any]) -> Iterator[Event]:
    """What a charge point's call says. A payload without what its action needs says nothing."""
    reader = _READERS.get((version[0], action)) or _READERS.get(("", action))
    if reader is not None:
        yield from reader(payload)


def of_result(action: str, call: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[Event]:
    """What the answer to a charge point's call says."""
    if action == "BootNotification" and isinstance(result.get("status"), str):
        yield BootSaid(result["status"])
    if action == "StartTransaction" and isinstance(result.get("transactionId"), int):
        for said in _start_16(call):
            yield TransactionSaid(
                "Updated", str(result["transactionId"]), said.at, said.evse, said.connector, reply=True
            )


def _status_16(payload: Mapping[str, Any]) -> Iterator[Event]:
    connector, status = payload.get("connectorId"), payload.get("status")
    if _is_number(connector) and isinstance(status, str):
        detail: dict[str, str] = {}
        code, vendor = payload.get("errorCode"), payload.get("vendorErrorCode")
        if isinstance(code, str) and code != "NoError" and (status == "Faulted" or code not in IGNORED_WARNINGS):
            detail["fault_code"] = code[:100]
        yield StatusSaid(connector, 1, status, _time(payload), detail | _codes(vendor))


def _start_16(payload: Mapping[str, Any]) -> Iterator[TransactionSaid]:
    connector = payload.get("connectorId")
    if _is_number(connector) and connector > 0:
        yield TransactionSaid(
            "Started", "", _time(payload), connector, 1, register_wh=_decimal(payload.get("meterStart"))
        )


def _stop_16(payload: Mapping[str, Any]) -> Iterator[Event]:
    id, reason = payload.get("transactionId"), payload.get("reason", "Local")
    if isinstance(id, int):
        register, power = _decimal(payload.get("meterStop")), _power(payload.get("transactionData"))
        yield TransactionSaid(
            "Ended", str(id), _time(payload), register_wh=register, reason=str(reason)[:40], power_kw=power
        )


def _meter_16(payload: Mapping[str, Any]) -> Iterator[Event]:
    id, connector = payload.get("transactionId"), payload.get("connectorId")
    if isinstance(id, int) and _is_number(connector):
        values = payload.get("meterValue")
        yield TransactionSaid(
            "Updated", str(id), None, connector, 1, register_wh=_register(values), power_kw=_power(values)
        )


def _firmware(payload: Mapping[str, Any]) -> Iterator[Event]:
    yield FirmwareSaid(payload.get("status") == "Installing")


def _status_2(payload: Mapping[str, Any]) -> Iterator[Event]:
    evse, connector, status = payload.get("evseId"), payload.get("connectorId"), payload.get("connectorStatus")
    if _is_number(evse) and _is_number(connector) and isinstance(status, str):
        yield StatusSaid(evse, connector, status, _time(payload), {})


def _transaction_2(payload: Mapping[str, Any]) -> Iterator[Event]:
    info, phase = payload.get("transactionInfo"), payload.get("eventType")
    if not (isinstance(info, dict) and isinstance(info.get("transactionId"), str) and isinstance(phase, str)):
        return
    place = _object(payload, "evse")
    evse, connector = place.get("id"), place.get("connectorId")
    state, reason, token = info.get("chargingState"), info.get("stoppedReason"), _object(payload, "idToken").get("type")
    yield TransactionSaid(
        phase,
        info["transactionId"],
        _time(payload),
        evse if _is_number(evse) else None,
        connector if _is_number(connector) else None,
        state if isinstance(state, str) else None,
        _register(payload.get("meterValue")),
        payload.get("offline") is True,
        reason[:40] if isinstance(reason, str) else None,
        power_kw=_power(payload.get("meterValue")),
        payment=token if token in _TOKENS else None,
    )


def _notify(payload: Mapping[str, Any]) -> Iterator[Event]:
    for one in _objects(payload.get("eventData")):
        yield from _notified(one)


def _notified(one: Mapping[str, Any]) -> Iterator[Event]:
    component, variable = _object(one, "component"), _object(one, "variable")
    place = _object(component, "evse")
    evse, connector = place.get("id", STATION), place.get("connectorId", 0)
    value, name = str(one.get("actualValue")), variable.get("name")
    if not (_is_number(evse) and _is_number(connector)):
        return
    if name == "AvailabilityState":
        yield StatusSaid(evse, connector, value, _time(one), {})
    elif name == "Enabled":
        yield EnabledSaid(evse, value.lower() != "false")
    elif name in ("Problem", "Tripped") or one.get("techCode"):
        over = one.get("cleared") is True or value.lower() == "false"
        yield FaultSaid(evse, {} if over else {"fault_code": str(name)[:100]} | _codes(one.get("techCode")))


_READERS = {
    ("1", "StatusNotification"): _status_16,
    ("1", "StartTransaction"): _start_16,
    ("1", "StopTransaction"): _stop_16,
    ("1", "MeterValues"): _meter_16,
    ("2", "StatusNotification"): _status_2,
    ("2", "TransactionEvent"): _transaction_2,
    ("2", "NotifyEvent"): _notify,
    ("", "FirmwareStatusNotification"): _firmware,
}


def _codes(code: object) -> dict[str, str]:
    """A vendor's code, and the ChargeX MREC where it is one."""
    if not isinstance(code, str) or not code.strip():
        return {}
    found = _MREC.search(code)
    return {"vendor_code": code.strip()[:100]} | ({"mrec": found[0].upper()} if found else {})


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1000


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _time(payload: Mapping[str, Any]) -> Millis | None:
    try:
        return parse_time(payload["timestamp"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _register(meter_values: object) -> Decimal | None:
    """The energy register in Wh that was last read; None where there is none, or only per phase or signed."""
    return next(reversed(list(_samples(meter_values, _ENERGY))), None)


def _power(meter_values: object) -> Decimal | None:
    """The highest power in kW that was read, of all phases together."""
    return max(_samples(meter_values, _POWER), default=None)


def _samples(meter_values: object, measurand: str) -> Iterator[Decimal]:
    for meter_value in _objects(meter_values):
        for sample in _objects(meter_value.get("sampledValue")):
            if sample.get("measurand", _ENERGY) == measurand:
                value = _sample(sample, measurand)
                if value is not None:
                    yield value


def _sample(sample: Mapping[str, Any], measurand: str) -> Decimal | None:
    unit = _object(sample, "unitOfMeasure") or sample
    power = unit.get("multiplier")
    scale = _SCALE[measurand].get(str(unit.get("unit") or _UNITS[measurand]))
    value = _decimal(sample.get("value"))
    if sample.get("phase") or sample.get("format") == "SignedData" or scale is None or value is None:
        return None
    return value * scale * Decimal(10) ** (power if isinstance(power, int) and abs(power) < 10 else 0)
