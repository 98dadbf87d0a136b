"""Who may connect: identity, password, certificate, version, and how often. No I/O.

A refusal is an HTTP answer: 404 for strangers, 401 for a wrong password, 403 for somebody else's certificate, 429 for who comes
too often, 503 where there is no room.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

from app.clock import Millis
from app.sources.ocpp.frames import subprotocol_of
from app.sources.ocpp.settings import OcppSettings
from app.sources.ocpp.tls import common_name

LONGEST_ID = 48
"""OCPP 2.0.1 part 4, 3.1.1."""
MINUTE: Millis = 60_000
FORGET_AT = 20_000


@dataclass(frozen=True, slots=True)
class Refusal:
    status: HTTPStatus
    why: str
    headers: Mapping[str, str]


class Gate:
    def __init__(self, settings: OcppSettings) -> None:
        self._settings = settings
        self._recent: dict[str, deque[Millis]] = {}

    def identity(self, target: str) -> str | None:
        """The last part of the URL; None where the rest is not `path`."""
        path = urlsplit(target).path
        before, _, last = path.rpartition("/")
        id = unquote(last)
        fits = before == self._settings.path and 0 < len(id) <= LONGEST_ID and id.isprintable()
        return id if fits else None

    def refusal(
        self, id: str, authorization: str | None, certificate: Mapping[str, Any] | None, connected: int, now: Millis
    ) -> Refusal | None:
        """Why a charge point may not connect; None where it may."""
        if id not in self._settings.charge_points and self._settings.strangers == "refuse":
            return Refusal(HTTPStatus.NOT_FOUND, "stranger", {})
        if not self._has_password(id, authorization):
            return Refusal(HTTPStatus.UNAUTHORIZED, "wrong password", {"WWW-Authenticate": 'Basic realm="OCPP"'})
        if self._settings.security_profile == 3 and self._serial(id) not in common_name(certificate).casefold():
            return Refusal(HTTPStatus.FORBIDDEN, "certificate of somebody else", {})
        if self._too_often(id, now):
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, "connects too often", {"Retry-After": "60"})
        if connected >= self._settings.max_connections:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", {"Retry-After": "60"})
        return None

    def subprotocol(self, offered: Sequence[str]) -> str | None:
        """The first that the charge point offers and that is spoken; None where there is none."""
        spoken = {subprotocol_of(version) for version in self._settings.versions}
        return next((one for one in offered if one in spoken), None)

    def _serial(self, id: str) -> str:
        listed = self._settings.charge_points.get(id)
        return (listed.serial if listed and listed.serial else id).casefold()

    def _has_password(self, id: str, authorization: str | None) -> bool:
        listed = self._settings.charge_points.get(id)
        password = listed.password if listed else None
        if self._settings.security_profile not in (1, 2):
            return True
        if password is None:
            return self._settings.upstream is not None  # which judges it
        user, given = _basic(authorization)
        return user == id and any(hmac.compare_digest(given, one) for one in _spellings(password.get_secret_value()))

    def _too_often(self, id: str, now: Millis) -> bool:
        if len(self._recent) > FORGET_AT:
            self._recent = {one: times for one, times in self._recent.items() if times[-1] > now - MINUTE}
        times = self._recent.setdefault(id, deque(maxlen=self._settings.connects_per_minute + 1))
        while times and times[0] <= now - MINUTE:
            times.popleft()
        times.append(now)
        return len(times) > self._settings.connects_per_minute


def _basic(authorization: str | None) -> tuple[str, bytes]:
    """User and password; empty where there is none."""
    kind, _, encoded = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return "", b""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).partition(b":")
        return user.decode(), password
    except (binascii.Error, UnicodeDecodeError):
        return "", b""


def _spellings(password: str) -> list[bytes]:
    """As it was set and, where it is hex digits, the bytes they stand for: OCPP 1.6 charge points send either."""
    found = [password.encode()]
    with suppress(ValueError):
        found.append(bytes.fromhex(password))
    return found
