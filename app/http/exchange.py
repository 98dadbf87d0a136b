"""One request and its answer, with a server that cannot be trusted to behave.

A time for the whole of it, a limit for what is read, no redirect followed, no secret of the machine sent along. What the answer
means is for the caller to say; whatever keeps it from coming is a NoAnswer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import requests
from requests import exceptions

from app import __version__
from app.clock import Millis, to_millis
from app.http.deadline import Deadline, DeadlineAdapter
from app.http.environment import Environment
from app.http.public import PublicAdapter

CONNECT_SECONDS = 10.0
CHUNK = 1 << 18
ERROR_BODY = 1 << 16
"""So much is read of an answer that is no success."""
OWN_HEADERS = {"Accept": "application/json", "User-Agent": f"chargefeed/{__version__}"}
ENCODINGS = "gzip, deflate"

_CONNECTION = re.compile(r"^\w+\(host=[^)]*\): ")
"""How urllib3 begins what it says of one; the URL is told anyway."""
_SECRET_PARAMETER = re.compile(r"(?i)([^=&]*(?:key|token|secret|password|sig|auth)[^=&]*)=[^&]*")


class Trouble(StrEnum):
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    BROKEN = "broken"
    """The answer broke off."""
    TLS = "tls"
    ENCODING = "encoding"
    TOO_LARGE = "too large"
    URL = "url"


class NoAnswer(Exception):
    """What came instead of a whole answer, and what a person can do."""

    def __init__(self, trouble: Trouble, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.trouble = trouble
        self.what = what
        self.remedy = remedy

    @property
    def passing(self) -> bool:
        """It may be gone at the next try."""
        return self.trouble in (Trouble.TIMEOUT, Trouble.CONNECTION, Trouble.BROKEN)


@dataclass(frozen=True, slots=True)
class Answer:
    url: str
    """Where it came from."""
    status: int
    reason: str
    headers: Mapping[str, str]
    """Compared without case."""
    body: bytes
    """Decompressed; empty where it redirects."""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def redirect(self) -> str | None:
        """Where it leads to, as it is written there."""
        return self.headers.get("Location") if self.status in (301, 302, 303, 307, 308) else None

    @property
    def said(self) -> str:
        """`HTTP 503 Service Unavailable`."""
        return f"HTTP {self.status} {one_line(self.reason)}".rstrip()

    def wait_asked_for(self, now: Millis) -> float | None:
        """Seconds of `Retry-After` (RFC 9110 10.2.3: a number of seconds or a date); None where it says nothing."""
        text = self.headers.get("Retry-After", "").strip()
        if (seconds := whole_number(text)) is not None:
            return float(seconds)
        try:
            return max(0.0, (to_millis(parsedate_to_datetime(text)) - now) / 1000)
        except (ValueError, OverflowError):
            return None


class Exchange:
    """With one server: connections are kept open. Threads may share it, up to `connections` at a time."""

    def __init__(
        self,
        *,
        timeout: float,
        largest: int,
        ca_file: Path | None = None,
        certificate: tuple[Path, Path] | None = None,
        connections: int = 1,
        public_only: bool = False,
    ) -> None:
        """`timeout`: seconds for a whole request. `largest`: bytes of an answer, decompressed. `ca_file`: authorities to
        trust in place of the system's. `certificate`: ours, and its key (PEM). `public_only`: whoever named the server is
        not to make us call one inside our own network."""
        self._timeout = timeout
        self._largest = largest
        self._session = requests.Session()
        self._session.auth = _as_it_is
        self._session.headers = {**OWN_HEADERS, "Accept-Encoding": ENCODINGS}
        self._session.cert = (str(certificate[0]), str(certificate[1])) if certificate else None
        self._session.trust_env = False
        self._environment = Environment(heeded=not public_only)
        self._verify = self._environment.authorities(ca_file) or True
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, (PublicAdapter if public_only else DeadlineAdapter)(pool_maxsize=connections))

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterable[bytes] | None = None
    ) -> Answer:
        """Raises NoAnswer."""
        with Deadline(self._timeout) as deadline:
            try:
                timeouts = (min(CONNECT_SECONDS, deadline.seconds), deadline.seconds)
                with self._session.request(
                    method,
                    url,
                    headers=headers,
                    data=body,
                    stream=True,
                    allow_redirects=False,
                    timeout=timeouts,
                    verify=self._verify,
                    proxies=self._environment.proxies(url),
                ) as response:
                    answer = self._read(response, url)
                if deadline.passed:
                    raise exceptions.ReadTimeout
                return answer
            except exceptions.RequestException as error:
                raise _explained(error, deadline) from error

    def _read(self, response: requests.Response, url: str) -> Answer:
        if response.is_redirect:
            body = b""
        elif 200 <= response.status_code < 300:
            body = self._whole(response)
        else:
            body = next(response.iter_content(ERROR_BODY), b"")
        return Answer(url, response.status_code, response.reason or "", response.headers, body)

    def _whole(self, response: requests.Response) -> bytes:
        declared = whole_number(response.headers.get("Content-Length", ""))
        if declared is not None and declared > self._largest:
            raise too_large(self._largest)
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if size > self._largest:
                raise too_large(self._largest)
            chunks.append(chunk)
        return b"".join(chunks)


def too_large(largest: int) -> NoAnswer:
    return NoAnswer(
        Trouble.TOO_LARGE,
        f"the answer is larger than {largest} bytes",
        "Raise `max_body` if that is really its size",
    )


def too_late(seconds: float) -> NoAnswer:
    return NoAnswer(Trouble.TIMEOUT, f"no whole answer within {seconds:g} s", "Raise `timeout` if it is just slow")


def _explained(error: exceptions.RequestException, deadline: Deadline) -> NoAnswer:
    if deadline.passed or isinstance(error, exceptions.Timeout):
        return too_late(deadline.seconds)
    if isinstance(error, exceptions.SSLError):
        what = f"no secure connection ({_reason(error)})"
        return NoAnswer(Trouble.TLS, what, "Check the certificate, or set `ca_file`")
    if isinstance(error, exceptions.ChunkedEncodingError):
        return NoAnswer(Trouble.BROKEN, f"the answer broke off ({_reason(error)})", "It is asked again")
    if isinstance(error, exceptions.ContentDecodingError):
        return NoAnswer(Trouble.ENCODING, "the answer is not compressed as its Content-Encoding says")
    if isinstance(error, exceptions.ConnectionError):
        return NoAnswer(Trouble.CONNECTION, f"no connection ({_reason(error)})", "Check host, port and network")
    return NoAnswer(Trouble.URL, f"not a URL to fetch ({_reason(error)})", "Check the URL")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps `requests` from putting a password of ~/.netrc in the place of the token."""
    return request


def _reason(error: BaseException) -> str:
    """The innermost cause, which alone says something: `[Errno 111] Connection refused`."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    inner = getattr(error, "reason", None)
    return _reason(inner) if isinstance(inner, BaseException) else _CONNECTION.sub("", str(error))[:200]


def json_object(body: bytes) -> dict[str, Any]:
    """What an answer says, where that is a JSON object; else nothing."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def whole_number(text: str) -> int | None:
    """What a header says, as Content-Length; None where it is none, or one of more than 15 digits."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= 15 else None


def one_line(text: object) -> str:
    """What a server says, fit for a message, a log and every database."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text)[:300])


def shown(url: str) -> str:
    """A URL as messages show it: no password, no key."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = _SECRET_PARAMETER.sub(r"\1=…", parts.query)
    return one_line(urlunsplit(parts._replace(netloc=host, query=query)))
