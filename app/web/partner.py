"""`/ocpi/…`: the Sender interface for partners by tokens that were exchanged by hand (`pull_token` of a destination).

The same lists and objects as the open feed's, of the destination's parties and countries. A token is shown as OCPI wants it,
plain or in Base64, and compared by its hash, in constant time. An authenticated request with a parameter that cannot be read is
answered by HTTP 200 and 2001 (OCPI, Status codes); routing headers come back swapped (Message Routing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

from flask import Blueprint, Response, g, request

from app.delivery.settings import DestinationSettings
from app.formats.ocpi.token import presented
from app.registry.projection import View
from app.web import ocpi
from app.web.failure import GENERIC_CLIENT, Failure, answer, body
from app.web.site import Scope, site

PREFIX = "/ocpi/cpo"
_SWAPPED = {
    "OCPI-to-country-code": "OCPI-from-country-code",
    "OCPI-to-party-id": "OCPI-from-party-id",
    "OCPI-from-country-code": "OCPI-to-country-code",
    "OCPI-from-party-id": "OCPI-to-party-id",
}
_CODE = re.compile(r"[A-Za-z0-9]{2,3}")

area = Blueprint("partner", __name__)
area.add_url_rule("/versions", view_func=ocpi.versions)
area.add_url_rule("/cpo/<version>", view_func=ocpi.details)
area.add_url_rule("/cpo/<version>/<any(locations, tariffs):module>", view_func=ocpi.objects)
area.add_url_rule("/cpo/<version>/locations/<path:ids>", view_func=ocpi.single)


@area.before_request
def _authorise() -> None:
    view = view_of(request.headers.get("Authorization", ""), site().settings.destinations)
    if view is None:
        message = "a token is needed here: `Authorization: Token …`, as it was handed out"
        raise Failure(401, GENERIC_CLIENT, message, headers={"WWW-Authenticate": "Token"})
    g.scope = Scope(PREFIX, partner=view)


def view_of(header: str, destinations: Iterable[DestinationSettings]) -> View | None:
    """What the bearer of the token in this header may see; None: it is nobody's."""
    shown = [sha256(token.encode()).hexdigest() for token in presented(header)]
    found = None
    for each in destinations:
        for one in shown:
            if each.pull_hash is not None and compare_digest(one, each.pull_hash):
                found = View(each.parties, each.countries)  # and go on: how long it takes tells nothing
    return found


@area.errorhandler(Failure)
def _failed(error: Failure) -> Response:
    if error.code == 400:
        return Response(body(error.status_code, str(error.description)), mimetype="application/json")
    return answer(error)


@area.after_request
def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-cache" if response.status_code == 200 else "no-store"
    response.vary.add("Authorization")
    if request.endpoint in ("partner.objects", "partner.single"):
        for ours, theirs in _SWAPPED.items():
            if _CODE.fullmatch(request.headers.get(theirs, "")):
                response.headers[ours] = request.headers[theirs]
    return response
