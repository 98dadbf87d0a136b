"""Requests under a token that is fetched with user name and password (OAuth2 password grant), and renewed before it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from app.clock import Clock, Millis
from app.delivery.client import Client
from app.delivery.qualicharge.settings import QualiChargeSettings
from app.errors import DeliveryError, DestinationRefused
from app.http.exchange import Answer, json_object, one_line

LIFE_S = 1800
"""Of a token whose answer does not say (QualiCharge: 30 minutes)."""
MARGIN_S = 120
_REMEDY = "Check `username` and `password`, and the scopes and operational units of the account"


class Session:
    def __init__(self, settings: QualiChargeSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._client = Client(settings, clock)
        self._token: str | None = None
        self._ends: Millis = 0

    def send(self, method: str, path: str, body: Sequence[Any] | None = None) -> Answer:
        """An answer of whatever status, but those that `Client.send` raises. A token that is refused is renewed once."""
        kept = self._token is not None and self._clock.now() < self._ends
        if not kept:
            self._renew()
        try:
            return self._asked(method, path, body)
        except DestinationRefused:
            if not kept:
                self._token = None
                raise
        self._renew()
        return self._asked(method, path, body)

    def where(self, method: str, path: str) -> str:
        return self._client.where(method, self._url(path))

    def _asked(self, method: str, path: str, body: Sequence[Any] | None) -> Answer:
        said = None if body is None else orjson.dumps(body)
        return self._told(method, path, {"Authorization": f"Bearer {self._token}"}, said)

    def _told(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, media_type: str = "application/json"
    ) -> Answer:
        headers = {"User-Agent": self._settings.user_agent, **headers}
        if body is not None:
            headers["Content-Type"] = media_type
        try:
            return self._client.send(method, self._url(path), headers, body)
        except DestinationRefused as error:
            raise DestinationRefused(error.what, where=error.where, remedy=_REMEDY) from error

    def _renew(self) -> None:
        self._token, asked = None, self._clock.now()
        form = {"username": self._settings.username, "password": self._settings.password.get_secret_value()}
        given = urlencode({"grant_type": "password", **form}).encode()
        answer = self._told("POST", "/auth/token", {}, given, "application/x-www-form-urlencoded")
        where = self.where("POST", "/auth/token")
        if 400 <= answer.status < 500:
            raise DestinationRefused(f"{answer.said}{reason(answer.body)}", where=where, remedy=_REMEDY)
        told = json_object(answer.body)
        token, life = told.get("access_token"), told.get("expires_in")
        if not answer.succeeded or not isinstance(token, str):
            raise DeliveryError(f"{answer.said} without a token", where=where, remedy="Check `url`; it is tried again")
        self._token = token
        life_s = life if isinstance(life, int) and life > 0 else LIFE_S
        self._ends = asked + max(life_s - MARGIN_S, life_s // 2) * 1000

    def _url(self, path: str) -> str:
        return f"{self._settings.url}{path}"


def reason(body: bytes) -> str:
    """`: {detail}`, short; empty where it says nothing."""
    text = json_object(body).get("detail") or body.decode(errors="replace").strip()
    return f": {one_line(text)}" if text else ""
