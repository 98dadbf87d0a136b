"""`/healthz` (the process lives), `/readyz` (the feed is fresh, or why not), `/metrics`."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from app.clock import format_time
from app.web.failure import GENERIC_SERVER, Failure
from app.web.freshness import stale_reasons
from app.web.gauges import figures
from app.web.site import site

area = Blueprint("operations", __name__)


@area.get("/healthz")
def healthz() -> Response:
    return _said("alive")


@area.get("/readyz")
def readyz() -> Response:
    reasons = stale_reasons(site())
    if reasons:
        raise Failure(503, GENERIC_SERVER, "; ".join(reasons), headers={"Retry-After": "10"}, data={"reasons": reasons})
    return _said("every source and the publication are fresh")


@area.get("/metrics")
def metrics() -> Response:
    body, content_type = site().requests.exposition(request.headers.get("Accept", ""), lambda: figures(site()))
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def _said(message: str) -> Response:
    envelope = {"status_code": 1000, "status_message": message, "timestamp": format_time(site().clock.now())}
    return Response(orjson.dumps(envelope), mimetype="application/json", headers={"Cache-Control": "no-store"})
