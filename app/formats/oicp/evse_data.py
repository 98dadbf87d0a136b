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
from app.formats.oicp.codes import INEXACT_STATUSES, STATUSES
from app.formats.oicp.conversion import Record
from app.formats.oicp.evse_record import evse_records, unsaid_of_location
from app.formats.oicp.ids import is_evse_id, operator_of
from app.formats.oicp.saying import Said
from app.model.batch import Kind
from app.model.enums import Status
from app.model.loss import Loss
from app.model.status import OUT_OF_SERVICE

Object = dict[str, Any]

_NO_TARIFFS = Rendered(None, (Loss("", "an EVSE file has no prices: tariffs left out"),))
_OPERATOR_NAME = 100


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
        named = {"OperatorName": said.cut(name, _OPERATOR_NAME, "operator.name")} if name else {}
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
        said = unsaid_of_location(body)
        records: list[Record] = []
        for found in evse_records(body, context.tariffs):
            records += found.records
            said.losses += found.losses
            said.refusals += found.refusals
        return self.by_operator(body, records, said)


@register
class OicpEvseStatus(_OicpDocument):
    """Without times: OICP has none."""

    name = "oicp-evse-status"
    root, records = "EVSEStatuses", "EVSEStatusRecord"
    addresses = (Address("oicp/evse-status.json", Kind.LOCATIONS, "OICP 2.3, EVSE status"),)

    def location(self, body: Object, context: Context) -> Rendered:
        said = Said()
        evses = [evse for evse in body.get("evses", ()) if evse.get("status") not in OUT_OF_SERVICE]
        return self.by_operator(body, [record for evse in evses if (record := _status(evse, said))], said)


def _status(evse: Object, said: Said) -> Record | None:
    if not is_evse_id(evse.get("evse_id")):
        said.refuse("evses[].evse_id", "no EvseID of OICP: no record", evse.get("evse_id", ""))
        return None
    status = evse.get("status", Status.UNKNOWN.value)
    if status in INEXACT_STATUSES:
        said.lose("evses[].status", f"said as {STATUSES[status]}", status)
    for name in ("status_schedule", "status_times", "status_detail"):
        if name in evse:
            said.lose(f"evses[].{name}")
    return {"EvseID": evse["evse_id"], "EVSEStatus": STATUSES[status]}
