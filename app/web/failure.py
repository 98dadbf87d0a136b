"""The one shape of every failure: the OCPI envelope without data, `{status_code, status_message, timestamp}`.

In the open feed nobody is authenticated, so the rule that an authenticated request with bad content is answered by HTTP 200
(OCPI, Status codes) does not bind; the failure is said twice, by HTTP and by the OCPI code. A crawler, a cache and a browser see
the first. Below `/ocpi`, where a partner shows its token, the rule is kept.

====  ====  =================================================================
HTTP  OCPI  when
====  ====  =================================================================
400   2001  a parameter cannot be read
400   2002  the id alone does not say which party's object is meant
401   2000  `/ocpi`, `/admin` without a token that is known
403   2000  `/admin`: a form that is not of this site, or too old
404   2000  `/admin` where no token is set
404   2003  no such location, EVSE or connector
404   2000  no such path, party or tariff
405   2000  not GET, HEAD or OPTIONS
410   2000  `since` lies before what the journal holds, or after its head
413   2000  a body that is larger than is taken there
429   2000  too many requests; `Retry-After` says when
500   3000  a defect here; nothing of it is told outside
503   3000  not there yet, database or store do not answer, or more is asked
            than can be answered; `Retry-After` says when
====  ====  =================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from flask import Flask, Response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.clock import SystemClock, format_time
from app.errors import RegistryError, StoreError
from app.wording import worded

GENERIC_CLIENT = 2000
BAD_PARAMETER = 2001
NOT_ENOUGH = 2002
UNKNOWN_LOCATION = 2003
GENERIC_SERVER = 3000

_MESSAGES = {
    404: worded("there is no such path: the front page and /openapi.json list those there are"),
    405: worded("this can only be read: GET, HEAD and OPTIONS are answered"),
    413: worded("the body is larger than anything that is taken here"),
    500: worded("this did not work; it is logged here, and trying again later may help"),
}

_log = structlog.get_logger()


class Failure(HTTPException):
    """An answer other than the one asked for: HTTP code, OCPI code, a sentence that says what and what to do."""

    def __init__(
        self,
        code: int,
        status_code: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status_code = status_code
        self.headers = dict(headers or {})
        self.data = data


def bad_parameter(name: str, value: str, rule: str) -> Failure:
    return Failure(
        400, BAD_PARAMETER, worded("`%(name)s` is %(value)s: %(rule)s", name=name, value=repr(value[:80]), rule=rule)
    )


def unknown(what: str) -> Failure:
    """A location, EVSE or connector that is not there, or not public: nobody can tell which."""
    return Failure(404, UNKNOWN_LOCATION, what)


def body(status_code: int, message: str, data: Mapping[str, Any] | None = None) -> bytes:
    envelope: dict[str, Any] = {"data": data} if data is not None else {}
    envelope |= {"status_code": status_code, "status_message": message, "timestamp": format_time(SystemClock().now())}
    return orjson.dumps(envelope)


def register(app: Flask) -> None:
    app.before_request(_readable)
    app.register_error_handler(HTTPException, answer)
    for lost in (SQLAlchemyError, RegistryError, StoreError):
        app.register_error_handler(lost, _unreachable)
    app.register_error_handler(Exception, _defect)


def _readable() -> None:
    """Raises Failure for a path or query that nothing can be looked up by: not UTF-8, or with NUL, which PostgreSQL refuses."""
    try:
        _ = request.args
    except UnicodeDecodeError:
        request.query_string = b""  # the page that says so looks for a language in it
        message = "the query is not UTF-8: write letters beyond ASCII as %C3%A4"
        raise Failure(400, BAD_PARAMETER, message) from None
    if "\0" in request.path:
        raise Failure(404, GENERIC_CLIENT, _MESSAGES[404])
    if b"%00" in request.query_string:
        raise Failure(400, BAD_PARAMETER, "the query has a NUL (%00): leave it out")


def _defect(error: Exception) -> Response:
    _log.error("request failed", path=request.path, exc_info=error)
    return answer(InternalServerError())


def _unreachable(error: Exception) -> Response:
    _log.error("database or store does not answer", path=request.path, error=str(error))
    message = worded("the data cannot be read just now: try again in a moment")
    return answer(Failure(503, GENERIC_SERVER, message, headers={"Retry-After": "5"}))


def answer(error: HTTPException) -> Response:
    code = error.code or 500
    if 300 <= code < 400:
        return Response(status=code, headers=dict(error.get_headers()))
    message = (error.message if isinstance(error, Failure) else _MESSAGES.get(code)) or error.name
    if isinstance(error, Failure):
        status_code, headers, data = error.status_code, error.headers, error.data
    else:
        status_code = GENERIC_SERVER if code >= 500 else GENERIC_CLIENT
        headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        data = None
    if wants_page():
        page = render_template("error.html", code=code, message=message)
        return Response(page, status=code, headers=headers, mimetype="text/html")
    return Response(body(status_code, message, data), status=code, headers=headers, mimetype="application/json")


def wants_page() -> bool:
    """People get a page, outside the data paths and where their browser asks for one."""
    accepted = request.accept_mimetypes
    asks = accepted["text/html"] > accepted["application/json"]
    return asks and not request.path.startswith(("/open/", "/ocpi/"))
