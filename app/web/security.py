"""`/.well-known/security.txt`: whom to tell of a vulnerability (RFC 9116), where the operator says so."""

from __future__ import annotations

from flask import Blueprint, Response

from app.clock import format_time
from app.web.failure import GENERIC_CLIENT, Failure
from app.web.site import site

DAY = 86_400_000
GOOD_FOR = 180 * DAY
"""RFC 9116, 2.5.5: less than a year. It is told anew each day, as long as somebody runs this."""

area = Blueprint("security", __name__)


@area.get("/.well-known/security.txt")
def security_txt() -> Response:
    here = site()
    contact = here.settings.operator.security_contact
    if contact is None:
        raise Failure(404, GENERIC_CLIENT, "whom to tell is not said: the operator sets `operator.security_contact`")
    until = format_time(here.clock.now() // DAY * DAY + GOOD_FOR)
    lines = (
        f"Contact: {contact}",
        f"Expires: {until}",
        f"Canonical: {here.url('/.well-known/security.txt')}",
        f"Policy: {here.url('/docs/security')}",
        "Preferred-Languages: en",
    )
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")
