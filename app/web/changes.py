"""`…/changes`: the journal in pages, tombstones included; `…/stream` shows the way to the process that streams it."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from app.clock import format_time
from app.errors import JournalPruned
from app.registry.projection import Head
from app.web.failure import GENERIC_CLIENT, Failure
from app.web.listing import read_count
from app.web.outgoing import json_answer, keep
from app.web.site import read_scope, scope, site

MOST = 1000
"""Changes per page."""

area = Blueprint("changes", __name__)
area.url_value_preprocessor(read_scope)


@area.get("/changes")
def changes() -> Response:
    limit = min(read_count(request.args, "limit", 100), MOST)
    with site().public.read() as reader:
        head = reader.head()
        since = read_count(request.args, "since", max(head.oldest - 1, 0))
        if since > head.seq:
            raise _gone(head, f"`since` is {since}, after the last sequence {head.seq}: this feed was begun anew")
        try:
            page = reader.changes(since, max(limit, 1), scope().view)
        except JournalPruned as error:
            raise _gone(head, str(error)) from None
    data = orjson.dumps(page.changes)
    tail = {"next": page.next, "head": page.head.seq, "epoch": head.epoch}
    body = b'{"data":%b,%b,"status_code":1000,"timestamp":"%b"}' % (
        data,
        orjson.dumps(tail)[1:-1],
        format_time(page.head.published_at).encode(),
    )
    response = json_answer(body)
    if page.next < page.head.seq:
        query = f"since={page.next}&limit={limit}"
        response.headers["Link"] = f'<{site().url(scope().prefix)}/changes?{query}>; rel="next"'
    return keep(response)


@area.get("/stream")
def stream() -> Response:
    """Streams are served by a process of their own, since each would hold a thread here."""
    query = request.query_string.decode("latin-1")
    url = f"{site().settings.web.stream_url}{scope().prefix}/stream"
    return Response(status=307, headers={"Location": f"{url}?{query}" if query else url}, mimetype="text/plain")


def _gone(head: Head, message: str) -> Failure:
    manifest = site().url("/open/manifest.json")
    data = {"manifest": manifest, "oldest": head.oldest, "head": head.seq, "epoch": head.epoch}
    return Failure(410, GENERIC_CLIENT, f"{message} ({manifest} lists the snapshots and their sequences)", data=data)
