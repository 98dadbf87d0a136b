"""What every answer gets on its way out: content coding, ETag, cross-origin and security headers."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import brotli
import orjson
import zstandard
from flask import Flask, Response, request
from isal import igzip

from app.clock import format_time
from app.web.encoding import chosen
from app.web.gate import ENDPOINT, KEEP
from app.web.site import site

SMALLEST = 600
"""Bytes below which a content coding does not pay."""

CLOSED = frozenset({"admin", "relay", "relayed"})
"""Blueprints whose answers are nothing for the pages of other sites."""

FOR_EVER = "public, max-age=31536000, immutable"
_SELF = "'self'"
_IMAGES = "'self' data:"
EXPOSED = "Link, X-Total-Count, X-Limit, ETag, Last-Modified, Retry-After, X-Request-ID, X-Correlation-ID"


def page_policy(images: str = "", connect: str = "") -> str:
    """Of a page: everything from here alone, but for pictures and connections of the hosts that are named."""
    return (
        f"default-src 'none'; style-src 'self'; script-src 'self'; img-src {' '.join(filter(None, (_IMAGES, images)))}; "
        f"connect-src {' '.join(filter(None, (_SELF, connect)))}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


CSP_PAGE = page_policy()
CSP_DATA = "default-src 'none'; frame-ancestors 'none'"
_TEXTUAL = (
    "application/json",
    "application/geo+json",
    "application/ld+json",
    "text/",
    "application/javascript",
    "image/svg+xml",
)


def register(app: Flask) -> None:
    app.before_request(_name_endpoint)
    app.after_request(_finish)


def keep(response: Response) -> Response:
    """Marks an answer as a function of the public feed alone, valid until the next commit."""
    request.environ[KEEP] = True
    return response


def json_answer(body: bytes, etag_of: bytes | None = None) -> Response:
    """`etag_of`: what decides whether the answer changed, where not each of its bytes does (the envelope's timestamp)."""
    response = Response(body, content_type="application/json")
    if etag_of is not None:
        response.set_etag(blake2b(etag_of, digest_size=12).hexdigest(), weak=True)
    return response


def success(data: Any, status: int = 200) -> Response:
    """OCPI's envelope; without `data` where there is none."""
    said = {} if data is None else {"data": data}
    envelope = {**said, "status_code": 1000, "timestamp": format_time(site().clock.now())}
    return Response(orjson.dumps(envelope), status, mimetype="application/json")


def compress(coding: str, body: bytes) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body))
    if coding == "zstd":
        return zstandard.compress(body, 3)
    return igzip.compress(body, 2, mtime=0)


def _name_endpoint() -> None:
    if request.endpoint is not None:
        request.environ[ENDPOINT] = request.endpoint


def _finish(response: Response) -> Response:
    headers = response.headers
    page = response.mimetype == "text/html"
    headers.setdefault("Content-Security-Policy", CSP_PAGE if page else CSP_DATA)
    headers["X-Content-Type-Options"] = "nosniff"
    if site().settings.web.url.startswith("https://"):  # browsers heed it over TLS alone
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers["Referrer-Policy"] = "no-referrer" if not page else "strict-origin-when-cross-origin"
    headers.setdefault("Cache-Control", "no-cache" if response.status_code == 200 else "no-store")
    if not page and CLOSED.isdisjoint(request.blueprints):
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = EXPOSED
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if response.status_code == 200 and response.is_sequence:
        if "ETag" not in headers:
            response.set_etag(blake2b(response.get_data(), digest_size=12).hexdigest())
        _encode(response)
    return response


def _encode(response: Response) -> None:
    if "Content-Encoding" in response.headers or not (response.mimetype or "").startswith(_TEXTUAL):
        return
    response.vary.add("Accept-Encoding")
    coding = chosen(request.headers.get("Accept-Encoding", ""))
    body = response.get_data()
    if coding == "identity" or len(body) < SMALLEST:
        return
    response.set_data(compress(coding, body))
    response.headers["Content-Encoding"] = coding
    tag, weak = response.get_etag()
    response.set_etag(f"{tag}-{coding}", weak=bool(weak))
