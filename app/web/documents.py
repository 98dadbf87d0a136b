"""Whole documents, byte for byte as they stand in the store: full lists, GeoJSON, the manifest, closed journal segments.

A client that takes zstd or gzip gets the stored bytes; for others they are unpacked on the way. While a document is not written
yet the answer is 503, never an empty document. Nothing is rendered on reading: what is withheld from the store as not
valid is withheld here, and its last good version is what is read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from flask import Blueprint, Response, request

from app.clock import Millis, from_millis, parse_time
from app.formats.base import formats
from app.publish.files import Representation
from app.publish.manifest import PATH
from app.store.base import Encoding, Fetched
from app.web.encoding import LIVE, chosen
from app.web.failure import GENERIC_CLIENT, GENERIC_SERVER, Failure
from app.web.ocpi import CODINGS
from app.web.outgoing import FOR_EVER, json_answer
from app.web.site import read_scope, scope, site

_VERSION = re.compile(r"\w[\w.*-]*(/\w[\w.*-]*)*", re.ASCII)
_VERSION_OF = re.compile(r"(?:party/[^/]+/)?(.+)\.\d+-[0-9a-f]{16}(\.\w+)")
_SECOND = 1000

area = Blueprint("documents", __name__)
area.url_value_preprocessor(read_scope)

everybody = Blueprint("files", __name__)
"""What is not made again for each party."""


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


@area.get("/<path:name>")
def document(name: str) -> Response:
    """Whatever a format publishes as a whole."""
    path = f"{scope().prefix}/{name}"
    found = _document(path)  # what is written is served whether the database answers or not
    if found is not None:
        return found
    if path not in site().documents():
        raise Failure(404, GENERIC_CLIENT, f"no document {name[:80]!r} here: the manifest lists those there are")
    raise _not_yet(path)


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
    media_type = _media_type(name)
    body = iter(fetched) if coding in CODINGS else _unpacked(fetched)
    size = fetched.stored.size if coding in CODINGS else None
    return _coded(_immutable(fetched, body, media_type, size=size), coding)


def _media_type(name: str) -> str:
    """Of a version: that of the document it is one of, however the parties may have changed since."""
    match = _VERSION_OF.fullmatch(name)
    path = f"{match[1]}{match[2]}" if match else ""
    types = {address.path: form.media_type for form in formats().values() for address in form.addresses}
    return types.get(path, "application/json")


def _document(path: str) -> Response | None:
    """None where no snapshot has it."""
    coding = chosen(request.headers.get("Accept-Encoding", ""), LIVE)
    representation = site().files.find(path, CODINGS.get(coding, Encoding.GZIP))
    fetched = site().files.open(representation) if representation is not None else None
    if representation is None or fetched is None:
        return None
    plain = coding not in CODINGS
    response = Response(_unpacked(fetched) if plain else iter(fetched), content_type=representation.file.media_type)
    response.call_on_close(fetched.close)
    response.headers["ETag"] = _plain_etag(representation) if plain else representation.etag
    response.headers["Content-Length"] = str(representation.file.bytes if plain else representation.encoded.bytes)
    _date(response, parse_time(representation.file.generated))
    response.headers["Cache-Control"] = f"public, max-age={site().settings.snapshots.status_every:.0f}"
    return _coded(response, coding)


def _date(response: Response, generated: Millis) -> None:
    """HTTP dates have whole seconds. A document is not dated in the second it was written in, when another may follow with the
    same date: who asks by date (Exchange 2020) would miss that one."""
    if site().clock.now() // _SECOND > generated // _SECOND:
        response.last_modified = from_millis(generated)


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
