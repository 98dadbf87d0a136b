"""`/ocpi/cpo/{version}/…` for partners whose drivers charge here: receiver of Tokens and Commands, sender of Sessions and CDRs.

A partner reaches what is its own alone. Another's party in a path is HTTP 404, as what is not there.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from app.clock import format_time
from app.errors import PartnerError
from app.formats.ocpi.charged_versions import downgraded
from app.model.enums import TokenType
from app.model.identifiers import party
from app.registry.private.outbox import Stored
from app.registry.private.tokens import Change
from app.relay.site import LARGEST, Shown, discreet, relaying, unstored
from app.roaming.partners import Counterparty, registered
from app.roaming.settings import PartnerSettings
from app.roaming.shown import view_of
from app.roaming.token import merging, replacing
from app.roaming.token_kinds import name_of
from app.web.caller import Caller, relayed
from app.web.failure import GENERIC_CLIENT, Failure
from app.web.incoming import read_json
from app.web.listing import read_listing
from app.web.ocpi import check_version
from app.web.outgoing import success
from app.web.partner import guard
from app.web.site import scope, site

UNKNOWN_TOKEN = 2004

area = Blueprint("relayed", __name__)
area.after_request(unstored)
guard(area)
discreet(area)
_TOKEN = "/tokens/<country_code>/<party_id>/<uid>"


@area.get(_TOKEN)
def token(version: str, country_code: str, party_id: str, uid: str) -> Response:
    partner, owner, type_ = _owned(version, country_code, party_id)
    found = [
        kept for kept in relaying().stores.tokens.find([name_of(type_, uid)], owner) if kept.partner == partner.name
    ]
    if not found:
        raise _no_token()
    return success(found[0].body)


@area.put(_TOKEN)
def put_token(version: str, country_code: str, party_id: str, uid: str) -> Response:
    partner, owner, type_ = _owned(version, country_code, party_id)
    known = _change(partner, owner, name_of(type_, uid), replacing(read_json(LARGEST), owner, uid, type_))
    return success(None, 200 if known else 201)


@area.patch(_TOKEN)
def patch_token(version: str, country_code: str, party_id: str, uid: str) -> Response:
    partner, owner, type_ = _owned(version, country_code, party_id)
    _change(partner, owner, name_of(type_, uid), merging(read_json(LARGEST), owner, uid, type_))
    return success(None)


@area.get("/<any(sessions, cdrs):module>")
def records(version: str, module: str) -> Response:
    """Of the partner's own drivers."""
    partner, _ = _caller(version, module)
    cap = site().settings.web.page_limit
    query = read_listing(request.args, cap)
    window = query.date_from, query.date_to, query.offset, query.limit
    found, total = relaying().stores.outbox.listed(partner.name, module, *window)
    response = success([_said(stored, version) for stored in found])
    response.headers["X-Total-Count"], response.headers["X-Limit"] = str(total), str(cap)
    if query.offset + len(found) < total and found:
        dates = {"date_from": query.date_from, "date_to": query.date_to}
        kept = {name: format_time(at) for name, at in dates.items() if at is not None}
        following = urlencode({**kept, "offset": query.offset + len(found), "limit": query.limit}, safe=":")
        response.headers["Link"] = f'<{site().url(scope().prefix)}/{version}/{module}?{following}>; rel="next"'
    return response


@area.post("/commands/<command>")
def command(version: str, command: str) -> Response:
    """CommandResponse."""
    partner, found = _caller(version, "commands")
    shown = Shown(view_of(partner, version))
    try:
        response = relaying().commander.command(partner, found, command, read_json(LARGEST), shown)
    except PartnerError as error:
        raise Failure(200, error.status_code, error.what) from None
    relay = site().settings.roaming.relay
    assert relay is not None
    return success({"result": response.value, "timeout": round(relay.command_timeout)})


def _caller(version: str, module: str) -> tuple[PartnerSettings, Counterparty]:
    """Raises Failure (404) where nothing is relayed for it."""
    caller: Caller = g.caller
    check_version(version)
    if caller.partner is None or module not in relayed(caller.partner, version):
        raise Failure(404, GENERIC_CLIENT, f"there is no module `{module}` here for you: see the version's details")
    return caller.partner, registered(relaying().partners.read(caller.partner.name), caller.partner.name)


def _owned(version: str, country_code: str, party_id: str) -> tuple[PartnerSettings, str, str]:
    """The partner, its party in the path, and the type of the token."""
    partner, found = _caller(version, "tokens")
    owner = party(country_code, party_id)
    if owner not in found.roles:
        raise _no_token()
    return partner, owner, request.args.get("type", TokenType.RFID.value)


def _no_token() -> Failure:
    return Failure(404, UNKNOWN_TOKEN, "you have no such token here")


def _change(partner: PartnerSettings, owner: str, name: str, change: Change) -> bool:
    try:
        return relaying().stores.tokens.change(partner.name, owner, name, site().clock.now(), change)
    except PartnerError as error:
        raise Failure(200, error.status_code, error.what) from None
    except LookupError:
        raise _no_token() from None


def _said(stored: Stored, version: str) -> dict[str, Any]:
    return downgraded(stored.record.body, version, stored.record.last_updated)[0]
