"""`/ocpi/…`: the Sender interface for partners, who register by credentials or have a token that was agreed by hand.

Lists and objects are the open feed's, by a view that is each partner's own. A token is taken plain or in Base64; one to register
with (A) is good for versions and credentials alone. An authenticated request with a parameter that cannot be read
is answered by HTTP 200 and 2001 (OCPI, Status codes); routing headers come back swapped (Message Routing).
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, g, request

from app.roaming.partners import Stage
from app.web import ocpi
from app.web.caller import caller_of
from app.web.credentials import METHODS, credentials
from app.web.failure import BAD_PARAMETER, GENERIC_CLIENT, NOT_ENOUGH, Failure, answer, body
from app.web.hub_clients import hub_client
from app.web.site import site

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
area.add_url_rule("/cpo/<version>/credentials", view_func=credentials, methods=METHODS)
area.add_url_rule(
    "/cpo/<version>/hubclientinfo/<country_code>/<party_id>", view_func=hub_client, methods=("GET", "PUT")
)
_CONFIGURATION = {"partner.versions", "partner.details", "partner.credentials"}
_ALLOWED = {
    Stage.INVITED: _CONFIGURATION,
    Stage.EXPECTED: {"partner.versions", "partner.details"},
}


def guard(area: Blueprint) -> None:
    """Lets in whoever shows a partner's token, and answers as partners expect it."""
    area.before_request(_authorise)
    area.register_error_handler(Failure, _failed)
    area.after_request(_finish)


def _authorise() -> None:
    caller = caller_of(request.headers.get("Authorization", ""), site().settings)
    if caller is None or request.endpoint not in _ALLOWED.get(caller.stage, {request.endpoint}):
        message = "a token is needed here: `Authorization: Token …`, as it was handed out"
        raise Failure(401, GENERIC_CLIENT, message, headers={"WWW-Authenticate": "Token"})
    g.caller = caller
    g.scope = caller.scope((request.view_args or {}).get("version", ""))


def _failed(error: Failure) -> Response:
    if error.status_code in (BAD_PARAMETER, NOT_ENOUGH):
        return Response(body(error.status_code, str(error.description)), mimetype="application/json")
    return answer(error)


def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-cache" if response.status_code == 200 else "no-store"
    response.vary.add("Authorization")
    if request.endpoint not in _CONFIGURATION:
        for ours, theirs in _SWAPPED.items():
            if _CODE.fullmatch(request.headers.get(theirs, "")):
                response.headers[ours] = request.headers[theirs]
    return response


guard(area)
