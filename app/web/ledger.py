"""`/ledger/…`: the files of the log, byte for byte as they stand in the store (C2SP tlog-tiles)."""

from __future__ import annotations

from flask import Blueprint, Response

from app.errors import LedgerError
from app.ledger.shelf import BINARY, FOR_EVER, SOON, TEXT, Shelf
from app.ledger.tiles import tile_at
from app.web.failure import GENERIC_CLIENT, GENERIC_SERVER, Failure
from app.web.site import site

area = Blueprint("ledger", __name__)


@area.get("/checkpoint")
def checkpoint() -> Response:
    """How many entries there are, under which root, signed."""
    found = Shelf(site().store).read_checkpoint()
    if found is None:
        raise _not_yet()
    return _sent(found[0], TEXT, SOON)


@area.get("/keys")
def keys() -> Response:
    """The public keys, one a line. Whoever wants to be sure has them from elsewhere too."""
    found = Shelf(site().store).read_keys()
    if not found:
        raise _not_yet()
    return _sent("".join(f"{key.text}\n" for key in found).encode(), TEXT, SOON)


@area.get("/tile/<path:name>")
def tile(name: str) -> Response:
    """256 hashes, or 256 entries; the last of a row has fewer, and says how many."""
    named = tile_at(f"tile/{name}")
    try:
        body = Shelf(site().store).read(named) if named is not None else None
    except LedgerError:
        body = None
    if body is None:
        raise Failure(404, GENERIC_CLIENT, "no such tile: the checkpoint says how many entries there are")
    return _sent(body, BINARY, FOR_EVER)


def _sent(body: bytes, media_type: str, cache: str) -> Response:
    return Response(body, content_type=media_type, headers={"Cache-Control": cache})


def _not_yet() -> Failure:
    message = "the log has not begun: the worker seals it within a minute of its start"
    return Failure(503, GENERIC_SERVER, message, headers={"Retry-After": "10"})
