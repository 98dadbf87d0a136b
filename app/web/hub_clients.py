"""`/ocpi/cpo/{version}/hubclientinfo/…`: a hub tells who can be reached through it (OCPI mod_hub_client_info, Receiver)."""

from __future__ import annotations

from flask import Response, g, request

from app.delivery.states import retry_now
from app.errors import PartnerError
from app.formats.ocpi.versions import V211
from app.model.identifiers import party
from app.registry.database import writing
from app.roaming.hub_clients import HubClients, read_client
from app.web.caller import Caller
from app.web.credentials import LARGEST
from app.web.failure import BAD_PARAMETER, GENERIC_CLIENT, Failure, body
from app.web.incoming import read_json
from app.web.ocpi import check_version
from app.web.outgoing import success
from app.web.site import site


def hub_client(version: str, country_code: str, party_id: str) -> Response:
    caller: Caller = g.caller
    check_version(version)
    if caller.partner is None or not caller.partner.hub_client_info or version == V211:
        raise Failure(404, GENERIC_CLIENT, "there is no such path: the details of a version list those there are")
    clients, named = HubClients(site().engine, caller.partner.name), party(country_code, party_id)
    if request.method == "GET":
        known = clients.get(named)
        if known is None:
            raise Failure(404, GENERIC_CLIENT, f"nothing is known of {named[:10]!r}")
        return success(known)
    try:
        client = read_client(read_json(LARGEST))
    except PartnerError as error:
        return Response(body(error.status_code, error.what), mimetype="application/json")
    if client.party != named:
        message = f"it is {client.party} in the body and {named[:10]} in the URL"
        return Response(body(BAD_PARAMETER, message), mimetype="application/json")
    clients.put([client])
    with writing(site().engine) as connection:
        retry_now(connection, caller.partner.name)
    return success(None)
