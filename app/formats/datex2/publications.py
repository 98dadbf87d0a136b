"""DATEX II as formats: a table (static) and a status publication in each dialect and encoding."""

from __future__ import annotations

from typing import Any, ClassVar

from app.formats.base import Address, Cadence, Context, Envelope, Format, Rendered, register
from app.formats.datex2.dialect import DIALECTS, JSON, XML, Dialect
from app.formats.datex2.envelope import Frame, Protocol
from app.formats.datex2.rendering import SiteWriter
from app.model.batch import Kind
from app.model.loss import Loss

Body = dict[str, Any]
_MEDIA_TYPES = {XML: "application/xml", JSON: "application/json"}
SEPARATORS = {XML: b"\n", JSON: b","}
_NO_TARIFFS = Rendered(None, (Loss("", "DATEX II has prices at points: tariffs left out"),))


class DatexPublication(Format):
    """Of sites: a table, of locations with their statuses: a status publication."""

    standard = "datex2"
    frame: ClassVar[Frame]

    def __init__(self) -> None:
        self._sites = SiteWriter(self.frame)

    def location(self, body: Body, context: Context) -> Rendered:
        return self._sites.render(body, context)

    def tariff(self, body: Body, context: Context) -> Rendered:
        return _NO_TARIFFS

    def prefix(self, envelope: Envelope) -> bytes:
        return self.frame.around(envelope)[0]

    def suffix(self, envelope: Envelope) -> bytes:
        return self.frame.around(envelope)[1]


def _register(dialect: Dialect, encoding: str, protocol: Protocol | None) -> None:
    kind = "table" if protocol is None else "status"
    address = Address(
        f"datex2/{dialect.profile}/{kind}.{encoding}",
        Kind.SITES if protocol is None else Kind.LOCATIONS,
        f"DATEX II {dialect.name}, {kind}, {encoding.upper()}",
        Cadence.STATIC if protocol is None else Cadence.STATUS,
        dialect.countries,
    )
    members = {
        "__doc__": DatexPublication.__doc__,
        "name": f"datex2-{dialect.profile}-{kind}-{encoding}",
        "media_type": _MEDIA_TYPES[encoding],
        "separator": SEPARATORS[encoding],
        "addresses": (address,),
        "frame": Frame(dialect, encoding, protocol),
    }
    register(type(f"Datex{kind.capitalize()}", (DatexPublication,), members))


for _dialect in DIALECTS:
    for _encoding in _dialect.encodings:
        for _protocol in (None, Protocol.PULL):
            _register(_dialect, _encoding, _protocol)
