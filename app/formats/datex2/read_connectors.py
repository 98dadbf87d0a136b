"""Plugs of a point as connectors of OCPI, which asks a little more of them than DATEX II says. So this is assumed:

- what is said to have neither alternating nor direct current has that of its plug, and so has a plug beside others;
- alternating current is that of the public grid, 230/400 V (EN 50160), of one phase up to 7.4 kW; the current
  follows from the power;
- of direct current neither voltage nor current is known: 0;
- direct current comes by cable (IEC 61851-1, mode 4); another plug whose format is not said is a socket.

400 V of three phases are 230 V from line to neutral, as OCPI counts.
"""

from __future__ import annotations

from decimal import Decimal

from app.formats.datex2.connectors import OTHER_NAMES
from app.formats.datex2.connectors import TYPES as WRITTEN
from app.formats.datex2.facts import Facts
from app.formats.datex2.trees import Tree
from app.model.enums import ConnectorType

_STANDARDS = {text.lower(): standard for standard, text in WRITTEN.items()}
_IN_WORDS = {text.lower(): standard for standard, text in OTHER_NAMES.items()}
_DIRECT = ("combo", "chademo", "mcs", "pantograph")
_ALTERNATING = frozenset({"IEC_62196_T1", "IEC_62196_T2", "IEC_62196_T3A", "IEC_62196_T3C"})
_VOLTS = 230
_BETWEEN_LINES = range(380, 421)
_ONE_PHASE_WATTS = 7400
ASSUMED = (
    "AC is read at 230/400 V, of DC voltage and current stay unknown (0); "
    "a plug whose format is not told is a socket, of DC a cable"
)
_SUSPICIOUS = 1000
"""Watts: less is likely kilowatts."""
_PHASES = {"AC_1_PHASE": 1, "AC_3_PHASE": 3}


def connectors(point: Facts) -> list[Tree]:
    return [_connector(point, one, str(number)) for number, one in enumerate(point.many("connector"), 1)]


def _connector(point: Facts, plug: Facts, id_: str) -> Tree:
    standard = _standard(plug)
    watts = _watts(plug) or _watts_of_point(point)
    volts, amperes = plug.amount("voltage") or _only(point, "availableVoltage"), plug.amount("maximumCurrent")
    current = _current(point, plug, standard, watts, volts, amperes)
    found = {
        "id": id_,
        "standard": standard,
        "format": _format(plug, current),
        "power_type": current,
        **_electricity(plug, current, watts, volts, amperes),
    }
    return found | ({"max_electric_power": watts} if watts else {})


def _standard(plug: Facts) -> str | None:
    """None: not told."""
    kind, words = plug.one("connectorType"), plug.said("otherConnector")
    if kind is None:
        return None
    told = kind.text().lower()
    if told in _STANDARDS:
        return _STANDARDS[told]
    if told.startswith("domestic") and (letter := told.removeprefix("domestic").removesuffix("type")):
        return f"DOMESTIC_{letter.upper()}"
    if told == "other" and words:
        known = words.upper().replace(" ", "_")
        return _IN_WORDS.get(words.lower()) or (known if known in set(ConnectorType) else words)
    kind.note("no plug of OCPI: written as it is")
    return kind.text()


def _watts(plug: Facts) -> int | None:
    told = plug.one("maxPowerAtSocket")
    number = told.readable() if told else None
    if told and number and number < _SUSPICIOUS:
        told.note("less than 1 kW: maybe meant in kW", "Send watts")
    return round(number) if number else None


def _watts_of_point(point: Facts) -> int | None:
    """The first is the most (German profile)."""
    found = [number for one in point.many("availableChargingPower") if (number := one.readable())]
    return round(max(found)) if found else None


def _only(point: Facts, name: str) -> Decimal | None:
    """None: not told, or several."""
    found = {one.readable() for one in point.many(name)}
    return found.pop() if len(found) == 1 else None


def _current(
    point: Facts, plug: Facts, standard: str | None, watts: int | None, volts: Decimal | None, amperes: Decimal | None
) -> str:
    modes = [mode.lower() for one in (plug, point) if (mode := one.said("chargingMode"))]
    told = (point.said("currentType") or "").lower()
    words = (standard or "").lower()
    by_mode = any(mode.startswith("mode4") or mode == "ccs" for mode in modes)
    if standard in _ALTERNATING and len({one.said("connectorType") for one in point.many("connector")}) > 1:
        told = "ac"
    if told == "dc" or (told != "ac" and (by_mode or any(one in words for one in _DIRECT))):
        return "DC"
    if any(mode.endswith("ac3p") for mode in modes):
        return "AC_3_PHASE"
    if any(mode.endswith("ac1p") for mode in modes):
        return "AC_1_PHASE"
    if watts and volts and amperes:
        several = volts in _BETWEEN_LINES or watts > volts * amperes * Decimal("1.4")
        return "AC_3_PHASE" if several else "AC_1_PHASE"
    return "AC_3_PHASE" if (watts or 0) > _ONE_PHASE_WATTS else "AC_1_PHASE"


def _format(plug: Facts, current: str) -> str:
    told = plug.said("connectorFormat")
    if told is None:
        return "CABLE" if current == "DC" else "SOCKET"
    return "SOCKET" if told.lower() == "socket" else "CABLE"


def _electricity(plug: Facts, current: str, watts: int | None, volts: Decimal | None, amperes: Decimal | None) -> Tree:
    if current == "DC":
        return {"max_voltage": round(volts or 0), "max_amperage": round(amperes or 0)}
    phases = _PHASES[current]
    line = round(volts) if volts else _VOLTS
    if phases > 1 and line in _BETWEEN_LINES:
        line = _VOLTS
    current_of_power = round((watts or 0) / (line * phases)) if line else 0
    return {"max_voltage": line, "max_amperage": round(amperes) if amperes else current_of_power}
