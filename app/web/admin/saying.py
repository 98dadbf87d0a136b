"""What `/admin` answers: a page to a browser, JSON in the one envelope to a program."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, g, render_template

from app.clock import format_time
from app.web.admin.access import access
from app.web.failure import wants_page
from app.web.site import site

_TIMES = frozenset({"succeeded_at", "attempted_at", "failing_since", "next_attempt", "checked_at", "held_at", "at"})


def said(data: Any, template: str, **page: Any) -> Response:
    if not wants_page():
        return as_json(data, "")
    mark = g.get("mark", "")
    return Response(render_template(template, now=site().clock.now(), home=access().home, mark=mark, **page))


def as_json(data: Any, message: str) -> Response:
    """With times as everywhere outside (RFC 3339)."""
    envelope = {"data": _outside(data)} if data is not None else {}
    envelope |= {"status_message": message} if message else {}
    envelope |= {"status_code": 1000, "timestamp": format_time(site().clock.now())}
    return Response(orjson.dumps(envelope), content_type="application/json")


def _outside(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return [_outside(each) for each in part]
    if isinstance(part, dict):
        return {
            name: format_time(value) if name in _TIMES and isinstance(value, int) else _outside(value)
            for name, value in part.items()
        }
    return part
