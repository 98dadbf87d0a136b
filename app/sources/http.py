"""Fetching over HTTP from backends that cannot be trusted to behave.

One request, in this order: send (secrets to the origin that was asked, never to where a redirect leads), follow redirects, wait
and try again what may pass (5xx, 429, broken connections), read at most `max_body` bytes within `timeout` seconds. Ends in an
`Answer` with a 2xx status or in a SourceError that names the source and the URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

import orjson
from pydantic import Field, SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from app.clock import Clock, from_millis
from app.errors import ConfigError, SourceAnswerError, SourceError, SourceRefused, SourceUnreachable
from app.http.certificate import Certificate
from app.http.exchange import Answer, Exchange, NoAnswer, Trouble, one_line, shown
from app.model.duration import Duration
from app.model.outside import decoded
from app.sources.base import SourceSettings

REDIRECTS = 5
_CREDENTIALS = ("token", "token_encoding", "client_id", "client_secret", "certificate", "headers")
_SAYS = ("status_message", "message", "error_description", "error")


class HttpSettings(SourceSettings):
    """What every source understands that is asked over HTTP."""

    timeout: Duration = Field(60, gt=0)
    """Longest time one request may take, from the first byte sent to the last received."""
    retries: int = Field(2, ge=0, le=10)
    """How often a request is repeated within one pull after a server error or a broken connection."""
    retry_wait: Duration = 1.0
    """Wait before the first repetition; doubled, with jitter, for each further one."""
    longest_wait: Duration = 30.0
    """Where the backend asks for a longer wait than this (429, `Retry-After`), the pull ends instead."""
    headers: dict[str, SecretStr] = {}
    """Further request headers, such as `X-Api-Key`. Dropped where a redirect leads to another host."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust instead of the system's, for a backend with a private authority."""
    certificate: Path | None = None
    """Our certificate (PEM or .p12), for a backend that knows its clients by one (mutual TLS)."""
    key: Path | None = None
    """Its private key (PEM). None: it is in the file of the certificate."""
    key_password: SecretStr | None = None
    """Of an encrypted key or .p12."""


class _Passing(Exception):
    """May be gone at the next try."""

    def __init__(self, error: SourceError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class Transport:
    """A session with one backend: connections are kept open between pulls."""

    def __init__(self, settings: HttpSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._ours: Certificate | None = None
        self._connected: Exchange | None = None

    def get(self, url: str, secrets: Mapping[str, str] | None = None) -> Answer:
        """`secrets` are headers for the origin of `url`, beside those of the settings. Raises SourceError."""
        return self._request("GET", url, secrets, None)

    def post(self, url: str, body: bytes, secrets: Mapping[str, str] | None = None) -> Answer:
        """For what may be sent twice, such as a log-in or a query: it is tried again as a `get` is. Raises SourceError."""
        return self._request("POST", url, secrets, body)

    def _request(self, method: str, url: str, secrets: Mapping[str, str] | None, body: bytes | None) -> Answer:
        headers = {name: value.get_secret_value() for name, value in self._settings.headers.items()}
        headers.update(secrets or {})
        tries = Retrying(
            stop=stop_after_attempt(1 + self._settings.retries),
            wait=self._pause,
            retry=retry_if_exception_type(_Passing),
            reraise=True,
        )
        try:
            return tries(self._redirected, method, url, headers, body)
        except _Passing as passing:
            raise passing.error from passing.__cause__

    def where(self, url: str) -> str:
        """The source and the URL, without what is secret in it, for messages."""
        return f"source {self._settings.name}, {shown(url)}"

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Passing) and error.wait is not None:
            return error.wait
        return wait_random_exponential(self._settings.retry_wait, max=self._settings.longest_wait)(state)

    def _redirected(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        for _ in range(REDIRECTS + 1):
            found = self._once(method, url, headers, body)
            if found.redirect is None:
                return found
            target = urljoin(url, found.redirect)
            if not _keeps_secrets(urlsplit(url), urlsplit(target)):
                headers, body = {}, None
            url = target
        raise SourceAnswerError(f"redirects more than {REDIRECTS} times", where=self.where(url), remedy="Check the URL")

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """A success or a redirect."""
        exchange = self._exchange()
        try:
            answer = exchange.send(method, url, headers, body)
        except NoAnswer as none:
            raise self._explained(none, url) from none.__cause__
        if answer.redirect is None:
            self._check_status(answer)
        return answer

    def _exchange(self) -> Exchange:
        """With our certificate where there is one; read again after it expired. Raises SourceRefused."""
        settings = self._settings
        if self._ours is not None and self._ours.is_expired(from_millis(self._clock.now())):
            self._connected = None
        if self._connected is None:
            self._ours = self._certificate(settings.certificate) if settings.certificate else None
            self._connected = Exchange(
                timeout=settings.timeout,
                largest=settings.max_body,
                ca_file=settings.ca_file,
                certificate=self._ours.files if self._ours else None,
            )
        return self._connected

    def _certificate(self, path: Path) -> Certificate:
        where = f"source {self._settings.name}, {path}"
        try:
            ours = Certificate(path, self._settings.key, self._settings.key_password)
        except ConfigError as error:
            remedy = "Set a .p12 or PEM file as `certificate`, its `key` and its `key_password`"
            raise SourceRefused(error.what, where=where, remedy=remedy) from error
        if ours.is_expired(from_millis(self._clock.now())):
            raise SourceRefused(
                f"our certificate has expired: {ours}", where=where, remedy="Put a new one in its place"
            )
        return ours

    def _check_status(self, answer: Answer) -> None:
        status, where = answer.status, self.where(answer.url)
        if answer.succeeded:
            return
        what = answer.said + _message(answer)
        if status in (401, 403):
            raise SourceRefused(what, where=where, remedy=f"Check {self._credentials()} of the source")
        if status == 429 or status >= 500:
            raise self._busy(what, answer)
        raise SourceAnswerError(
            what, where=where, remedy="Check the URL, and the version or backend that the source is set to"
        )

    def _credentials(self) -> str:
        """The settings of the source that let it in."""
        return ", ".join(f"`{name}`" for name in _CREDENTIALS if name in type(self._settings).model_fields)

    def _busy(self, what: str, answer: Answer) -> Exception:
        wait, where = answer.wait_asked_for(self._clock.now()), self.where(answer.url)
        if wait is not None and wait > self._settings.longest_wait:
            remedy = f"It asks to wait {wait:.0f} s; ask it less often (`inventory_every`, `status_every`)"
            return SourceAnswerError(what, where=where, remedy=remedy)
        error = SourceAnswerError(what, where=where, remedy="The backend has to recover; it is asked again")
        return _Passing(error, wait)

    def _explained(self, none: NoAnswer, url: str) -> Exception:
        answered = none.trouble in (Trouble.BROKEN, Trouble.ENCODING, Trouble.TOO_LARGE)
        kind = SourceAnswerError if answered else SourceUnreachable
        error = kind(none.what, where=self.where(url), remedy=none.remedy)
        return _Passing(error) if none.passing else error


def _message(answer: Answer) -> str:
    """What the backend says of it, in the words of OCPI or of OAuth 2, or as most do."""
    try:
        said = decoded(answer.body)
        return next((f": {one_line(said[name])}" for name in _SAYS if isinstance(said.get(name), str)), "")
    except (orjson.JSONDecodeError, AttributeError):
        return ""


def _keeps_secrets(source: SplitResult, target: SplitResult) -> bool:
    """The same origin, or the same host from http to https on the usual ports."""
    if source.hostname != target.hostname:
        return False
    upgraded = (source.scheme, source.port, target.scheme, target.port) == ("http", None, "https", None)
    return upgraded or origin(source) == origin(target)


def origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    usual = {"http": 80, "https": 443}
    return url.scheme, url.hostname, url.port or usual.get(url.scheme)
