"""`/history/…`: statuses and prices of the past, as the archive wrote them into the store.

A day is written again where statuses come late, so that no file is for ever; `index.json` names size and checksum of each.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from app.web.failure import GENERIC_CLIENT, Failure
from app.web.site import site

_PART = re.compile(r"(status|prices)/day=\d{4}-\d\d-\d\d/party=[A-Z]{2}-[A-Z0-9]{3}/part-\d{1,6}\.parquet", re.ASCII)
_INDEX = "index.json"
_FRESH = "public, max-age=300"

area = Blueprint("history", __name__)


@area.get("/<path:name>")
def file(name: str) -> Response:
    """Whole or in part (RFC 9110, 14): a Parquet reader fetches the end first, then the columns that it needs."""
    known = name == _INDEX or _PART.fullmatch(name) is not None
    store = site().store
    fetched = store.get(store.name(f"history/{name}", None)) if known else None
    if fetched is None:
        raise Failure(404, GENERIC_CLIENT, f"no such file: /history/{_INDEX} lists those there are, once a day is over")
    media_type = "application/json" if name == _INDEX else "application/vnd.apache.parquet"
    response = Response(iter(fetched), content_type=media_type)
    response.call_on_close(fetched.close)
    response.set_etag(fetched.stored.etag)
    response.headers["Content-Length"] = str(fetched.stored.size)
    response.headers["Cache-Control"] = _FRESH
    response.make_conditional(request, accept_ranges=True, complete_length=fetched.stored.size)
    return response
