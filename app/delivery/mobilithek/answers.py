"""What an answer of Mobilithek means. It answers 200 with nothing; an access point is also known to answer 200 with an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from app.errors import DeliveryError, DestinationRefused
from app.http.exchange import Answer, one_line
from app.model.outside import decoded

_FAILED = {"fail", "failed", "failure", "error", "snapshotsynchronisationrequest", "closesessionrequest"}
"""Words of a status; the last two are DATEX II Exchange 2020's: it has lost count, and wants a snapshot."""
_REASONS = ("message", "detail", "description", "error", "errors", "returnStatusReason", "title")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_XML_STATUS = re.compile(rb"<(?:\w+:)?(?:returnStatus|status)\b[^>]*>\s*(\w+)\s*<")
_XML_FAULT = re.compile(rb"<(?:\w+:)?(?:Fault|error)\b[^>]*>(.*?)</", re.DOTALL)


def hold(answer: Answer, where: str) -> None:
    """Returns where the document arrived. Raises DestinationRefused for what a person has to look at, else DeliveryError."""
    if answer.succeeded:
        inner = error_inside(answer.body)
        if inner is not None:
            remedy = "It is sent again, as a snapshot; if that stays so, Mobilithek's support has to look"
            raise DeliveryError(f"{answer.said} with an error inside: {inner}", where=where, remedy=remedy)
        return
    what = f"{answer.said}{_reason(answer.body)}"
    if answer.redirect or (400 <= answer.status < 500 and answer.status != 408):
        raise DestinationRefused(what, where=where, remedy=_REMEDIES.get(answer.status, _LOOK))
    raise DeliveryError(what, where=where, remedy="Mobilithek has to recover; it is tried again")


_LOOK = "Mobilithek says what it misses; compare the settings of the offer with `dialect` and `encoding`"
_REMEDIES = {
    404: "Check `static_publication` and `dynamic_publication`: the ids that Mobilithek shows for the two offers",
    413: "Too large for Mobilithek: set `gzip`, lower `largest_delta`, or make an offer for each of the `parties`",
    415: f"{_LOOK}; or set `gzip: false`",
}


def error_inside(body: bytes) -> str | None:
    """What a body says went wrong, though its status says that all is well; None where it says nothing of the kind."""
    text = body.strip()
    if text[:1] in (b"{", b"["):
        return _error_in_json(text)
    if _PAGE.search(text[:500]):
        return "a web page where an answer should be"
    fault = _XML_FAULT.search(text)
    if fault:
        return one_line(fault[1].decode(errors="replace").strip()) or "error"
    status = _XML_STATUS.search(text)
    return status[1].decode() if status and status[1].decode().lower() in _FAILED else None


def _error_in_json(text: bytes) -> str | None:
    try:
        found = decoded(text)
    except orjson.JSONDecodeError:
        return None
    for part in _objects(found):
        if any(_is_failure(part.get(name)) for name in ("status", "returnStatus", "code", "statusCode")) or any(
            part.get(name) for name in ("error", "errors")
        ):
            return one_line(_told(part))
    return None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _objects(part)
    elif isinstance(value, list):
        for part in value:
            yield from _objects(part)


def _is_failure(status: Any) -> bool:
    if isinstance(status, dict):  # DATEX II JSON: {"value": "fail"}
        status = status.get("value")
    if isinstance(status, int):
        return not isinstance(status, bool) and 400 <= status < 600
    return isinstance(status, str) and status.lower() in _FAILED


def _told(part: dict[str, Any]) -> str:
    """The first that says something, else all."""
    return next((str(part[name]) for name in _REASONS if part.get(name)), orjson.dumps(part).decode())


def _reason(body: bytes) -> str:
    """`: {what it says}`, short."""
    text = one_line(re.sub(r"\s+", " ", body.decode(errors="replace")).strip())
    return f": {text}" if text else ""
