"""`/ocpi/cpo/{version}/credentials`: how a partner registers, updates and ends its registration (OCPI credentials module).

A wrong state is HTTP 405: POST while registered, PUT and DELETE while not. What does not work in the call-back is told by 3001,
3002 or 3003 under HTTP 200, a body that is no JSON by HTTP 400.
"""

from __future__ import annotations

import structlog
from flask import Response, g, request

from app.errors import DestinationUnreachable, PartnerError
from app.formats.ocpi.token import presented
from app.model.token import hash_shown
from app.roaming.partners import Stage
from app.web.caller import Caller, handshakes
from app.web.failure import GENERIC_CLIENT, Failure, body
from app.web.incoming import read_json
from app.web.ocpi import check_version
from app.web.outgoing import success

LARGEST = 1 << 16
"""Bytes of a body."""
METHODS = ("GET", "POST", "PUT", "DELETE")

_log = structlog.get_logger()


def credentials(version: str) -> Response:
    caller: Caller = g.caller
    check_version(version)
    if caller.partner is None:
        raise Failure(404, GENERIC_CLIENT, "the token was agreed by hand: there is nothing to register for")
    wanted = Stage.INVITED if request.method == "POST" else Stage.REGISTERED
    if request.method != "GET" and caller.stage is not wanted:
        raise _wrong_state(caller.stage)
    try:
        return {"GET": _shown, "DELETE": _ended}.get(request.method, _registered)(version, caller)
    except PartnerError as error:
        _log.warning("handshake failed", partner=caller.partner.name, error=str(error))
        unreached = isinstance(error.__cause__, DestinationUnreachable)
        said = "your server cannot be reached from here" if unreached else error.what
        return Response(body(error.status_code, said), mimetype="application/json")


def _shown(version: str, caller: Caller) -> Response:
    """Ours, with the token that was shown: of it, only the hash is kept."""
    assert caller.partner is not None
    token = next(each for each in presented(request.headers["Authorization"]) if hash_shown(each) == caller.shown)
    return success(handshakes().ourselves.credentials(caller.partner, version, token))


def _registered(version: str, caller: Caller) -> Response:
    assert caller.partner is not None
    answer = handshakes().answer(caller.partner, version, read_json(LARGEST), caller.shown)
    if answer is None:
        raise Failure(401, GENERIC_CLIENT, "this token has been used up meanwhile")
    _log.info("partner registered", partner=caller.partner.name, version=version)
    return success(answer)


def _ended(version: str, caller: Caller) -> Response:
    assert caller.partner is not None
    if not handshakes().partners.forget(caller.partner.name, caller.shown):
        raise Failure(401, GENERIC_CLIENT, "this token has been used up meanwhile")
    _log.info("partner unregistered", partner=caller.partner.name)
    return success(None)


def _wrong_state(stage: Stage) -> Failure:
    if stage is Stage.REGISTERED:
        return Failure(
            405,
            GENERIC_CLIENT,
            "you are registered: update by PUT, end by DELETE",
            headers={"Allow": "GET, PUT, DELETE"},
        )
    return Failure(405, GENERIC_CLIENT, "you are not registered: register by POST", headers={"Allow": "GET, POST"})
