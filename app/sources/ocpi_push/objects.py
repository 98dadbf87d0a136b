"""What a message makes of the object that is held (OCPI mod_locations and mod_tariffs, Receiver interface).

1. Ids in the URL and in the body agree (compared without case), else 2001. A PATCH says `last_updated` since 2.2, else 2001.
2. PUT puts a whole object, EVSE or connector in place of the old one; PATCH the fields that it has. What they go into must be
   known, else 404 (2003 for locations): the sender then asks (GET) and sends the whole.
3. A part that changes raises `last_updated` of what it is in.
4. A tariff is DELETEd, and PATCHed in 2.1.1 alone. OCPI has no DELETE of locations: their EVSEs become REMOVED.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.clock import parse_time
from app.formats.ocpi.versions import V211
from app.model.batch import Kind

CLIENT_ERROR, BAD_PARAMETER, UNKNOWN_LOCATION = 2000, 2001, 2003

Body = dict[str, Any]

_OBJECT = "id"
_PARTS = (("evses", "uid"), ("connectors", "id"))


class Refused(Exception):
    """A message is answered with HTTP and OCPI codes other than success, and nothing of it is kept."""

    def __init__(self, http: int, status_code: int, message: str) -> None:
        super().__init__(message)
        self.http = http
        self.status_code = status_code


@dataclass(frozen=True, slots=True)
class Message:
    method: str
    """PUT or PATCH."""
    version: str
    kind: Kind
    owner: tuple[str, str]
    """(country_code, party_id) of the URL."""
    ids: tuple[str, ...]
    """Of the URL: location, EVSE, connector; or the tariff."""
    body: Any


def changed(held: Body | None, message: Message) -> Body:
    """The whole object after the message. Raises Refused."""
    if not isinstance(message.body, dict):
        raise Refused(200, BAD_PARAMETER, "the body is no JSON object")
    _check(message, message.body)
    return _with(held, message.ids[1:], _PARTS, message)


def unknown(kind: Kind) -> Refused:
    what = "location, EVSE or connector" if kind is Kind.LOCATIONS else "tariff"
    return Refused(404, UNKNOWN_LOCATION if kind is Kind.LOCATIONS else CLIENT_ERROR, f"there is no such {what} here")


def _check(message: Message, body: Body) -> None:
    depth = len(message.ids) - 1
    name = (_OBJECT, *(name for _, name in _PARTS))[depth]
    said = {name: body.get(name, message.ids[-1] if message.method == "PATCH" else None)}
    meant = {name: message.ids[-1]}
    if depth == 0:
        meant |= {"country_code": message.owner[0], "party_id": message.owner[1]}
        said |= {field: body.get(field) or meant[field] for field in ("country_code", "party_id")}
    for field, id in meant.items():
        if str(said[field]).casefold() != id.casefold():
            raise Refused(
                200, BAD_PARAMETER, f"`{field}` is {str(said[field])[:80]!r} in the body and {id!r} in the URL"
            )
    if message.method == "PATCH" and message.version != V211 and not body.get("last_updated"):
        raise Refused(200, BAD_PARAMETER, "a PATCH needs `last_updated`")


def _with(held: Body | None, ids: tuple[str, ...], parts: tuple[tuple[str, str], ...], message: Message) -> Body:
    """`held` with the message put in, at these ids below it."""
    if not ids and message.method == "PUT":
        return dict(message.body)
    if held is None:
        raise unknown(message.kind)
    if not ids:
        return {**held, **message.body}
    (list_, name), *deeper = parts
    items = [item for item in held.get(list_) or () if isinstance(item, dict)]
    at = next((at for at, item in enumerate(items) if str(item.get(name)).casefold() == ids[0].casefold()), len(items))
    part = _with(items[at] if at < len(items) else None, ids[1:], tuple(deeper), message)
    items[at : at + 1] = [part]
    return {**held, list_: items, "last_updated": _later(held.get("last_updated"), part.get("last_updated"))}


def _later(held: Any, part: Any) -> Any:
    try:
        return max(held, part, key=parse_time)
    except (TypeError, ValueError):
        return held if part is None else part


def part_of(held: Body, ids: tuple[str, ...]) -> Body | None:
    """The EVSE or connector at these ids below the object; None where there is none."""
    found: Body | None = held
    for (list_, name), id in zip(_PARTS, ids, strict=False):
        items = (found or {}).get(list_) or ()
        found = next((item for item in items if str(item.get(name)).casefold() == id.casefold()), None)
    return found
