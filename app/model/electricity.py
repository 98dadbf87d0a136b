"""What a connector can give."""

from __future__ import annotations

from collections.abc import Mapping
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
