"""A roaming hub as its published rules have it: it registers and is pushed to like any partner, but reads the routing headers,
hands on what it takes, refuses what is not for it, and knows who of its parties can be reached.

What a sender must not do stands in `violations`, what went on to whom in `handed_on`. Its rules are those of OCPI (transport,
Message Routing; mod_hub_client_info); Gireve's and e-clearing.net's are added by `gireve` and `e_clearing`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import requests

from app.formats.ocpi.token import authorization
from tests.ocpi_partner import Partner, _PartnerHandler
from tests.ocpi_receiver import Body, Key

Answer = tuple[int, int, Any]
ROUTING = ("OCPI-to-country-code", "OCPI-to-party-id", "OCPI-from-country-code", "OCPI-from-party-id")
ENTERED = "2030-01-01T00:00:00Z"
REQUIRED = ("owner.name", "operator.name")
REQUIRED_OF_EVSES = ("evse_id", "capabilities")


class HandedOn(NamedTuple):
    party: str
    line: str
    body: Any


@dataclass
class Hub(Partner):
    """DE*HUB, with three parties behind it."""

    own: str = "DE*HUB"
    clients: dict[str, str] = field(
        default_factory=lambda: {"NL*EMS": "CONNECTED", "FR*EMP": "CONNECTED", "BE*NSP": "OFFLINE"}
    )
    """Party → its status."""
    gireve: bool = False
    e_clearing: bool = False
    handed_on: list[HandedOn] = field(default_factory=list)
    owed: str = ""
    """The request that was not taken, which has to come again before any other."""

    def __post_init__(self) -> None:
        super().__post_init__()
        listed = {"identifier": "hubclientinfo", "role": "SENDER", "url": f"{self.base}/clientinfo"}
        if not self.gireve:
            self.details = lambda data: {**data, "endpoints": [*data["endpoints"], listed]}

    def handler_class(self) -> type[_PartnerHandler]:
        return _HubHandler

    def credentials(self, version: str | None = None) -> Body:
        """2.2.1 has a role for hubs; 2.3.0 lists everybody who can be reached, and says who the hub is."""
        base = {"token": self.token, "url": self.versions_url}
        if (version or self.version) == "2.3.0":
            roles = [_role("EMSP", party) for party in self.clients]
            return {**base, "hub_party_id": self.own.replace("*", ""), "roles": roles}
        return {**base, "roles": [_role("HUB", self.own)]}

    def client_info(self, party: str) -> Body:
        own = dict(zip(("country_code", "party_id"), party.split("*"), strict=True))
        return {**own, "role": "EMSP", "status": self.clients[party], "last_updated": ENTERED}

    def tell(self, ours: str, party: str, version: str = "2.2.1") -> requests.Response:
        """Who can be reached, to one that is registered here."""
        url = f"{ours}/ocpi/cpo/{version}/hubclientinfo/{party.replace('*', '/')}"
        return self.ask("PUT", url, self.client_info(party))

    def pulled(self, ours: str, module: str, largest: int, version: str = "2.2.1") -> list[Body]:
        """Everything of a list; a page without the headers of pages counts as none, as at Gireve."""
        found: list[Body] = []
        url = f"{ours}/ocpi/cpo/{version}/{module}"
        while url:
            page = requests.get(url, headers={"Authorization": authorization(self.theirs, "base64")}, timeout=20)
            if not {"X-Total-Count", "X-Limit"} <= page.headers.keys():
                self.violations.append(f"{url} is not paged")
                return found
            if len(page.json()["data"]) > largest:
                self.violations.append(f"{url} has more than {largest} objects")
            found += page.json()["data"]
            url = page.links.get("next", {}).get("url", "")
        return found


class _HubHandler(_PartnerHandler):
    receiver: Hub

    def _serve(self, act: Callable[..., Answer]) -> None:
        hub, line = self.receiver, f"{self.command} {self.path}"
        if hub.owed and line != hub.owed:
            hub.violations.append(f"{line} before {hub.owed} was taken")

        def judged(_: Any, key: Key, ids: list[str], body: Any) -> Answer:
            said = {name: self.headers.get(name, "") for name in ROUTING}
            refusal = next(_refusals(hub, self.command, key, body, said), None)
            if refusal is not None:
                return refusal
            answer = act(hub, key, ids, body)
            if answer[1] == 1000 and self.command != "GET":
                self._hand_on(key, body, said, line)
            return answer

        super()._serve(judged)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        if self.receiver.gireve and self.command in ("PUT", "PATCH") and not self._is_own():
            self.receiver.owed = "" if status < 300 else f"{self.command} {self.path}"
        super().answer(status, body, headers)

    def _hand_on(self, key: Key, body: Any, said: dict[str, str], line: str) -> None:
        hub, party = self.receiver, _to(said)
        if hub.e_clearing:
            _entered(hub.objects.get(key, {}))
        if hub.gireve and key[0] == "tariffs" and body is not None and body.get("type") != "REGULAR":
            return
        meant = [party] if party in hub.clients else hub.clients
        hub.handed_on += [HandedOn(each, line, body) for each in meant if hub.clients[each] == "CONNECTED"]

    def _is_own(self) -> bool:
        return super()._is_own() or urlsplit(self.path).path == "/clientinfo"

    def _own(self) -> None:
        if any(name in self.headers for name in ROUTING):
            self.receiver.violations.append(f"routing headers on {self.command} {self.path}")
        super()._own()

    def _told(self, path: str, body: Any) -> None:
        hub, asked = self.receiver, urlsplit(path)
        if asked.path == "clientinfo":
            query = parse_qs(asked.query)
            offset, limit = int(query["offset"][0]), int(query["limit"][0])
            return self._data([hub.client_info(party) for party in [*hub.clients][offset : offset + limit]])
        if hub.gireve and path == "credentials" and self.command in ("POST", "PUT"):
            return self._say(405, 2000, "registration begins here")
        return super()._told(path, body)


def _refusals(hub: Hub, method: str, key: Key, body: Any, said: dict[str, str]) -> Iterator[Answer]:
    """Why it does not take a request, the first reason first."""
    to, sender, owner = _to(said), f"{said[ROUTING[2]]}*{said[ROUTING[3]]}", f"{key[1]}*{key[2]}"
    if sender != owner:
        hub.violations.append(f"from {sender}, about what is {owner}'s")
        yield 200, 2001, "FROM is not the owner"
    if to == "*" and hub.gireve:
        hub.violations.append("a request that is addressed to nobody")
        yield 200, 2001, "TO is missing"
    if to == hub.own and method == "GET":
        hub.violations.append("a broadcast GET")
        yield 200, 2000, "GET is no broadcast"
    if to not in (hub.own, "*") and to not in hub.clients:
        yield 200, 4001, f"unknown receiver {to}"
    if hub.clients.get(to, "CONNECTED") != "CONNECTED":
        hub.violations.append(f"sent to {to}, which is {hub.clients[to]}")
        yield 200, 4003, "not connected"
    if hub.gireve and method == "PUT" and body is not None:
        yield from _lacking(key, body)


def _lacking(key: Key, body: Body) -> Iterator[Answer]:
    """What Gireve asks for beyond OCPI."""
    if key[0] == "tariffs":
        if "start_date_time" not in body:
            yield 200, 2001, "start_date_time is missing"
        return
    if "evses" not in body:
        return
    for path in REQUIRED:
        first, second = path.split(".")
        if not body.get(first, {}).get(second):
            yield 200, 2001, f"{path} is missing"
    for evse in body["evses"]:
        if any(not evse.get(name) for name in REQUIRED_OF_EVSES):
            yield 200, 2001, "an EVSE lacks what is required"
        if not all(connector.get("tariff_ids") for connector in evse["connectors"]):
            yield 200, 2001, "a connector has no tariff"
        if not evse.get("evse_id", "").startswith(f"{key[1]}*{key[2]}"):
            yield 200, 2001, "an EVSE id of another operator"


def _to(said: dict[str, str]) -> str:
    return f"{said[ROUTING[0]]}*{said[ROUTING[1]]}"


def _entered(body: Any) -> None:
    """e-clearing.net's own time in place of `last_updated`, ids in upper case and without separators."""
    body["last_updated"] = ENTERED
    for evse in body.get("evses", ()):
        evse["last_updated"] = ENTERED
        evse["evse_id"] = evse["evse_id"].replace("*", "").upper()


def _role(role: str, party: str) -> Body:
    own = dict(zip(("country_code", "party_id"), party.split("*"), strict=True))
    return {"role": role, "business_details": {"name": party}, **own}


def read(answer: requests.Response) -> tuple[int, int]:
    """(HTTP status, OCPI status code)."""
    return answer.status_code, json.loads(answer.text)["status_code"]
