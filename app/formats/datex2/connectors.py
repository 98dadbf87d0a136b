"""Plugs of a point."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from app.formats.datex2.draft import Body, Draft, Tree, code
from app.formats.datex2.shared import Shared
from app.model.electricity import power_watts
from app.model.enums import ConnectorFormat, ConnectorType, PowerType

TYPES: dict[str, str] = {
    ConnectorType.CHADEMO: "chademo",
    ConnectorType.IEC_60309_2_single_16: "iec60309x2single16",
    ConnectorType.IEC_60309_2_three_16: "iec60309x2three16",
    ConnectorType.IEC_60309_2_three_32: "iec60309x2three32",
    ConnectorType.IEC_60309_2_three_64: "iec60309x2three64",
    ConnectorType.IEC_62196_T1: "iec62196T1",
    ConnectorType.IEC_62196_T1_COMBO: "iec62196T1COMBO",
    ConnectorType.IEC_62196_T2: "iec62196T2",
    ConnectorType.IEC_62196_T2_COMBO: "iec62196T2COMBO",
    ConnectorType.IEC_62196_T3A: "iec62196T3A",
    ConnectorType.IEC_62196_T3C: "iec62196T3C",
    ConnectorType.MCS: "mcs",
    ConnectorType.PANTOGRAPH_BOTTOM_UP: "pantographBottomUp",
    ConnectorType.PANTOGRAPH_TOP_DOWN: "pantographTopDown",
    ConnectorType.TESLA_R: "teslaR",
    ConnectorType.TESLA_S: "teslaS",
}
_DOMESTIC = "DOMESTIC_"
_MOST = 1000
OTHER_NAMES: dict[str, str] = {ConnectorType.SAE_J3400: "SAE J3400 (NACS)"}
_MODES: dict[str, str] = {PowerType.AC_3_PHASE: "mode3AC3p", PowerType.DC: "mode4DC"}
"""There is no mode 3 with fewer phases (ChargingModeEnum)."""


def connector(draft: Draft, told: Body) -> Tree:
    type_, name = _type(draft, told["standard"])
    mode = charging_mode(draft, told) if draft.dialect.is_base else None
    return _connector(type_, name, mode, _format(told), power_watts(told), told["max_voltage"], told["max_amperage"])


@lru_cache(_MOST)
def _connector(type_: str, name: str | None, mode: str | None, form: str, watts: int, volts: int, amperes: int) -> Tree:
    """There are few that differ."""
    tree: Tree = {"connectorType": code(type_)}
    tree |= {"otherConnector": name} if name else {}
    tree |= {"chargingMode": code(mode)} if mode else {}
    tree |= {"connectorFormat": code(form), "maxPowerAtSocket": watts, "voltage": volts, "maximumCurrent": amperes}
    return Shared(tree)


def charging_mode(draft: Draft, told: Body) -> str | None:
    mode = _MODES.get(told["power_type"])
    if mode is None:
        draft.lose("evses[].connectors[].power_type", "mode 3 is said with three phases alone: left out")
    return mode


def is_dc(told: Body) -> bool:
    return bool(told["power_type"] == PowerType.DC)


def strongest(evse: Body) -> Body:
    """The connector with the most power, the first of those alike."""
    return max(evse["connectors"], key=power_watts)


def voltages(evse: Body) -> list[Decimal | int]:
    return list(dict.fromkeys(one["max_voltage"] for one in evse["connectors"]))


def powers(evse: Body) -> list[int]:
    """Watts, the most first (German profile)."""
    return sorted({power_watts(one) for one in evse["connectors"]}, reverse=True)


def _type(draft: Draft, standard: str) -> tuple[str, str | None]:
    """A type of the dialect, and in words what it has no type for."""
    if standard.startswith(_DOMESTIC):
        return draft.dialect.domestic.format(standard.removeprefix(_DOMESTIC)), None
    known = TYPES.get(standard)
    if known is not None and known not in draft.dialect.lacks:
        return known, None
    # Never dropped: AFIR counts it.
    draft.lose("evses[].connectors[].standard", f"{draft.dialect.name} has no such plug: said in words", standard)
    return "other", OTHER_NAMES.get(standard, standard.replace("_", " "))


def _format(told: Body) -> str:
    if told["format"] == ConnectorFormat.SOCKET:
        return "socket"
    return "otherCable" if is_dc(told) else "cableMode3"
