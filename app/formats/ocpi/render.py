"""The formats `ocpi-2.3.0`, `ocpi-2.2.1` and `ocpi-2.1.1`: documents with OCPI's envelope around a list."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson

from app.clock import Millis, format_time
from app.formats.base import Address, Context, Envelope, Format, Rendered, register
from app.formats.ocpi.downgrade import downgrade
from app.formats.ocpi.versions import V211, V221, V230
from app.formats.uk.pence import alt_text
from app.model.batch import Kind
from app.model.location import Location
from app.model.loss import Loss
from app.model.tariff import Tariff
from app.model.types import Model

_SUCCESS = 1000
IN_PENCE = frozenset({"GB"})
"""Owners' countries whose law wants the price as a text too, in the version that it names: pence per kWh with VAT
(SI 2023/1168, reg. 2, 10(6)(d) and 11)."""


class OcpiFormat(Format):
    media_type = "application/json"
    version: ClassVar[str]

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        return self._render(body, Location, context)

    def tariff(self, body: dict[str, Any], context: Context) -> Rendered:
        return self._render(body, Tariff, context)

    def _render(self, body: dict[str, Any], model: type[Model], context: Context) -> Rendered:
        converted, losses = downgrade(body, model, self.version, context)
        return _rendered(converted, losses)

    def prefix(self, envelope: Envelope) -> bytes:
        return b'{"data":['

    def suffix(self, envelope: Envelope) -> bytes:
        stamp = self.time(envelope.stamp)
        return f'],"status_code":{_SUCCESS},"status_message":"Success","timestamp":"{stamp}"}}'.encode()

    def time(self, at: Millis) -> str:
        """A time as this version writes it."""
        return format_time(at)


def _rendered(converted: dict[str, Any] | None, losses: tuple[Loss, ...]) -> Rendered:
    return Rendered(None if converted is None else orjson.dumps(converted), losses)


def _addresses(version: str, *, boundaries: bool = False, one_party: bool = False) -> tuple[Address, ...]:
    return tuple(
        Address(
            f"ocpi/{version}/{kind.value}.json",
            kind,
            f"{kind.value.title()}, {version}",
            boundaries=boundaries and kind is Kind.LOCATIONS,
            one_party=one_party,
        )
        for kind in (Kind.TARIFFS, Kind.LOCATIONS)
    )


@register
class Ocpi230(OcpiFormat):
    name = "ocpi-2.3.0"
    version = V230
    addresses = _addresses(V230)


@register
class Ocpi221(OcpiFormat):
    name = "ocpi-2.2.1"
    version = V221
    addresses = _addresses(V221)

    def tariff(self, body: dict[str, Any], context: Context) -> Rendered:
        converted, losses = downgrade(body, Tariff, self.version, context)
        if converted is None or body["country_code"] not in IN_PENCE:
            return _rendered(converted, losses)
        said = alt_text(body | {"tariff_alt_text": converted.get("tariff_alt_text", [])})
        if said.texts:
            converted = {**converted, "tariff_alt_text": said.texts}
        deviations = (Loss("tariff_alt_text", deviation) for deviation in said.deviations)
        return _rendered(converted, (*losses, *said.losses, *deviations))


@register
class Ocpi211(OcpiFormat):
    name = "ocpi-2.1.1"
    version = V211
    addresses = _addresses(V211, boundaries=True, one_party=True)

    def time(self, at: Millis) -> str:
        return f"{format_time(at)[:19]}Z"
