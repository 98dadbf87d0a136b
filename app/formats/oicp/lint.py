"""What Hubject scores in EvseDataRecords every month: *correctness* (address against coordinates; power, plug and voltage that
fit, the voltage from line to neutral) and *completeness* (optional fields that are filled)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iso3166 import countries_by_alpha3

from app.model.electricity import PHASES
from app.model.problem import Problem, Severity
from app.model.territory import countries_near

Record = Mapping[str, Any]

CORRECTNESS, COMPLETENESS = "Hubject quality: correctness", "Hubject quality: completeness"
_LINE_TO_LINE = 300
"""Volts that no line has to neutral."""
_ROUNDING = 1.1
"""By how much power may differ from voltage times current."""
_MOST_AC_KW = 44
"""IEC 62196-2: 63 A in three phases."""
_MOST_DOMESTIC_KW = 4
_DC_PLUGS = ("CCS Combo 1 Plug (Cable Attached)", "CCS Combo 2 Plug (Cable Attached)", "CHAdeMO")
_EITHER = ("Tesla Connector",)
_DOMESTIC = ("Type E French Standard", "Type F Schuko", "Type G British Standard", "Type J Swiss Standard")
_OPTIONAL = {
    "ChargingPoolID": "a location id such as DE*ABC*P123",
    "ChargingStationImage": "images",
    "SubOperatorName": "suboperator",
    "EnergySource": "energy_mix.energy_sources",
    "EnvironmentalImpact": "energy_mix.environ_impact",
    "AccessibilityLocation": "parking_type",
    "ChargingStationLocationReference": "directions",
    "GeoChargingPointEntrance": "related_locations",
}
"""What a record can say of what is known here → what to fill in."""


def lint_record(record: Record) -> Iterator[Problem]:
    """`record` is the EvseID, `path` a field of OICP; notes all."""
    yield from _lint_address(record)
    for at, (plug, facility) in enumerate(zip(record["Plugs"], record["ChargingFacilities"], strict=False)):
        yield from _lint_facility(record, f"ChargingFacilities[{at}]", plug, facility)
    empty = [name for name in _OPTIONAL if not record.get(name)]
    if empty:
        what = f"optional, and not said: {', '.join(empty)}"
        yield _note(record, "", what, f"Fill in {'; '.join(_OPTIONAL[name] for name in empty)}", COMPLETENESS)


def _lint_address(record: Record) -> Iterator[Problem]:
    address = record["Address"]
    for name in ("Street", "HouseNum", "PostalCode", "City"):
        if not any(letter.isalnum() and letter != "0" for letter in address[name]):
            what = f"{address[name]!r} stands for nothing"
            yield _note(record, f"Address.{name}", what, "Say it as it is in the backend or in the overlay")
    where = record["GeoCoordinates"]["DecimalDegree"]
    country = countries_by_alpha3.get(address["Country"])
    found = countries_near(float(where["Latitude"]), float(where["Longitude"]))
    if country is not None and country.alpha2 not in found:
        what = f"{where['Latitude']}, {where['Longitude']} is not in {address['Country']}"
        yield _note(record, "GeoCoordinates", what, "Correct the coordinates, or the country")


def _lint_facility(record: Record, path: str, plug: str, facility: Record) -> Iterator[Problem]:
    direct, power = facility["PowerType"] == "DC", facility["Power"]
    if plug not in _EITHER and direct != (plug in _DC_PLUGS):
        yield _note(
            record, f"{path}.PowerType", f"{facility['PowerType']} from {plug}", "Correct power_type or standard"
        )
    most = _MOST_DOMESTIC_KW if plug in _DOMESTIC else _MOST_AC_KW
    if not direct and power > most:
        yield _note(record, f"{path}.Power", f"{power} kW from {plug}", "Correct max_electric_power")
    volts, amperes = facility.get("Voltage"), facility.get("Amperage")
    if volts is not None and volts >= _LINE_TO_LINE:
        what = f"{volts} V is no voltage from line to neutral"
        yield _note(record, f"{path}.Voltage", what, "Say it from line to neutral: 230 V, not 400 V")
    elif volts is not None and amperes is not None:
        can = volts * amperes * PHASES[facility["PowerType"]] / 1000
        if not _agree(power, can):
            what = f"{power} kW, and {volts} V times {amperes} A make {can:.1f} kW"
            yield _note(record, f"{path}.Power", what, "Correct max_electric_power, max_voltage or max_amperage")


def _agree(stated: int, can: float) -> bool:
    """To the kilowatt that both are rounded by."""
    return max(stated, can) <= _ROUNDING * min(stated, can) + 0.5


def _note(record: Record, path: str, what: str, remedy: str, rule: str = CORRECTNESS) -> Problem:
    return Problem(what, Severity.NOTE, record=record["EvseID"], path=path, rule=rule, remedy=remedy)
