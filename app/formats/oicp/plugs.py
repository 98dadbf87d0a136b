"""Connectors as Plugs and ChargingFacilities: two lists of the same length and order, since OICP does not pair them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.formats.oicp.codes import INEXACT_PLUGS, MODES, PLUGS, POWER_TYPES, TYPE_2
from app.formats.oicp.conversion import Record
from app.formats.oicp.saying import Said
from app.model.electricity import power_watts
from app.model.enums import ConnectorType, PowerType

Body = Mapping[str, Any]

_PATH = "evses[].connectors[]."
_SAID = frozenset(
    {"id", "standard", "format", "power_type", "max_voltage", "max_amperage", "max_electric_power"}
    | {"capabilities", "last_updated"}
)
MOST_KW, MOST_VOLTS, MOST_AMPERES = 999, 999, 99


def plugs_and_facilities(connectors: Sequence[Body], said: Said) -> tuple[list[str], list[Record]]:
    """Refuses the record where no connector can be said."""
    plugs: list[str] = []
    facilities: list[Record] = []
    for number, connector in enumerate(connectors, 1):
        said.unsaid(connector, _SAID, _PATH)
        if connector["id"] != str(number):
            said.lose(f"{_PATH}id", value=connector["id"])
        plug = _plug(connector, said)
        facility = _facility(connector, said)
        if plug and facility:
            plugs.append(plug)
            facilities.append(facility)
    if not plugs:
        said.refuse("evses[].connectors", "OICP can say none of its connectors: no record")
    if len(plugs) > 1:
        said.lose("evses[].connectors", "which plug has which power is told by the order alone")
    return plugs, facilities


def _plug(connector: Body, said: Said) -> str | None:
    standard = connector["standard"]
    plug = TYPE_2[connector["format"]] if standard == ConnectorType.IEC_62196_T2 else PLUGS.get(standard)
    if plug is None:
        said.lose(f"{_PATH}standard", "OICP has no such plug: connector left out", standard)
    elif standard in INEXACT_PLUGS:
        said.lose(f"{_PATH}standard", f"said as {plug}", standard)
    return plug


def _facility(connector: Body, said: Said) -> Record | None:
    watts = power_watts(connector)
    kilowatts = max(1, round(watts / 1000))
    if kilowatts > MOST_KW:
        said.lose(f"{_PATH}max_electric_power", f"more than {MOST_KW} kW: connector left out", str(watts))
        return None
    if kilowatts * 1000 != watts:
        said.lose(f"{_PATH}max_electric_power", "rounded to kilowatts", str(watts))
    if connector["power_type"] != POWER_TYPES[connector["power_type"]]:
        said.lose(f"{_PATH}power_type", "said as AC_1_PHASE", connector["power_type"])
    facility: Record = {"PowerType": POWER_TYPES[connector["power_type"]], "Power": kilowatts}
    facility |= _limits(connector, said)
    if mode := MODES.get(connector["standard"]):
        facility["ChargingModes"] = [mode]
    return facility


def _limits(connector: Body, said: Said) -> Record:
    """Volts and amperes, of AC alone: those of most DC chargers do not fit into the fields."""
    limits = (("Voltage", "max_voltage", MOST_VOLTS), ("Amperage", "max_amperage", MOST_AMPERES))
    if connector["power_type"] == PowerType.DC:
        for _, name, _ in limits:
            said.lose(f"{_PATH}{name}", "not said of DC", str(connector[name]))
        return {}
    found = {}
    for field, name, most in limits:
        if connector[name] <= most:
            found[field] = connector[name]
        else:
            said.lose(f"{_PATH}{name}", f"more than {most}: left out", str(connector[name]))
    return found
