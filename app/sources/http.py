"""Fetching over HTTP from backends that cannot be trusted to behave.

One `get`, in this order: send (secrets to the origin that was asked, never to where a redirect leads), follow redirects, wait and
try again what may pass (5xx, 429, broken connections), read at most `max_body` bytes within `timeout` seconds. Ends in an
`Answer` with a 2xx status or in a SourceError that names the source and the URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import orjson
import requests
from pydantic import Field, SecretStr
from requests import exceptions
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from app import __version__
from app.clock import Clock, to_millis
from app.errors import SourceAnswerError, SourceError, SourceRefused, SourceUnreachable
from app.model.duration import Duration
from app.sources.base import SourceSettings
from app.sources.deadline import Deadline, DeadlineAdapter

CONNECT_SECONDS = 10.0
REDIRECTS = 5
CHUNK = 1 << 18
ERROR_BODY = 1 << 16

_SECRET_PARAMETER = re.compile(r"(?i)([^=&]*(?:key|token|secret|password|sig|auth)[^=&]*)=[^&]*")


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


@dataclass(frozen=True, slots=True)
class Answer:
    url: str
    """Where it came from in the end, after redirects."""
    headers: Mapping[str, str]
    """Compared without case."""
    body: bytes
    """Decompressed."""


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
        self._session = requests.Session()
        self._session.auth = _as_it_is
        self._session.headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": f"chargefeed/{__version__}",
        }
        # Given with each request: the environment's REQUESTS_CA_BUNDLE would win over the session's.
        self._verify = str(settings.ca_file) if settings.ca_file else None
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, DeadlineAdapter())

    def get(self, url: str, secrets: Mapping[str, str] | None = None) -> Answer:
        """`secrets` are headers for the origin of `url`, beside those of the settings. Raises SourceError."""
        headers = {name: value.get_secret_value() for name, value in self._settings.headers.items()}
        headers.update(secrets or {})
        tries = Retrying(
            stop=stop_after_attempt(1 + self._settings.retries),
            wait=self._pause,
            retry=retry_if_exception_type(_Passing),
            reraise=True,
        )
        try:
            return tries(self._redirected, url, headers)
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

    def _redirected(self, url: str, headers: Mapping[str, str]) -> Answer:
        for _ in range(REDIRECTS + 1):
            found = self._once(url, headers)
            if isinstance(found, Answer):
                return found
            target = urljoin(url, found)
            if not _keeps_secrets(urlsplit(url), urlsplit(target)):
                headers = {}
            url = target
        raise SourceAnswerError(f"redirects more than {REDIRECTS} times", where=self.where(url), remedy="Check the URL")

    def _once(self, url: str, headers: Mapping[str, str]) -> Answer | str:
        """The answer, or where it redirects to."""
        with Deadline(self._settings.timeout) as deadline:
            try:
                timeouts = (min(CONNECT_SECONDS, deadline.seconds), deadline.seconds)
                with self._session.get(
                    url, headers=headers, stream=True, allow_redirects=False, timeout=timeouts, verify=self._verify
                ) as response:
                    if response.is_redirect:
                        return str(response.headers["Location"])
                    self._check_status(response, url)
                    body = self._read(response, url)
                    if deadline.passed:
                        raise exceptions.ReadTimeout
                    return Answer(url, response.headers, body)
            except exceptions.RequestException as error:
                raise self._explained(error, url, deadline) from error

    def _read(self, response: requests.Response, url: str) -> bytes:
        limit = self._settings.max_body
        declared = response.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise self._too_large(url)
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if size > limit:
                raise self._too_large(url)
            chunks.append(chunk)
        return b"".join(chunks)

    def _too_large(self, url: str) -> SourceAnswerError:
        return SourceAnswerError(
            f"the answer is larger than {self._settings.max_body} bytes",
            where=self.where(url),
            remedy="Raise `max_body` of the source if that is really its size",
        )

    def _check_status(self, response: requests.Response, url: str) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        what = f"HTTP {status} {one_line(response.reason or '')}".rstrip() + self._message(response)
        if status in (401, 403):
            remedy = "Check `token`, `token_encoding` or `headers` of the source"
            raise SourceRefused(what, where=self.where(url), remedy=remedy)
        if status == 429 or status >= 500:
            raise self._busy(what, response, url)
        raise SourceAnswerError(what, where=self.where(url), remedy="Check the URL and the OCPI version of the source")

    def _busy(self, what: str, response: requests.Response, url: str) -> Exception:
        wait = self._wait_asked_for(response.headers.get("Retry-After", ""))
        error = SourceAnswerError(what, where=self.where(url), remedy="The backend has to recover; it is asked again")
        if wait is not None and wait > self._settings.longest_wait:
            remedy = f"It asks to wait {wait:.0f} s; ask it less often (`inventory_every`, `status_every`)"
            return SourceAnswerError(what, where=self.where(url), remedy=remedy)
        return _Passing(error, wait)

    def _wait_asked_for(self, text: str) -> float | None:
        """Seconds (RFC 9110 10.2.3: a number of seconds or a date); None where it says nothing."""
        if text.strip().isdecimal():
            return float(text)
        try:
            return max(0.0, (to_millis(parsedate_to_datetime(text)) - self._clock.now()) / 1000)
        except ValueError:
            return None

    def _message(self, response: requests.Response) -> str:
        """What the backend says of it, if it speaks OCPI."""
        try:
            found = orjson.loads(next(response.iter_content(ERROR_BODY), b""))
            return f": {one_line(found['status_message'])}"
        except (orjson.JSONDecodeError, KeyError, TypeError, exceptions.RequestException):
            return ""

    def _explained(self, error: exceptions.RequestException, url: str, deadline: Deadline) -> Exception:
        where = self.where(url)
        if deadline.passed or isinstance(error, exceptions.Timeout):
            what = f"no whole answer within {deadline.seconds:g} s"
            return _Passing(SourceUnreachable(what, where=where, remedy="Raise `timeout` if it is just slow"))
        if isinstance(error, exceptions.SSLError):
            what = f"no secure connection ({_reason(error)})"
            return SourceUnreachable(what, where=where, remedy="Check the certificate, or set `ca_file`")
        if isinstance(error, exceptions.ChunkedEncodingError):
            what = f"the answer broke off ({_reason(error)})"
            return _Passing(SourceAnswerError(what, where=where, remedy="It is asked again"))
        if isinstance(error, exceptions.ContentDecodingError):
            return SourceAnswerError("the answer is not compressed as its Content-Encoding says", where=where)
        if isinstance(error, exceptions.ConnectionError):
            what = f"no connection ({_reason(error)})"
            return _Passing(SourceUnreachable(what, where=where, remedy="Check host, port and network"))
        return SourceUnreachable(f"not a URL to fetch ({_reason(error)})", where=where, remedy="Check the URL")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps `requests` from putting a password of ~/.netrc in the place of the token."""
    return request


def _reason(error: BaseException) -> str:
    """The innermost cause, which alone says something: `[Errno 111] Connection refused`."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    inner = getattr(error, "reason", None)
    return _reason(inner) if isinstance(inner, BaseException) else str(error)[:200]


def _keeps_secrets(source: SplitResult, target: SplitResult) -> bool:
    """The same origin, or the same host from http to https on the usual ports."""
    if source.hostname != target.hostname:
        return False
    upgraded = (source.scheme, source.port, target.scheme, target.port) == ("http", None, "https", None)
    return upgraded or origin(source) == origin(target)


def origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    usual = {"http": 80, "https": 443}
    return url.scheme, url.hostname, url.port or usual.get(url.scheme)


def one_line(text: object) -> str:
    """What a backend says, fit for a message, a log and every database."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text)[:300])


def shown(url: str) -> str:
    """A URL as messages show it: no password, no key."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = _SECRET_PARAMETER.sub(r"\1=…", parts.query)
    return one_line(urlunsplit(parts._replace(netloc=host, query=query)))
