"""What a connector and a port can give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from app.model.enums import PowerType

PHASES = {
    PowerType.AC_1_PHASE.value: 1,
    PowerType.AC_2_PHASE.value: 2,
    PowerType.AC_2_PHASE_SPLIT.value: 2,
    PowerType.AC_3_PHASE.value: 3,
    PowerType.DC.value: 1,
}


def power_watts(connector: Mapping[str, Any]) -> int:
    """Watts: as stated, else voltage (line to neutral) times amperage times phases (OCPI Connector)."""
    stated = connector.get("max_electric_power")
    if stated is not None:
        return int(stated)
    return int(connector["max_voltage"] * connector["max_amperage"] * PHASES[connector["power_type"]])


class ChargingLevel(StrEnum):
    """23 CFR 680.116(c)(8)(iv)."""

    DCFC = "DCFC"
    AC_L2 = "AC_L2"
    AC_L1 = "AC_L1"


_MOST_OF_LEVEL_1, _LEAST_OF_LEVEL_2 = 130, 200
"""Volts around the 120 V of level 1 and the 208 to 240 V of level 2."""


def charging_level(connectors: Iterable[Mapping[str, Any]]) -> ChargingLevel | None:
    """Of a port: the highest of its connectors. None: alternating current of another voltage."""
    found = {_level(connector) for connector in connectors}
    return next((level for level in ChargingLevel if level in found), None)


def _level(connector: Mapping[str, Any]) -> ChargingLevel | None:
    power_type, volts = connector["power_type"], connector["max_voltage"]
    if power_type == PowerType.DC:
        return ChargingLevel.DCFC
    if PHASES[power_type] > 1 or volts >= _LEAST_OF_LEVEL_2:
        return ChargingLevel.AC_L2
    return ChargingLevel.AC_L1 if volts <= _MOST_OF_LEVEL_1 else None
