"""What no dialect has a place for."""

from __future__ import annotations

from collections.abc import Iterator

from app.formats.datex2.draft import Body, Draft
from app.model.enums import Capability, ImageCategory

_NO_FIELD = "no such field: left out"
_LOCATION = (
    *("related_locations", "charging_when_closed", "siting", "access_condition", "access_type", "station_status"),
    *(
        "grid_connection",
        "network_name",
        "network_provider",
        "project_type",
        "funding",
        "afc",
        "zip_extended",
        "operational_since",
    ),
)
_EVSE = (
    *("parking_restrictions", "charger_id", "installed_on", "commissioned_on", "federally_funded", "oicp"),
    *("trailer_accessible", "max_output_voltage", "irve"),
)
OF_ORGANISATIONS = (ImageCategory.NETWORK, ImageCategory.OPERATOR, ImageCategory.OWNER)
"""Pictures that show no place."""
_CAPABILITIES = frozenset(
    {
        Capability.START_SESSION_CONNECTOR_REQUIRED.value,
        Capability.TOKEN_GROUP_CAPABLE.value,
        Capability.UNLOCK_CAPABLE.value,
        Capability.CHARGING_PROFILE_CAPABLE.value,
    }
)


def lose_unsaid(draft: Draft) -> None:
    for path in dict.fromkeys(_unsaid(draft.body)):
        draft.lose(path, _NO_FIELD)


def _unsaid(body: Body) -> Iterator[str]:
    yield from (name for name in _LOCATION if name in body)
    if any(one["category"] in OF_ORGANISATIONS for one in body.get("images", ())):
        yield "images"
    for evse in body.get("evses", ()):
        yield from (f"evses[].{name}" for name in _EVSE if name in evse)
        if not _CAPABILITIES.isdisjoint(evse.get("capabilities", ())):
            yield "evses[].capabilities"
