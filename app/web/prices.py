"""`/open/prices/…`: what a connector cost at a time, or between two, with the evidence (`app.ledger.asking`).

Without `at`, `from` and `to` it is the price of now. A printed EVSE id is resolved by what it named at the time asked for.
"""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from app.clock import format_time
from app.errors import LedgerError, NotInLedger
from app.ledger.asking import Asked, Auditor
from app.web.failure import GENERIC_SERVER, Failure, bad_parameter, unknown
from app.web.listing import read_time
from app.web.outgoing import json_answer
from app.web.site import read_scope, scope, site

area = Blueprint("prices", __name__)
area.url_value_preprocessor(read_scope)


@area.get("/prices/<evse_id>")
def price_of_id(evse_id: str) -> Response:
    """By the id that is printed on the charger."""
    return _answered(Asked(evse_id=evse_id))


@area.get("/prices/<country_code>/<party_id>/<location_id>/<evse_uid>", defaults={"connector_id": None})
@area.get("/prices/<country_code>/<party_id>/<location_id>/<evse_uid>/<connector_id>")
def price(country_code: str, party_id: str, location_id: str, evse_uid: str, connector_id: str | None) -> Response:
    """Of one connector, or of all of an EVSE."""
    return _answered(Asked.at(country_code, party_id, location_id, evse_uid, connector_id))


def _answered(asked: Asked) -> Response:
    at, since, until = (read_time(request.args, name) for name in ("at", "from", "to"))
    if since is not None and until is not None and since >= until:
        raise bad_parameter("to", request.args["to"], "give a time after `from`")
    now = site().clock.now()
    auditor = Auditor(site().engine, site().store)
    try:
        if since is not None or until is not None:
            answer = auditor.history(asked, since or 0, min(now, until or now))
        else:
            answer = auditor.price(asked, now if at is None else min(at, now))
    except NotInLedger as error:
        raise unknown(str(error)) from None
    except LedgerError as error:
        raise Failure(503, GENERIC_SERVER, str(error), headers={"Retry-After": "10"}) from None
    if scope().party not in (None, answer["evse"].get("party")):
        raise unknown(f"{asked} is not of {scope().party}")
    return json_answer(orjson.dumps({"data": answer, "status_code": 1000, "timestamp": format_time(now)}))
