"""Format `afdc`: stations of the United States and Canada in the columns of the Alternative Fuels Data Center, a row each. Its
database is also that of NRCan's locator.

There is no second file of charging units: AFDC's has no ids of units, and what its counts are of is not clear. Power per port is
in `nevi/stations.json`, and in the OCPI feed that AFDC reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.formats.base import Address, Cadence, Context, Envelope, Format, Rendered, register
from app.formats.csv_text import csv_lines
from app.formats.nevi.afdc_columns import COLUMNS
from app.formats.nevi.afdc_row import CANADA, Texts, in_place, losses, row
from app.formats.nevi.pricing import ev_pricing, ev_pricing_fr
from app.formats.told import Told
from app.model.batch import Kind
from app.model.location import StationStatus
from app.model.loss import Loss
from app.model.usps import UNITED_STATES
from app.tariffs.adhoc import AdhocPrice

COUNTRIES = UNITED_STATES | {CANADA}
_NO_TARIFFS = Rendered(None, (Loss("", "AFDC has prices in words, at their stations: tariffs left out"),))
_GONE = Rendered(None, (Loss("", "decommissioned, or without ports: AFDC has no such station, row left out"),))


@register
class Afdc(Format):
    name = "afdc"
    media_type = "text/csv; charset=utf-8"
    separator = b""
    addresses = (Address("afdc.csv", Kind.LOCATIONS, "AFDC, stations", Cadence.STATIC, COUNTRIES),)

    def __init__(self) -> None:
        self._told = Told(_texts)

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        if body.get("station_status") == StationStatus.DECOMMISSIONED or not in_place(body):
            return _GONE
        connectors = (connector for port in in_place(body) for connector in port["connectors"])
        prices = self._told.text(connectors, context, body["time_zone"])
        said = row(body, prices)
        written = csv_lines([[said.get(column, "") for column in COLUMNS]])
        return Rendered(written, tuple(dict.fromkeys(losses(body, said, prices))))

    def tariff(self, body: dict[str, Any], context: Context) -> Rendered:
        return _NO_TARIFFS

    def prefix(self, envelope: Envelope) -> bytes:
        return csv_lines([COLUMNS])

    def suffix(self, envelope: Envelope) -> bytes:
        return b""


def _texts(prices: Sequence[AdhocPrice]) -> Texts:
    return Texts(ev_pricing(prices), ev_pricing_fr(prices))
