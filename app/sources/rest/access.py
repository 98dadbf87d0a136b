"""Asking a backend under the source's credentials.

A token that was bought (OAuth 2 client credentials, or a log-in of the backend's own) is kept until a minute before its end, and
renewed once where the backend refuses it earlier. Secrets go to the backend's own origin alone.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from app.clock import Clock, Millis, parse_time
from app.errors import SourceAnswerError, SourceRefused
from app.http.exchange import Answer
from app.sources.http import Transport, origin
from app.sources.ocpi.answer import decode
from app.sources.ocpi.paging import with_query
from app.sources.rest.expression import ExpressionFailed
from app.sources.rest.settings import RestSettings

EARLY: Millis = 60_000
"""So long before its end a token is renewed."""


class Access:
    def __init__(self, settings: RestSettings, clock: Clock) -> None:
        self._settings = settings
        self._auth = settings.description.auth
        self._clock = clock
        self._transport = Transport(settings, clock)
        self._bought: str | None = None
        self._ends: Millis | None = None
        self._home = origin(urlsplit(settings.address("")))

    def get(self, url: str) -> Answer:
        """Raises SourceError."""
        if origin(urlsplit(url)) != self._home:
            return self._transport.get(url)
        held = self._bought if self._holds() else None
        try:
            return self._get(url)
        except SourceRefused:
            if held is None:
                raise
            self._bought = None
            return self._get(url)

    def where(self, url: str) -> str:
        return self._transport.where(url)

    def _get(self, url: str) -> Answer:
        auth, token = self._auth, self._settings.token
        if auth.scheme == "oauth2":
            return self._transport.get(url, {"Authorization": f"Bearer {self._token()}"})
        if auth.scheme == "none" or token is None:
            return self._transport.get(url)
        secret = token.get_secret_value()
        if auth.scheme == "query":
            return self._transport.get(with_query(url, {auth.name: secret}))
        header = {"Authorization": f"Bearer {secret}"} if auth.scheme == "bearer" else {auth.name: secret}
        return self._transport.get(url, header)

    def _token(self) -> str:
        if self._bought is None or not self._holds():
            self._bought, self._ends = self._buy()
        return self._bought

    def _holds(self) -> bool:
        return self._ends is None or self._clock.now() < self._ends

    def _buy(self) -> tuple[str, Millis | None]:
        auth, url = self._auth, self._settings.address(self._auth.path)
        secret = self._settings.client_secret
        given = {
            "{client_id}": self._settings.client_id or "",
            "{client_secret}": secret.get_secret_value() if secret else "",
        }
        sent = {name: given.get(value, value) for name, value in auth.sends.items()}
        body = orjson.dumps(sent) if auth.body == "json" else urlencode(sent).encode()
        kind = "application/json" if auth.body == "json" else "application/x-www-form-urlencoded"
        try:
            answer = self._transport.post(url, body, {"Content-Type": kind})
        except SourceRefused as refused:
            remedy = "Check `client_id` and `client_secret` of the source"
            raise SourceRefused(refused.what, where=refused.where, remedy=remedy) from refused
        said = decode(answer, self.where(url))
        token = _found(auth.token.find, said)
        if not isinstance(token, str) or not token:
            what = f"gave out no token (`{auth.token.text}`)"
            raise SourceAnswerError(what, where=self.where(url), remedy="Check `url` and the description's `auth`")
        return token, self._end(said)

    def _end(self, said: Any) -> Millis | None:
        """When to renew the token; None where the backend does not say: then it is once it is refused."""
        now = self._clock.now()
        seconds = _found(self._auth.seconds.find, said)
        if isinstance(seconds, int | float):
            # Of a token that lives no two minutes, half its life.
            return now + max(round(seconds * 1000) - EARLY, round(seconds * 500))
        try:
            return parse_time(_found(self._auth.until.find, said)) - EARLY if self._auth.until else None
        except (TypeError, ValueError):
            return None


def _found(find: Any, said: Any) -> Any:
    try:
        return find(said)
    except ExpressionFailed:
        return None
