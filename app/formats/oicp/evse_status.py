"""The statuses of a location's EVSEs as OICP has them: without times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.formats.oicp.codes import INEXACT_STATUSES, STATUSES
from app.formats.oicp.ids import is_evse_id
from app.formats.oicp.saying import Said
from app.model.enums import Status
from app.model.status import OUT_OF_SERVICE


def evse_statuses(site: Mapping[str, Any], said: Said) -> Iterator[tuple[str, str]]:
    """(EvseID, EvseStatus) of each EVSE in service."""
    for evse in site.get("evses", ()):
        if evse.get("status") in OUT_OF_SERVICE:
            continue
        if not is_evse_id(evse.get("evse_id")):
            said.refuse("evses[].evse_id", "no EvseID of OICP: no record", evse.get("evse_id", ""))
            continue
        status = evse.get("status", Status.UNKNOWN.value)
        if status in INEXACT_STATUSES:
            said.lose("evses[].status", f"said as {STATUSES[status]}", status)
        for name in ("status_schedule", "status_times", "status_detail"):
            if name in evse:
                said.lose(f"evses[].{name}")
        yield evse["evse_id"], STATUSES[status]
