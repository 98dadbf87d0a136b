"""The outermost layer, in front of Flask: preflights, rate limit, ids, conditions, answers already made, places, counting.

1. An answer that is a function of the public feed alone is kept, per path, query and content coding, until the next commit; most
   requests for live pages end here. Everything else goes through to Flask, which says by `environ[KEEP]` what may be kept.
2. What goes through needs one of a few places (`places`). Whoever had to wait for one looks first whether somebody has made the
   answer meanwhile; whoever gets none is told 503 and when to come back.
3. `/healthz` needs none, and no look at the database: the process lives however much is asked of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from werkzeug.http import parse_date, parse_etags, unquote_etag

from app.tracing import span
from app.web import failure
from app.web.encoding import chosen
from app.web.metrics import Requests
from app.web.places import RETRY_AFTER_S, Places

if TYPE_CHECKING:
    from app.web.limits import RateLimit

KEEP = "chargefeed.keep"
ENDPOINT = "chargefeed.endpoint"
KEPT_BYTES = 64 << 20
HEALTH = "/healthz"

Header = tuple[str, str]
Key = tuple[str, str, str]
"""Path, query, content coding."""
StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

PREFLIGHT: list[Header] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "*, Authorization"),
    ("Access-Control-Max-Age", "86400"),
    ("Allow", "GET, HEAD, OPTIONS"),
]
_OF_THE_BODY = frozenset({"content-length", "content-type", "content-encoding"})
_ECHOED = (("HTTP_X_REQUEST_ID", "X-Request-ID"), ("HTTP_X_CORRELATION_ID", "X-Correlation-ID"))
_ID = re.compile(r"[\x21-\x7e]{1,255}")


class Stamped(Protocol):
    def stamp(self) -> object:
        """Differs after every commit."""


class Answer(NamedTuple):
    status: str
    headers: list[Header]
    body: Iterable[bytes]
    etag: str | None
    endpoint: str


class Gate:
    def __init__(
        self,
        app: Application,
        watch: Stamped,
        requests: Requests,
        places: Places,
        limit: RateLimit | None = None,
    ) -> None:
        self._app = app
        self._watch = watch
        self._requests = requests
        self._places = places
        self._limit = limit
        self._stamp = watch.stamp()
        self._kept: dict[Key, Answer] = {}
        self._kept_bytes = 0

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        method: str = environ["REQUEST_METHOD"]
        with span("request", {"http.request.method": method, "url.path": environ["PATH_INFO"]}) as traced:
            answer = self._answer(method, environ)
            if traced is not None:
                traced.set_attributes(
                    {"http.route": answer.endpoint, "http.response.status_code": int(answer.status[:3])}
                )
        headers = answer.headers
        if "HTTP_X_REQUEST_ID" in environ or "HTTP_X_CORRELATION_ID" in environ:
            headers = headers + _echoed(environ)
        start_response(answer.status, headers)
        self._requests.count(answer.endpoint, method, answer.status[:3], time.perf_counter() - started)
        return answer.body

    def _answer(self, method: str, environ: dict[str, Any]) -> Answer:
        if method == "OPTIONS":
            return Answer("204 No Content", PREFLIGHT, [], None, "preflight")
        if environ["PATH_INFO"] == HEALTH:
            return self._asked(environ)
        if self._limit is not None and (wait_s := self._limit.wait_s(environ)) is not None:
            message = self._limit.refusal(wait_s)
            return _refused("429 Too Many Requests", failure.GENERIC_CLIENT, message, wait_s, "limited")
        if method not in ("GET", "HEAD"):
            with self._places.taken() as taken:
                return self._asked(environ) if taken else _crowded()
        return _conditional(self._read(environ), method, environ)

    def _read(self, environ: dict[str, Any]) -> Answer:
        key = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""), chosen(environ.get("HTTP_ACCEPT_ENCODING", "")))
        if kept := self._known(key):
            return kept
        with self._places.taken() as taken:
            if not taken:
                return _crowded()
            return self._known(key) or self._made(key, environ)

    def _known(self, key: Key) -> Answer | None:
        stamp = self._watch.stamp()
        if stamp != self._stamp:
            self._kept, self._kept_bytes, self._stamp = {}, 0, stamp
        return self._kept.get(key)

    def _made(self, key: Key, environ: dict[str, Any]) -> Answer:
        stamp = self._stamp
        inner = {**environ, "REQUEST_METHOD": "GET"}
        answer = self._asked(inner)
        return self._keep(key, stamp, answer) if inner.get(KEEP) else answer

    def _asked(self, environ: dict[str, Any]) -> Answer:
        said: list[Any] = []

        def start_response(status: str, headers: list[Header], exc_info: object = None) -> None:
            said[:] = status, headers

        body = self._app(environ, start_response)
        status, headers = said
        etag = next((value for name, value in headers if name == "ETag"), None)
        return Answer(status, headers, body, etag, environ.get(ENDPOINT, "unknown"))

    def _keep(self, key: Key, stamp: object, answer: Answer) -> Answer:
        whole = b"".join(answer.body)
        answer = answer._replace(body=[whole])
        if stamp == self._stamp:
            if self._kept_bytes > KEPT_BYTES:
                self._kept, self._kept_bytes = {}, 0
            self._kept[key] = answer
            self._kept_bytes += len(whole) + 1000
        return answer


def _conditional(answer: Answer, method: str, environ: dict[str, Any]) -> Answer:
    """304 where the client has it, and no body for HEAD."""
    if answer.status.startswith("200") and _is_known(answer, environ):
        kept = [header for header in answer.headers if header[0].lower() not in _OF_THE_BODY]
        return _emptied(answer)._replace(status="304 Not Modified", headers=kept)
    return _emptied(answer) if method == "HEAD" else answer


def _is_known(answer: Answer, environ: dict[str, Any]) -> bool:
    """If-Modified-Since counts where there is no If-None-Match (RFC 9110, 13.1.3)."""
    condition, since = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")
    if condition is not None:
        return _names(condition, answer.etag)
    if since is None:
        return False
    dates = (since, next((value for name, value in answer.headers if name == "Last-Modified"), ""))
    asked, changed = map(_date, dates)
    return asked is not None and changed is not None and changed <= asked


def _date(text: str) -> datetime | None:
    """None where it is none, as one of a year with twenty digits."""
    try:
        return parse_date(text)
    except OverflowError:
        return None


def _names(condition: str, etag: str | None) -> bool:
    """If-None-Match compares weakly (RFC 9110, 13.1.2)."""
    return etag is not None and (condition == etag or parse_etags(condition).contains_weak(unquote_etag(etag)[0]))


def _emptied(answer: Answer) -> Answer:
    if hasattr(answer.body, "close"):
        answer.body.close()
    return answer._replace(body=[])


def _crowded() -> Answer:
    message = f"more is asked than can be answered just now: wait {RETRY_AFTER_S} s (Retry-After)"
    return _refused("503 Service Unavailable", failure.GENERIC_SERVER, message, RETRY_AFTER_S, "crowded")


def _refused(status: str, status_code: int, message: str, wait_s: int, endpoint: str) -> Answer:
    body = failure.body(status_code, message)
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(wait_s)),
        ("Access-Control-Allow-Origin", "*"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Answer(status, headers, [body], None, endpoint)


def _echoed(environ: dict[str, Any]) -> list[Header]:
    """The caller's message ids (OCPI 2.2.1, Unique message IDs); what could not be one is not sent back."""
    return [(header, environ[name]) for name, header in _ECHOED if _ID.fullmatch(environ.get(name, ""))]
