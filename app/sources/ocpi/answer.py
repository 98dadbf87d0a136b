"""An OCPI answer: from bytes to `data`, and recognised again without being decoded.

Refused, with what to do: no JSON (HTML, truncated), no envelope, `status_code` other than 1xxx (also under HTTP 200).
"""

from __future__ import annotations

import hashlib
import re
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from app.clock import Millis, parse_time, to_millis
from app.errors import SourceAnswerError
from app.http.exchange import Answer, one_line
from app.model.outside import decoded

_TIMESTAMP = re.compile(rb'"timestamp"\s*:\s*"([^"]*)"')
_ENDS = 65_536


def decode(answer: Answer, where: str) -> Any:
    """The body as JSON. Raises SourceAnswerError."""
    body = answer.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise SourceAnswerError("the answer is empty", where=where, remedy="Ask the backend's operator")
    if body.startswith(b"<"):  # whatever its Content-Type: there are backends that send JSON as text/html
        raise SourceAnswerError(
            "answered with an HTML page instead of JSON",
            where=where,
            remedy="Is a log-in or a proxy in the way? Open the URL in a browser",
        )
    try:
        return decoded(body)
    except orjson.JSONDecodeError as error:
        raise SourceAnswerError(
            f"not JSON: {error}; {len(body)} bytes, the last are {_text(body[-40:])}",
            where=where,
            remedy="If it ends in the middle, the backend or a proxy cut it off",
        ) from error


def data(answer: Answer, where: str) -> Any:
    """`data` of the envelope (OCPI transport_and_format, response format). Raises SourceAnswerError."""
    found = decode(answer, where)
    if not isinstance(found, dict) or not ({"data", "status_code"} & found.keys()):
        raise SourceAnswerError(
            f"no OCPI envelope with `data` and `status_code` but {_kind(found)}",
            where=where,
            remedy="Check that the URL is an OCPI endpoint",
        )
    code = found.get("status_code", 1000)
    if not isinstance(code, int) or not 1000 <= code < 2000:
        message = one_line(found.get("status_message") or "no status_message")
        raise SourceAnswerError(
            f"status_code {code!r}: {message}",
            where=where,
            remedy="2xxx: check version, URL and parameters; 3xxx: ask the backend's operator",
        )
    if "data" not in found:
        raise SourceAnswerError("`data` is missing", where=where, remedy="Ask the backend's operator")
    return found["data"]


def items(answer: Answer, where: str) -> list[Any]:
    """`data` of a list endpoint; a bare list without an envelope is taken as well."""
    bare = answer.body.lstrip()[:1] == b"["
    found = decode(answer, where) if bare else data(answer, where)
    if not isinstance(found, list):
        raise SourceAnswerError(
            f"`data` is {_kind(found)}, not a list",
            where=where,
            remedy="Check that the URL is the list, not a single object",
        )
    return found


def fingerprint(body: bytes) -> bytes:
    """A hash of all but the envelope's `timestamp`, the one thing that differs between two identical answers."""
    first, last = _envelope(body)
    digest = hashlib.blake2b(_TIMESTAMP.sub(b"", body[:first]), digest_size=16)
    digest.update(memoryview(body)[first:last])
    digest.update(_TIMESTAMP.sub(b"", body[last:]))
    return digest.digest()


def generated_at(answer: Answer) -> Millis | None:
    """When the backend says it made the answer: the envelope's `timestamp`, else the `Date` header. By its own clock."""
    first, last = _envelope(answer.body)
    found = _TIMESTAMP.search(answer.body[:first]) or _TIMESTAMP.search(answer.body[last:])
    try:
        if found:
            return parse_time(found[1].decode())
        return to_millis(parsedate_to_datetime(answer.headers.get("Date", "")))
    except (ValueError, OverflowError):
        return None


def _envelope(body: bytes) -> tuple[int, int]:
    """Where `data` begins and ends: what stands before the first and after the last bracket belongs to the envelope."""
    first = body.find(b"[", 0, _ENDS)
    last = body.rfind(b"]", -_ENDS if len(body) > _ENDS else 0)
    return (first, last + 1) if 0 <= first < last else (0, 0)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null", bool: "true or false"}
    return names.get(type(value), "a number")


def _text(body: bytes) -> str:
    return repr(body.decode("utf-8", "replace"))
