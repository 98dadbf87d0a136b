"""A stand-in for Hubject: a real HTTPS server that knows operators by their certificates, and keeps what they push by OICP 2.3.

It is as strict as it may be: an `insert` of what is there and an `update` of what is not are data errors (022), a batch with one
bad record is refused whole. A record is at fault where its station says so: `named` is found by validation (HTTP 400, with its
place), `hidden` by a rule (022, without).
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote

from tests.certificates import Authority, Issued, secure

BASE = "/api/oicp"
Record = dict[str, Any]

_PATHS = {
    "evsepush/v23/operators/{}/data-records": "data",
    "evsepush/v21/operators/{}/status-records": "status",
    "dynamicpricing/v10/operators/{}/pricing-products": "products",
    "dynamicpricing/v10/operators/{}/evse-pricing": "prices",
}
SCHEMAS = {
    "data": "eRoamingPushEvseData",
    "status": "eRoamingPushEvseStatus",
    "products": "eRoamingPushPricingProductData",
    "prices": "eRoamingPushEVSEPricing",
}
_WORDS = {
    "000": "Success",
    "017": "Unauthorized Access",
    "018": "Inconsistent EvseID",
    "022": "Data Error",
    "603": "Unknown EVSE ID",
}


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    after: bool = False
    """It stands in place of the true answer after the request was carried out."""
    delay: float = 0


class Refused(Exception):
    def __init__(self, code: str, *ids: str) -> None:
        self.code, self.ids = code, ids


def acknowledgement(code: str, told: str = "", status: int = 200) -> Answer:
    said = {"Code": code, "Description": _WORDS.get(code, "Trouble"), "AdditionalInfo": told}
    return Answer(status, json.dumps({"Result": code == "000", "StatusCode": said}).encode(), {"Process-ID": "p-1"})


@dataclass
class Hub:
    """Serves until it is closed; `replies` are given one by one in place of an answer, None standing for the true one."""

    authority: Authority
    shown: Issued
    folder: Path
    operators: dict[str, set[str]] = field(default_factory=lambda: {"DE*ABC": {"DE*ABC"}})
    """Id in the certificate → operators of EVSEs that it may push."""
    held: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in _PATHS.values()})
    """Operation → record by its id."""
    replies: list[Answer | None] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """`data insert 3 000`."""
    messages: list[tuple[str, Any]] = field(default_factory=list)
    overlaps: int = 0
    per_minute: int = 10_000
    asked: deque[float] = field(default_factory=deque)
    """`time.monotonic` of the calls of the last minute."""

    def __enter__(self) -> Self:
        class Handler(_Handler):
            pass

        Handler.hub = self
        self._busy: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        secure(self.server, self.authority, self.shown, self.folder)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}{BASE}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def statuses(self) -> dict[str, str]:
        return {id_: record["EvseStatus"] for id_, record in self.held["status"].items()}

    def answer(self, path: str, body: bytes) -> Answer:
        found = [(name, _operator_in(path, shape)) for shape, name in _PATHS.items()]
        operation, operator = next(((name, operator) for name, operator in found if operator), ("", ""))
        if not operation:
            return Answer(404, b"<html>Not found</html>")
        with self._in_turn(f"{operation} {operator}") as alone:
            reply = self.replies.pop(0) if self.replies else None
            if not alone:
                return acknowledgement("021", "another push is under way")
            if self._is_too_often():
                return Answer(429, b"", {"Retry-After": "1"})
            if reply is not None and not reply.after:
                return reply
            message = json.loads(body)
            carried_out = self._carried_out(operation, operator, message)
            return reply or carried_out

    def _in_turn(self, name: str) -> _Turn:
        return _Turn(self, name)

    def _is_too_often(self) -> bool:
        now = time.monotonic()
        while self.asked and self.asked[0] < now - 60:
            self.asked.popleft()
        self.asked.append(now)
        return len(self.asked) > self.per_minute

    def _carried_out(self, operation: str, operator: str, message: Any) -> Answer:
        self.messages.append((operation, message))
        records, action = list(_records(operation, message)), message["ActionType"]
        try:
            if operator not in self.operators:
                return acknowledgement("017", operator, 401)
            faults = [at for at, (_, record) in enumerate(records) if record.get("ChargingStationId") == "named"]
            if faults:
                return invalid(faults)
            self._take(operation, operator, action, records)
        except Refused as refused:
            self.lines.append(f"{operation} {action} {len(records)} {refused.code}")
            return acknowledgement(refused.code, " ".join(refused.ids))
        self.lines.append(f"{operation} {action} {len(records)} 000")
        return acknowledgement("000")

    def _take(self, operation: str, operator: str, action: str, records: list[tuple[str, Record]]) -> None:
        held, ids = self.held[operation], [id_ for id_, _ in records]
        mine = {id_ for id_ in held if operation == "products" or _of(id_) in self.operators[operator]}
        foreign = [id_ for id_ in ids if operation != "products" and _of(id_) not in self.operators[operator]]
        if foreign or len(set(ids)) < len(ids):
            raise Refused("018", *foreign)
        if operation in ("status", "prices") and (unknown := [id_ for id_ in ids if id_ not in self.held["data"]]):
            raise Refused("603", *unknown)
        if any(record.get("ChargingStationId") == "hidden" for _, record in records):
            raise Refused("022")
        if (action == "insert" and mine & set(ids)) or (action in ("update", "delete") and set(ids) - mine):
            raise Refused("022", "action and records do not fit")
        for id_ in mine if action == "fullLoad" else ids if action == "delete" else ():
            del held[id_]
        if action != "delete":
            held.update(records)
        for name in ("status", "prices"):  # of EVSEs that are gone
            self.held[name] = {id_: record for id_, record in self.held[name].items() if id_ in self.held["data"]}


class _Turn:
    """Whether nobody else is pushing the same."""

    def __init__(self, hub: Hub, name: str) -> None:
        self._hub, self._name = hub, name

    def __enter__(self) -> bool:
        with self._hub._lock:
            self._hub._busy[self._name] += 1
            alone = self._hub._busy[self._name] == 1
            self._hub.overlaps += not alone
            return alone

    def __exit__(self, *_: object) -> None:
        with self._hub._lock:
            self._hub._busy[self._name] -= 1


def _operator_in(path: str, shape: str) -> str:
    before, _, after = f"{BASE}/{shape}".partition("{}")
    fits = path.startswith(before) and path.endswith(after)
    return unquote(path[len(before) : -len(after)]) if fits else ""


def _records(operation: str, message: Any) -> Iterator[tuple[str, Record]]:
    if operation == "products":
        found, name = message["PricingProductData"]["PricingProductDataRecords"], "ProductID"
    elif operation == "prices":
        found, name = message["EVSEPricing"], "EvseID"
    elif operation == "status":
        found, name = message["OperatorEvseStatus"]["EvseStatusRecord"], "EvseID"
    else:
        found, name = message["OperatorEvseData"]["EvseDataRecord"], "EvseID"
    return ((record[name], record) for record in found)


def _of(evse_id: str) -> str:
    """`DE*ABC` of `DE*ABC*E1`."""
    return evse_id[:6]


def invalid(places: list[int]) -> Answer:
    errors = [
        {
            "fieldReference": f"operatorEvseData.evseDataRecord[{at}].hotlinePhoneNumber",
            "errorMessage": "no such number",
        }
        for at in places
    ]
    return Answer(400, json.dumps({"message": "Invalid", "extendedInfo": None, "validationErrors": errors}).encode())


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.hub.answer(self.path, body)
        time.sleep(answer.delay)
        self._give(answer)

    def do_HEAD(self) -> None:
        self._give(Answer(404))

    def _give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None: ...
