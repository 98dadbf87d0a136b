"""Whole documents, byte for byte as they stand in the store: full lists, GeoJSON, the manifest, closed journal segments.

A client that takes zstd or gzip gets the stored bytes; for others they are unpacked on the way. While a document is not written
yet the answer is 503, never an empty document.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from flask import Blueprint, Response, request

from app.publish.files import Representation
from app.publish.manifest import PATH
from app.store.base import Encoding, Fetched
from app.web.encoding import LIVE, chosen
from app.web.failure import GENERIC_CLIENT, GENERIC_SERVER, Failure
from app.web.ocpi import CODINGS, check_version
from app.web.outgoing import FOR_EVER, json_answer
from app.web.site import read_scope, scope, site

_VERSION = re.compile(r"\w[\w.*-]*(/\w[\w.*-]*)*", re.ASCII)

area = Blueprint("documents", __name__)
area.url_value_preprocessor(read_scope)

everybody = Blueprint("files", __name__)
"""What is not made again for each party."""


@area.get("/ocpi/<version>/<any(locations, tariffs):module>.json")
def full_list(version: str, module: str) -> Response:
    check_version(version)
    return _document(f"{scope().prefix}/ocpi/{version}/{module}.json")


@area.get("/locations.geojson")
def geojson() -> Response:
    return _document(f"{scope().prefix}/locations.geojson")


@area.get("/manifest.json")
def manifest() -> Response:
    """Of one party: what of it concerns that party."""
    found = site().files.manifest()
    if found is None:
        raise _not_yet(PATH)
    if scope().party is None:
        return json_answer(_stored_manifest())
    files = tuple(file for file in found.files if file.path.startswith(f"{scope().prefix}/"))
    return json_answer(found.model_copy(update={"files": files, "superseded": ()}).to_bytes())


@everybody.get("/changes/<int:first>-<int:last>.json.gz")
def segment(first: int, last: int) -> Response:
    """A closed part of the journal: a gzip file, not a coded answer, and it never changes."""
    fetched = site().files.open_segment(f"/open/changes/{first}-{last}.json.gz")
    if fetched is None:
        raise Failure(404, GENERIC_CLIENT, f"no journal segment {first}-{last}: the manifest lists those there are")
    return _immutable(fetched, iter(fetched), "application/gzip", size=fetched.stored.size)


@everybody.get("/snapshots/<path:name>")
def version(name: str) -> Response:
    """One version of a document; the manifest names it, and it is kept for a while after the next one has come."""
    coding = chosen(request.headers.get("Accept-Encoding", ""), LIVE)
    path = f"/open/snapshots/{name}"
    known = _VERSION.fullmatch(name) is not None
    fetched = site().files.open_version(path, CODINGS.get(coding, Encoding.GZIP)) if known else None
    if fetched is None:
        raise Failure(404, GENERIC_CLIENT, "no such version, or no longer: the manifest lists those there are")
    media_type = "application/geo+json" if name.endswith(".geojson") else "application/json"
    body = iter(fetched) if coding in CODINGS else _unpacked(fetched)
    size = fetched.stored.size if coding in CODINGS else None
    return _coded(_immutable(fetched, body, media_type, size=size), coding)


def _document(path: str) -> Response:
    coding = chosen(request.headers.get("Accept-Encoding", ""), LIVE)
    representation = site().files.find(path, CODINGS.get(coding, Encoding.GZIP))
    fetched = site().files.open(representation) if representation is not None else None
    if representation is None or fetched is None:
        raise _not_yet(path)
    plain = coding not in CODINGS
    response = Response(_unpacked(fetched) if plain else iter(fetched), content_type=representation.file.media_type)
    response.call_on_close(fetched.close)
    response.headers["ETag"] = _plain_etag(representation) if plain else representation.etag
    response.headers["Content-Length"] = str(representation.file.bytes if plain else representation.encoded.bytes)
    response.headers["Cache-Control"] = f"public, max-age={site().settings.snapshots.status_every:.0f}"
    return _coded(response, coding)


def _not_yet(path: str) -> Failure:
    message = f"{path} is not written yet: the worker writes it with its next snapshot"
    return Failure(503, GENERIC_SERVER, message, headers={"Retry-After": "10"})


def _stored_manifest() -> bytes:
    fetched = site().store.get(PATH.removeprefix("/"))
    if fetched is None:
        raise _not_yet(PATH)
    with fetched:
        return fetched.read()


def _plain_etag(representation: Representation) -> str:
    return f'"{representation.file.sha256[:32]}"'


def _immutable(fetched: Fetched, body: Iterator[bytes], media_type: str, size: int | None) -> Response:
    response = Response(body, content_type=media_type)
    response.call_on_close(fetched.close)
    response.headers["Cache-Control"] = FOR_EVER
    if size is not None:
        response.headers["Content-Length"] = str(size)
    return response


def _coded(response: Response, coding: str) -> Response:
    response.vary.add("Accept-Encoding")
    if coding in CODINGS:
        response.headers["Content-Encoding"] = coding
    return response


def _unpacked(chunks: Fetched) -> Iterator[bytes]:
    """Several gzip members in a row count as one file (RFC 1952, 2.2)."""
    inflate = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        while chunk:
            yield inflate.decompress(chunk)
            chunk = inflate.unused_data
            if inflate.eof:
                inflate = zlib.decompressobj(wbits=31)
    yield inflate.flush()
