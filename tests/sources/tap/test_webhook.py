"""Posts by HTTP as a source: each is answered once it is safe, and nobody without the secret is heard."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from app.sources.served import MOST_AT_ONCE
from tests.certificates import Authority
from tests.processes import free_port, wait_for
from tests.sources.tap.listening import Listening, listening, tap_of

FIELDS = {"fields": {"evse": "id", "status": "state", "occurred_at": "since"}}
CHARGING = {"id": "DE*ABC*E1", "state": "Charging", "since": "2026-11-24T06:00:00Z"}
PATTERN = "DE*ABC*E{charger}*{connector}"


class Hook:
    def __init__(self, **given: Any) -> None:
        self.port = free_port()
        given = {"path": "/hooks/status", "token": "open", "describes": FIELDS, **given}
        self.tap = tap_of("webhook", port=self.port, **given)
        self.path = given["path"]
        self.scheme, self.verify = "http", None

    def is_up(self) -> None:
        wait_for(lambda: self._answers())

    def post(self, body: Any, path: str | None = None, **headers: str) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"{self.scheme}://127.0.0.1:{self.port}{path or self.path}"
        given = {"Authorization": "Bearer open", **headers}
        return requests.post(url, data=data, headers=given, timeout=10, verify=self.verify).status_code

    def _answers(self) -> bool:
        try:
            return self.post(b"", "/elsewhere") == 404
        except requests.ConnectionError:
            return False


def frame(action: str, payload: dict[str, Any], at: str = "2026-11-24T06:00:00Z") -> dict[str, Any]:
    """What CitrineOS posts of a message of CP1."""
    info = {"origin": "cs", "action": action, "timestamp": at}
    said = json.dumps([2, "1", action, payload])
    return {"stationId": "CP1", "event": "message", "origin": "cs", "message": said, "info": info}


def test_what_is_posted_is_told_and_answered_once_it_is_safe() -> None:
    hook, heard = Hook(), Listening()
    with listening(hook.tap, heard):
        hook.is_up()
        assert hook.post(CHARGING) == 204
        heard.until(("DE*ABC*E1", "CHARGING"))
        heard.away = True
        assert hook.post({**CHARGING, "id": "DE*ABC*E2"}) == 503
        heard.away = False
        heard.until(("DE*ABC*E1", "CHARGING"), ("DE*ABC*E2", "CHARGING"))


def test_nobody_without_the_secret_is_heard() -> None:
    hook = Hook(max_body=1000, signing_key="key")
    with listening(hook.tap) as heard:
        hook.is_up()
        body = json.dumps(CHARGING).encode()
        signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
        assert hook.post(body) == 401
        assert hook.post(body, **{"X-Signature": signature, "Authorization": "Bearer shut"}) == 401
        assert hook.post(body + b" ", **{"X-Signature": signature}) == 401
        assert hook.post(b" " * 1001, **{"X-Signature": signature}) == 413
        assert heard.told == []
        assert hook.post(body, **{"X-Signature": f"sha256={signature}"}) == 204
        heard.until(("DE*ABC*E1", "CHARGING"))


def test_a_source_that_anybody_could_feed_is_refused() -> None:
    with pytest.raises(ValidationError, match="path` with a secret"):
        Hook(token=None)


def test_what_cannot_be_read_is_taken_and_told_without_the_path() -> None:
    hook = Hook()
    with listening(hook.tap) as heard:
        hook.is_up()
        assert hook.post(b"<html>") == 204
        assert hook.post(CHARGING) == 204
        wait_for(lambda: bool(heard.problems))
    [problem] = heard.problems
    assert "is no JSON" in problem["what"]
    assert hook.path not in problem["where"]


def test_citrineos_tells_statuses_and_that_a_station_is_gone() -> None:
    hook = Hook(
        token=None, path="/hooks/0123456789abcdef", describes=None, backend="citrineos-webhook", evse_id_pattern=PATTERN
    )
    with listening(hook.tap) as heard:
        hook.is_up()
        assert (
            hook.post(frame("StatusNotification", {"connectorId": 1, "status": "Charging", "errorCode": "NoError"}))
            == 204
        )
        assert hook.post(frame("Heartbeat", {})) == 204
        new = {"evseId": 2, "connectorId": 1, "connectorStatus": "Available", "timestamp": "2026-11-24T06:01:00Z"}
        assert hook.post(frame("StatusNotification", new)) == 204
        assert hook.post({"stationId": "CP1", "event": "closed"}) == 204
        assert hook.post({"stationId": "CP1", "event": "connected"}) == 204
        first, second = "DE*ABC*ECP1*1", "DE*ABC*ECP1*2"
        gone, back = ((first, "UNKNOWN"), (second, "UNKNOWN")), ((first, "CHARGING"), (second, "AVAILABLE"))
        heard.until((first, "CHARGING"), (second, "AVAILABLE"), *gone, *back)


def test_it_listens_with_tls(tmp_path: Any) -> None:
    authority = Authority("hooks")
    trusted = tmp_path / "authority.pem"
    trusted.write_bytes(authority.pem())
    hook = Hook(certificate=authority.issue("127.0.0.1").write(tmp_path / "server.pem"))
    hook.scheme, hook.verify = "https", str(trusted)
    with listening(hook.tap) as heard:
        hook.is_up()
        assert hook.post(CHARGING) == 204
        heard.until(("DE*ABC*E1", "CHARGING"))


def test_more_posts_at_once_than_it_takes_are_sent_away_and_come_again() -> None:
    hook = Hook()
    with listening(hook.tap) as heard, ExitStack() as stack:
        hook.is_up()
        for _ in range(MOST_AT_ONCE):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", hook.port)))
            half.sendall(b"POST /hooks/status HTTP/1.1\r\n")
        wait_for(lambda: hook.post(CHARGING) == 503)
        answer = requests.post(f"http://127.0.0.1:{hook.port}/hooks/status", json=CHARGING, timeout=10)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        stack.close()
        wait_for(lambda: hook.post(CHARGING) == 204)
        heard.until(("DE*ABC*E1", "CHARGING"))
