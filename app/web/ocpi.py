"""`…/ocpi/…`: versions, their details, the two lists and single objects, as an anonymous client of the open feed sees them, or
(`web.partner`) one with a token.

Lists and objects are those of OCPI's Sender interface, with its envelope, paging and headers, in three versions. 2.1.1 has one
party per connection, so its paths without a party speak for the default party. In the open feed `credentials` is not offered:
there is nothing to register for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, request

from app.clock import format_time
from app.formats.ocpi.versions import V211
from app.model.batch import Kind
from app.model.identifiers import party
from app.publish.block import render
from app.publish.pages import Page, page
from app.publish.publications import Publication
from app.registry.projection import Head, PublicObject, PublicReader
from app.store.base import Encoding
from app.web.encoding import chosen
from app.web.failure import GENERIC_CLIENT, NOT_ENOUGH, Failure, unknown
from app.web.listing import following, read_listing
from app.web.outgoing import json_answer, keep
from app.web.site import EVERYBODY, read_scope, scope, site

LARGEST_PAGE = 1000
CODINGS = {"gzip": Encoding.GZIP, "zstd": Encoding.ZSTD}

area = Blueprint("ocpi", __name__)
area.url_value_preprocessor(read_scope)


@area.get("/ocpi/versions")
def versions() -> Response:
    data = [{"version": version, "url": _url(version)} for version in scope().versions]
    return _success(orjson.dumps(data), site().feed.index().head)


@area.get("/ocpi/<version>")
def details(version: str) -> Response:
    check_version(version)
    modules = {module: "RECEIVER" if module in scope().receives else "SENDER" for module in scope().modules}
    endpoints = [
        {"identifier": module, **({} if version == V211 else {"role": role}), "url": f"{_url(version)}/{module}"}
        for module, role in modules.items()
    ]
    return _success(orjson.dumps({"version": version, "endpoints": endpoints}), site().feed.index().head)


@area.get("/ocpi/<version>/<any(locations, tariffs):module>")
def objects(version: str, module: str) -> Response:
    cap = min(site().settings.web.page_limit, scope().page_limit or LARGEST_PAGE)
    query = read_listing(request.args, cap)
    found = page(site().feed, _publication(version, module), query)
    response = _page(found)
    response.headers["X-Total-Count"] = str(found.total)
    # 2.1.1 says how many were given at most, later versions how many ever can be (OCPI, Paginated Response)
    response.headers["X-Limit"] = str(query.limit if version == V211 else cap)
    if found.next is not None:
        url = f"{_url(version)}/{module}?{following(query, found)}"
        response.headers["Link"] = f'<{url}>; rel="next"'
    return _kept(response)


@area.get("/ocpi/<version>/locations/<path:ids>")
def single(version: str, ids: str) -> Response:
    """A location, one of its EVSEs, or one of that EVSE's connectors."""
    publication = _publication(version, "locations")
    with site().public.read() as reader:
        head = reader.head()
        location, rest = _located(reader, publication, ids.rstrip("/").split("/"))
    rendered = render(publication.rendering, location)
    if rendered.body is None:
        raise unknown(f"location {location.id!r} cannot be said in OCPI {version}: {rendered.losses[0].reason}")
    return _success(_part(rendered.body, location.id, rest), head)


def check_version(version: str) -> None:
    offered = scope().versions
    if version not in offered:
        raise Failure(404, GENERIC_CLIENT, f"no OCPI version {version[:20]!r} here: one of {', '.join(offered)}")


def _publication(version: str, module: str) -> Publication:
    check_version(version)
    if scope().partner is None:
        return site().publications()[f"{scope().ocpi}/{version}/{module}.json"]
    return replace(site().publications()[f"{EVERYBODY.ocpi}/{version}/{module}.json"], view=scope().view)


def _page(found: Page) -> Response:
    """The page is put together out of blocks that are compressed already."""
    coding = chosen(request.headers.get("Accept-Encoding", ""))
    encoding = CODINGS.get(coding)
    response = Response(found.body(encoding), content_type=found.publication.format.media_type)
    response.headers["ETag"] = found.etag(encoding)
    response.vary.add("Accept-Encoding")
    if encoding is not None:
        response.headers["Content-Encoding"] = coding
    return response


def _located(reader: PublicReader, publication: Publication, steps: list[str]) -> tuple[PublicObject, list[str]]:
    """The location the path starts with, and the steps below it. An id may hold slashes, and %2F reaches us as one."""
    view = publication.view
    for length in range(1, len(steps) + 1):
        id = "/".join(steps[:length])
        found = [
            location
            for location in reader.find_any_party(Kind.LOCATIONS, id, view.terms)
            if view.covers(party(location.country_code, location.party_id), location.country)
        ]
        if len(found) > 1:
            owners = ", ".join(f"{location.country_code}-{location.party_id}" for location in found)
            message = f"several parties have a location {id!r}: ask for it below /open/party/, for one of {owners}"
            raise Failure(400, NOT_ENOUGH, message)
        if found:
            return found[0], steps[length:]
    raise unknown(f"no location {steps[0][:80]!r}: see the list of locations")


def _part(body: bytes, id: str, steps: list[str]) -> bytes:
    """The location, or its EVSE or connector that the steps lead to."""
    if not steps:
        return body
    location: dict[str, Any] = orjson.loads(body)
    found = None
    for length in range(1, len(steps) + 1):
        evse = _member(location.get("evses", []), "uid", "/".join(steps[:length]))
        if evse is not None:
            found = evse if length == len(steps) else _member(evse["connectors"], "id", "/".join(steps[length:]))
        if found is not None:
            return orjson.dumps(found)
    raise unknown(f"location {id!r} has no EVSE or connector {'/'.join(steps)[:80]!r}")


def _member(items: list[dict[str, Any]], name: str, id: str) -> dict[str, Any] | None:
    """Ids are compared without case (OCPI, CiString)."""
    return next((item for item in items if item[name].lower() == id.lower()), None)


def _success(data: bytes, head: Head) -> Response:
    stamp = format_time(head.published_at).encode()
    return _kept(json_answer(b'{"data":%b,"status_code":1000,"timestamp":"%b"}' % (data, stamp), etag_of=data))


def _kept(response: Response) -> Response:
    """What depends on a token is made anew each time."""
    return keep(response) if scope().partner is None else response


def _url(version: str) -> str:
    return site().url(f"{scope().ocpi}/{version}")
