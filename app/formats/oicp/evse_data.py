"""EVSE data and statuses as whole documents, in the shape that the Swiss Federal Office of Energy publishes (ich-tanke-strom):
OICP 2.3 records by operator.

    {"EVSEData": [{OperatorID, OperatorName, EVSEDataRecord: [EvseDataRecord, …]}, …]}
    {"EVSEStatuses": [{OperatorID, OperatorName, EVSEStatusRecord: [{EvseID, EVSEStatus}, …]}, …]}

An operator comes once for each of its locations. The records themselves keep to OICP 2.3 where the Swiss files stray from it
(coordinates as DecimalDegree, PowerType and Power in capitals).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from app.formats.base import Address, Cadence, Context, Envelope, Format, Rendered, register
from app.formats.oicp.conversion import Record
from app.formats.oicp.evse_record import site_records
from app.formats.oicp.evse_status import evse_statuses
from app.formats.oicp.ids import operator_of
from app.formats.oicp.messages import OPERATOR_NAME
from app.formats.oicp.saying import Said
from app.model.batch import Kind
from app.model.loss import Loss

Object = dict[str, Any]

_NO_TARIFFS = Rendered(None, (Loss("", "an EVSE file has no prices: tariffs left out"),))


class _OicpDocument(Format):
    media_type = "application/json"
    root: str
    records: str

    def tariff(self, body: Object, context: Context) -> Rendered:
        return _NO_TARIFFS

    def prefix(self, envelope: Envelope) -> bytes:
        return f'{{"{self.root}":['.encode()

    def suffix(self, envelope: Envelope) -> bytes:
        return b"]}"

    def by_operator(self, body: Object, records: Iterable[Record], said: Said) -> Rendered:
        """The operator is the one that the EvseID names."""
        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(operator_of(record["EvseID"]), []).append(record)
        name = body.get("operator", {}).get("name")
        named = {"OperatorName": said.cut(name, OPERATOR_NAME, "operator.name")} if name else {}
        found = [
            orjson.dumps({"OperatorID": operator, **named, self.records: group}) for operator, group in groups.items()
        ]
        losses = tuple(dict.fromkeys([*said.losses, *said.refusals]))
        return Rendered(self.separator.join(found) if found else None, losses)


@register
class OicpEvseData(_OicpDocument):
    name = "oicp-evse-data"
    root, records = "EVSEData", "EVSEDataRecord"
    addresses = (Address("oicp/evse-data.json", Kind.SITES, "OICP 2.3, EVSE data", Cadence.STATIC),)

    def location(self, body: Object, context: Context) -> Rendered:
        found = site_records(body, context.tariffs)
        return self.by_operator(body, found.records, Said([*found.losses], [*found.refusals]))


@register
class OicpEvseStatus(_OicpDocument):
    """Without times: OICP has none."""

    name = "oicp-evse-status"
    root, records = "EVSEStatuses", "EVSEStatusRecord"
    addresses = (Address("oicp/evse-status.json", Kind.LOCATIONS, "OICP 2.3, EVSE status"),)

    def location(self, body: Object, context: Context) -> Rendered:
        said = Said()
        records = [{"EvseID": evse_id, "EVSEStatus": status} for evse_id, status in evse_statuses(body, said)]
        return self.by_operator(body, records, said)
