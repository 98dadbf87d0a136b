"""Whole documents, byte for byte as they stand in the store: full lists, GeoJSON, the manifest, closed journal segments.

A client that takes gzip gets the stored bytes; for others they are unpacked on the way. While a document is not written yet the
answer is 503, never an empty document.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from flask import Blueprint, Response, request

from app.store.base import Encoding, Fetched
from app.web.encoding import chosen
from app.web.failure import GENERIC_CLIENT, GENERIC_SERVER, Failure
from app.web.ocpi import check_version
from app.web.outgoing import FOR_EVER
from app.web.site import read_scope, scope, site

GZIP_MAGIC = b"\x1f\x8b"

area = Blueprint("documents", __name__)
area.url_value_preprocessor(read_scope)


@area.get("/ocpi/<version>/<any(locations, tariffs):module>.json")
def full_list(version: str, module: str) -> Response:
    check_version(version)
    return _document(f"/ocpi/{version}/{module}.json", "application/json")


@area.get("/locations.geojson")
def geojson() -> Response:
    return _document("/locations.geojson", "application/geo+json")


@area.get("/manifest.json")
def manifest() -> Response:
    return _document("/manifest.json", "application/json")


@area.get("/changes/<int:first>-<int:last>.json.gz")
def segment(first: int, last: int) -> Response:
    """A closed part of the journal: a gzip file, not a coded answer, and it never changes."""
    fetched = site().store.get(f"{scope().prefix[1:]}/changes/{first}-{last}.json.gz")
    if fetched is None:
        raise Failure(404, GENERIC_CLIENT, f"no journal segment {first}-{last}: the manifest lists those there are")
    response = _streamed(fetched, iter(fetched), "application/gzip", f'"{fetched.stored.etag}"')
    response.headers["Content-Length"] = str(fetched.stored.size)
    response.headers["Cache-Control"] = FOR_EVER
    return response


def _document(path: str, media_type: str) -> Response:
    key = scope().prefix[1:] + path
    store = site().store
    fetched = store.get(store.name(key, Encoding.GZIP)) or store.get(key)
    if fetched is None:
        message = f"/{key} is not written yet: the worker writes it with its next snapshot"
        raise Failure(503, GENERIC_SERVER, message, headers={"Retry-After": "10"})
    chunks = iter(fetched)
    start = next(chunks, b"")
    etag, size, coding = fetched.stored.etag, fetched.stored.size, "identity"
    body = _joined(start, chunks)
    if start.startswith(GZIP_MAGIC):
        coding = chosen(request.headers.get("Accept-Encoding", ""), ("gzip",))
        if coding == "identity":
            body, size = _unpacked(body), 0
    response = _streamed(fetched, body, media_type, f'"{etag}"' if coding != "identity" else f'"{etag}-plain"')
    response.vary.add("Accept-Encoding")
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    if size:
        response.headers["Content-Length"] = str(size)
    return response


def _streamed(fetched: Fetched, body: Iterator[bytes], media_type: str, etag: str) -> Response:
    response = Response(body, content_type=media_type)
    response.headers["ETag"] = etag
    response.call_on_close(fetched.close)
    return response


def _joined(start: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from rest


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Several gzip members in a row count as one file (RFC 1952, 2.2)."""
    inflate = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        while chunk:
            yield inflate.decompress(chunk)
            chunk = inflate.unused_data
            if inflate.eof:
                inflate = zlib.decompressobj(wbits=31)
    yield inflate.flush()
