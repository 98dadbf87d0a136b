"""Who may enter `/admin`: whoever shows a token of `admin_tokens`, as a bearer or, in a browser, once in a form.

1. The form gives a cookie: signed by a key that is made when the server starts, for HOURS, and sent with this site's own requests
   alone.
2. Whoever comes by cookie shows the mark of the page with each form (CSRF); a bearer need not.
3. Nothing of it is stored by browsers or caches, listed by search engines, or told to pages of other sites.
"""

from __future__ import annotations

import os
import secrets
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import ClassVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

from app.settings import Settings
from app.web.door import Door, bearer
from app.web.failure import GENERIC_CLIENT, Failure, answer, wants_page
from app.web.server import SESSION_KEY

COOKIE = "chargefeed_admin"
HOURS = 1
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_CLOSED = (
    "no admin token is set: make one (openssl rand -hex 24), write `admin_tokens: [${ADMIN_TOKEN}]` in the settings, and start "
    "the server with it in the environment"
)

area = Blueprint("admin", __name__)


class Access:
    """One per process."""

    EXTENSION: ClassVar[str] = "admin"

    def __init__(self, settings: Settings) -> None:
        key = os.environ.get(SESSION_KEY) or secrets.token_hex(32)
        self.home = f"{urlsplit(settings.web.url).path}/admin"
        self.secure = settings.web.url.startswith("https://")
        self._key = key.encode()
        self._signer = URLSafeTimedSerializer(key, salt=COOKIE)
        self.door = Door("admin", "admin_tokens", settings.admin_tokens, settings.web.trusted_proxies)

    def begin(self) -> str:
        """The cookie of a new session."""
        return str(self._signer.dumps(secrets.token_urlsafe(16)))

    def mark(self, cookie: str) -> str | None:
        """What the forms of that session's pages carry; None: it is over, or never was."""
        try:
            session = self._signer.loads(cookie, max_age=HOURS * 3600)
        except BadData:
            return None
        return hmac_digest(self._key, str(session).encode(), "sha256").hex()


def access() -> Access:
    found: Access = current_app.extensions[Access.EXTENSION]
    return found


@area.before_request
def _enter() -> None:
    """Raises Failure."""
    own = access()
    if not own.door.is_open:
        raise Failure(404, GENERIC_CLIENT, _CLOSED)
    if request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site") and request.method != "GET":
        raise Failure(403, GENERIC_CLIENT, "this form is not of this site: open the page here, and send it again")
    token = bearer(request.headers.get("Authorization", ""))
    if token is not None:
        own.door.admit(token, request.environ)
    elif request.endpoint != f"{area.name}.sign_in":
        _come_by_cookie(own)


def _come_by_cookie(own: Access) -> None:
    mark = own.mark(request.cookies.get(COOKIE, ""))
    if mark is None:
        raise own.door.refusal("a token is needed here: show one as `Authorization: Bearer …`, or sign in by a browser")
    if request.method == "POST" and not compare_digest(request.form.get("mark", "").encode(), mark.encode()):
        raise Failure(403, GENERIC_CLIENT, "this form is too old: open the page again, and send it from there")
    g.mark = mark


@area.get("/")
def home() -> AnyResponse:
    return redirect(f"{access().home}/deliveries")


@area.post("/sign-in")
def sign_in() -> AnyResponse:
    own = access()
    own.door.admit(request.form.get("token", ""), request.environ)
    response = redirect(f"{own.home}/deliveries", 303)
    response.set_cookie(
        COOKIE, own.begin(), HOURS * 3600, path=own.home, secure=own.secure, httponly=True, samesite="Strict"
    )
    return response


@area.post("/sign-out")
def sign_out() -> AnyResponse:
    response = redirect(f"{access().home}/deliveries", 303)
    response.delete_cookie(COOKIE, path=access().home, secure=access().secure, httponly=True, samesite="Strict")
    return response


@area.errorhandler(Failure)
def _failed(error: Failure) -> Response:
    if error.code not in (401, 429) or not wants_page():
        return answer(error)
    wrong = str(error.description) if request.method == "POST" else ""
    page = render_template("admin/sign-in.html", wrong=wrong, home=access().home)
    return Response(page, status=error.code, headers=error.headers, mimetype="text/html")


@area.after_request
def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.vary.update(("Accept", "Authorization", "Cookie"))
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = CSP
    return response
