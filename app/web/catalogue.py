"""`…/catalog.jsonld`: what is published here, as national access points read it (mobilityDCAT-AP).

It follows from what there is to fetch, not from the objects in it; so it is made when it is asked for and stands in no snapshot.
"""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from app.formats.dcat import Catalogue, Document, Topic, described
from app.formats.ocpi.versions import VERSIONS
from app.model.batch import Kind
from app.web.failure import GENERIC_SERVER, Failure
from app.web.outgoing import json_answer, keep
from app.web.site import Scope, Site, read_scope, scope, site

MEDIA_TYPE = "application/ld+json"
_JSON = "application/json"
_EVERYTHING = frozenset({Kind.LOCATIONS, Kind.TARIFFS})

area = Blueprint("catalogue", __name__)
area.url_value_preprocessor(read_scope)


@area.get("/catalog.jsonld")
def catalogue() -> Response:
    here, part = site(), scope()
    index = here.feed.index()
    countries = {country for party, country in index.scopes() if country and part.party in (None, party)}
    if not countries:
        raise Failure(
            503, GENERIC_SERVER, "nothing is published yet, so there is nothing to list", headers={"Retry-After": "10"}
        )
    snapshots = here.settings.snapshots
    every = {
        Topic.SITES: snapshots.static_every,
        Topic.STATUS: snapshots.status_every,
        Topic.PRICES: snapshots.status_every,
    }
    found = Catalogue(
        url=here.url(f"{part.prefix}/catalog.jsonld"),
        publisher=here.settings.publisher(),
        documents=[*_documents(here, part), *_interfaces(here, part)],
        countries=frozenset(countries),
        changed_at=index.head.published_at,
        every=every,
        party=part.party or "",
    )
    response = json_answer(orjson.dumps(described(found)))
    response.content_type = MEDIA_TYPE
    return keep(response)


def _documents(here: Site, part: Scope) -> list[Document]:
    """Of everybody or of one party, never both."""
    folder = f"{part.prefix}/" if part.party else "/open/"
    return [
        Document(
            here.url(path),
            publication.title,
            publication.format.name,
            publication.format.media_type,
            frozenset({publication.kind}),
        )
        for path, publication in here.documents().items()
        if path.startswith(folder) and (part.party or not path.startswith("/open/party/"))
    ]


def _interfaces(here: Site, part: Scope) -> list[Document]:
    """What is answered live alone."""

    def live(path: str, title: str, form: str = "", kinds: frozenset[Kind] = _EVERYTHING) -> Document:
        return Document(here.url(f"{part.prefix}/{path}"), title, form, _JSON, kinds, whole=False)

    modules = (("locations", Kind.LOCATIONS), ("tariffs", Kind.TARIFFS))
    pages = [
        live(f"ocpi/{version}/{module}", f"{module.title()} in pages, {version}", f"ocpi-{version}", frozenset({kind}))
        for version in VERSIONS
        for module, kind in modules
    ]
    stream = Document(
        f"{here.settings.web.stream_url}{part.prefix}/stream",
        "Changes as they happen (server-sent events)",
        "",
        "text/event-stream",
        _EVERYTHING,
        whole=False,
        push=True,
    )
    return [*pages, live("changes", "Changes in pages"), stream]
