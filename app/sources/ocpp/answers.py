"""What a central system answers by itself: enough for a site without a backend. No I/O; time is an argument.

The answers are the `ocpp` library's classes of each version; calls are read leniently, since a charge point that writes a value
from a newer version would else be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from types import ModuleType
from typing import Any

import ocpp.v16.call_result
import ocpp.v21.call_result
import ocpp.v201.call_result
import orjson
from ocpp.charge_point import remove_nones, serialize_as_dict, snake_to_camel_case
from ocpp.exceptions import FormationViolationError, FormatViolationError, NotImplementedError

from app.clock import Millis, format_time
from app.sources.ocpp.frames import NO_ID, Frame, Malformed, Type

RESULTS: dict[str, ModuleType] = {
    "1.6": ocpp.v16.call_result,
    "2.0.1": ocpp.v201.call_result,
    "2.1": ocpp.v21.call_result,
}
TAKEN = frozenset(
    {
        "ClearedChargingLimit",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "LogStatusNotification",
        "MeterValues",
        "NotifyChargingLimit",
        "NotifyCustomerInformation",
        "NotifyDERAlarm",
        "NotifyDERStartStop",
        "NotifyDisplayMessages",
        "NotifyEvent",
        "NotifyMonitoringReport",
        "NotifyPriorityCharging",
        "NotifyReport",
        "PublishFirmwareStatusNotification",
        "ReportChargingProfiles",
        "ReportDERControl",
        "ReservationStatusUpdate",
        "SecurityEventNotification",
        "SignedFirmwareStatusNotification",
        "StatusNotification",
    }
)
"""Calls whose answer is empty."""
_REFUSED = {
    "DataTransfer": "UnknownVendorId",
    "Get15118EVCertificate": "Failed",
    "GetCertificateStatus": "Failed",
    "NotifyEVChargingNeeds": "Rejected",
    "NotifyEVChargingSchedule": "Accepted",
    "SignCertificate": "Rejected",
}
"""What a central system without the means to do it says, by its `status`."""

Arguments = dict[str, Any]


class Answers:
    """To one charge point."""

    def __init__(self, version: str, *, accept: bool, heartbeat_s: int) -> None:
        """`accept`: what is said of every token."""
        self._version = version
        self._results = RESULTS[version]
        self._accept = accept
        self._heartbeat_s = heartbeat_s
        self._transactions: dict[object, int] = {}
        self._special: Mapping[str, Callable[[Mapping[str, Any], Millis], Arguments]] = {
            "Authorize": self._authorize,
            "BootNotification": self._boot,
            "Heartbeat": lambda call, now: {"current_time": format_time(now)},
            "StartTransaction": self._start,
            "StopTransaction": self._of_token,
            "TransactionEvent": self._of_token,
        }

    def to(self, frame: Frame | Malformed | None, now: Millis) -> str | None:
        """The answer to a frame; None where none is due."""
        if isinstance(frame, Malformed):
            return self._malformed(frame) if frame.asks else None
        if frame is None or frame.type is not Type.CALL:
            return None
        make = getattr(self._results, frame.action, None)
        if frame.action in self._special and make:
            arguments = self._special[frame.action](frame.payload, now)
        elif frame.action in _REFUSED and make:
            arguments = {"status": _REFUSED[frame.action]}
            if frame.action == "Get15118EVCertificate":
                arguments["exi_response"] = ""
        elif frame.action in TAKEN and make:
            arguments = {}
        else:
            error = NotImplementedError()
            return _error(frame.id, error.code, error.description)
        result = remove_nones(snake_to_camel_case(serialize_as_dict(make(**arguments))))
        return orjson.dumps([Type.RESULT, frame.id, result]).decode()

    def _malformed(self, frame: Malformed) -> str:
        if self._version == "1.6":
            return _error(frame.id, FormationViolationError.code, frame.what)
        return _error(frame.id, "RpcFrameworkError" if frame.id == NO_ID else FormatViolationError.code, frame.what)

    def _boot(self, call: Mapping[str, Any], now: Millis) -> Arguments:
        return {"current_time": format_time(now), "interval": self._heartbeat_s, "status": "Accepted"}

    def _authorize(self, call: Mapping[str, Any], now: Millis) -> Arguments:
        return {"id_tag_info" if self._version == "1.6" else "id_token_info": self._info()}

    def _of_token(self, call: Mapping[str, Any], now: Millis) -> Arguments:
        """Says something of the token where the call has one."""
        return self._authorize(call, now) if call.get("idTag") or call.get("idToken") else {}

    def _start(self, call: Mapping[str, Any], now: Millis) -> Arguments:
        """The same number again where the answer was lost and the call is repeated."""
        key = repr([call.get(name) for name in ("connectorId", "timestamp", "meterStart")])
        if len(self._transactions) > 100:
            self._transactions.clear()
        return {"transaction_id": self._transactions.setdefault(key, _number(now)), "id_tag_info": self._info()}

    def _info(self) -> dict[str, str]:
        return {"status": "Accepted" if self._accept else "Invalid"}


_counted = count()


def _number(now: Millis) -> int:
    """Of a transaction (1.6), which no other has at the charge point: hundredths of a second, which return after 248 days."""
    return (now // 10 + next(_counted)) % 2**31 or 1


def trigger_status(version: str, id: str) -> str:
    """Asks for the status of all connectors."""
    return orjson.dumps([Type.CALL, id, "TriggerMessage", {"requestedMessage": "StatusNotification"}]).decode()


def _error(id: str, code: str, what: str) -> str:
    return orjson.dumps([Type.ERROR, id, code, what, {}]).decode()
