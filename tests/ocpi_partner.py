"""A platform that registers by OCPI's credentials: the receiver of `ocpi_receiver`, with versions, details and credentials, and
the calls that it makes itself. What it says of itself can be bent: `versions`, `endpoints`, `details`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from app.formats.ocpi.token import authorization, presented
from tests.ocpi_receiver import Receiver, Request, _Handler

OWN_PATHS = ("versions", "details", "credentials")


@dataclass
class Partner(Receiver):
    """An eMSP, NL-EMS. `token` is what one has to show it."""

    party: str = "EMS"
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    theirs: str = ""
    """The token that it shows us."""
    versions: tuple[str, ...] = ("2.1.1", "2.2.1", "2.3.0")
    endpoints: tuple[str, ...] = ("credentials", "locations", "tariffs")
    details: Callable[[Any], Any] = lambda data: data
    """Bends what its details say."""
    registered: bool = False
    encoding: str = "base64"
    hub: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    """Path → a body to answer with in place of the right one."""

    def handler_class(self) -> type[_Handler]:
        return _PartnerHandler

    @property
    def versions_url(self) -> str:
        return f"{self.base}/versions"

    def credentials(self, version: str | None = None) -> dict[str, Any]:
        own = {"business_details": {"name": "Example eMSP"}, "party_id": self.party, "country_code": "NL"}
        base = {"token": self.token, "url": self.versions_url}
        if (version or self.version) == "2.1.1":
            return {**base, **own}
        hub = {"hub_party_id": self.hub} if self.hub else {}
        return {**base, **hub, "roles": [{"role": "EMSP", **own}]}

    def ask(
        self, method: str, url: str, body: Any = None, token: str | None = None, **headers: str
    ) -> requests.Response:
        """As a client, by the token that it has."""
        shown = authorization(self.theirs if token is None else token, "base64")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, url, json=body, headers={"Authorization": shown, **named}, timeout=20)

    def credentials_url(self, ours: str, version: str | None = None) -> str:
        return f"{ours}/ocpi/cpo/{version or self.version}/credentials"

    def register(self, ours: str, token: str, method: str = "POST", version: str | None = None) -> requests.Response:
        """At us; takes the new token where it worked."""
        version = version or self.version
        response = self.ask(method, self.credentials_url(ours, version), self.credentials(version), token)
        if response.ok and response.json()["status_code"] == 1000:
            self.theirs, self.registered, self.version = response.json()["data"]["token"], True, version
        return response


class _PartnerHandler(_Handler):
    receiver: Partner

    def do_POST(self) -> None:
        self._own()

    def do_GET(self) -> None:
        self._own() if self._is_own() else super().do_GET()

    def do_PUT(self) -> None:
        self._own() if self._is_own() else super().do_PUT()

    def do_DELETE(self) -> None:
        self._own() if self._is_own() else super().do_DELETE()

    def _is_own(self) -> bool:
        return self.path.strip("/").split("/")[0] in OWN_PATHS

    def _own(self) -> None:
        partner, path = self.receiver, self.path.strip("/")
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw) if raw else None
        partner.requests.append(Request(self.command, self.path, dict(self.headers), body, 0))
        defect = next((each for each in partner.defects if each.hits(f"{self.command} {self.path}?")), None)
        if defect is not None:
            return OWN_DEFECTS[defect.name](self)
        if not self._knows(partner.token):
            return self._say(401, 2000, "unknown token")
        if path in partner.answers:
            return self.answer(200, json.dumps(partner.answers[path]).encode())
        return self._told(path, body)

    def _knows(self, token: str) -> bool:
        tokens = presented(self.headers.get("Authorization", ""))
        return token in (tokens[:1] if self.receiver.encoding == "raw" else tokens[1:])

    def _told(self, path: str, body: Any) -> None:
        partner = self.receiver
        if path == "versions":
            return self._data([{"version": each, "url": f"{partner.base}/details/{each}"} for each in partner.versions])
        if path.startswith("details/"):
            version = path.rpartition("/")[2]
            role = {} if version == "2.1.1" else {"role": "RECEIVER"}
            listed = [{"identifier": each, **role, "url": f"{partner.base}/{each}"} for each in partner.endpoints]
            return self._data(partner.details({"version": version, "endpoints": listed}))
        return self._credentials(body)

    def _credentials(self, body: Any) -> None:
        """As one that is registered at: it calls back before it answers."""
        partner = self.receiver
        if (self.command == "POST") == partner.registered:
            return self._say(405, 2000, "wrong state")
        if self.command == "DELETE":
            partner.registered = False
            return self._say(200, 1000)
        details = _called_back(body["url"], body["token"], partner.versions)
        if details is None:
            return self._say(200, 3001, "cannot use your API")
        partner.theirs, partner.registered, partner.token = body["token"], True, secrets.token_urlsafe(24)
        partner.version = details["version"]
        return self._data(partner.credentials(details["version"]))

    def _data(self, data: Any) -> None:
        envelope = {"data": data, "status_code": 1000, "timestamp": "2026-01-01T00:00:00Z"}
        self.answer(200, json.dumps(envelope).encode())

    def endless(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        try:
            while not self.receiver.closing.is_set():
                self.wfile.write(b'{"data": [' + b" " * 65_536)
        except OSError:
            pass  # it was cut off, as it should be


def _called_back(url: str, token: str, known: tuple[str, ...]) -> Any:
    """Our details of the newest version that both know; None where we do not answer."""
    headers = {"Authorization": authorization(token, "base64")}
    versions = requests.get(url, headers=headers, timeout=5)
    if not versions.ok:
        return None
    mutual = [each for each in versions.json()["data"] if each["version"] in known]
    details = requests.get(mutual[-1]["url"], headers=headers, timeout=5)
    return details.json()["data"] if details.ok else None


OWN_DEFECTS: dict[str, Callable[[_PartnerHandler], None]] = {
    "500": lambda handler: handler._say(500, 3000, "out of order"),
    "3000": lambda handler: handler._say(200, 3000, "generic server error"),
    "html": lambda handler: handler.answer(200, b"<html>Log in</html>"),
    "endless": lambda handler: handler.endless(),
    "hang": lambda handler: (handler.receiver.closing.wait(60), setattr(handler, "close_connection", True))[1],
    "elsewhere": lambda handler: handler.answer(307, b"", {"Location": "http://127.0.0.2:9/versions"}),
    "slash": lambda handler: handler.answer(307, b"", {"Location": f"{handler.path}/"}),
}
