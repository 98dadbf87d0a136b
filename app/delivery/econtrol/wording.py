"""How a station and the status of a point are said: as the register's public API gives them out, or in DATEX II 3.5."""

from __future__ import annotations

from typing import Any, Protocol

from app.clock import Millis
from app.formats import econtrol
from app.formats.base import Context, Envelope, Publisher, Rendered
from app.formats.datex2 import envelope as datex2
from app.formats.datex2.dialect import V35, XML
from app.formats.datex2.rendering import SiteWriter
from app.model.canonical import canonical

Body = dict[str, Any]


class Wording(Protocol):
    media_type: str

    def station(self, body: Body, context: Context) -> Rendered:
        """What decides whether it is the same as before."""

    def status(self, body: Body, evse: Body, context: Context) -> Rendered:
        """Of one point of the location, likewise."""

    def station_document(self, said: bytes, body: Body, at: Millis) -> bytes:
        """What is sent of it."""

    def status_document(self, said: bytes, body: Body, at: Millis) -> bytes: ...


class Json:
    """In the shape of the public API."""

    media_type = "application/json"

    def station(self, body: Body, context: Context) -> Rendered:
        return econtrol.station(body, context)

    def status(self, body: Body, evse: Body, context: Context) -> Rendered:
        return Rendered(canonical(econtrol.status(evse)) if "evse_id" in evse else None)

    def station_document(self, said: bytes, body: Body, at: Millis) -> bytes:
        return said

    status_document = station_document


class Datex:
    """As documents of one site: a table, and a status publication of one point."""

    media_type = "application/xml"

    def __init__(self) -> None:
        self._table = datex2.Frame(V35, XML, None)
        self._statuses = datex2.Frame(V35, XML, datex2.Protocol.PUSH)
        self._sites, self._points = SiteWriter(self._table), SiteWriter(self._statuses)

    def station(self, body: Body, context: Context) -> Rendered:
        return self._sites.render(_still(body), context)

    def status(self, body: Body, evse: Body, context: Context) -> Rendered:
        return self._points.render(body, context, [evse["uid"]])

    def station_document(self, said: bytes, body: Body, at: Millis) -> bytes:
        return _enclosed(self._table, said, body, at)

    def status_document(self, said: bytes, body: Body, at: Millis) -> bytes:
        return _enclosed(self._statuses, said, body, at)


def _still(body: Body) -> Body:
    """Without the times that a status moves: a table stays the same until a fact or a price changes."""
    evses = [{name: value for name, value in evse.items() if name != "last_updated"} for evse in body["evses"]]
    return {name: value for name, value in body.items() if name != "last_updated"} | {"evses": evses}


def _enclosed(frame: datex2.Frame, said: bytes, body: Body, at: Millis) -> bytes:
    """In the name of the location's operator."""
    publisher = Publisher(body.get("operator", {}).get("name", ""), body["country_code"])
    prefix, suffix = frame.around(Envelope(at, publisher))
    return prefix + said + suffix
