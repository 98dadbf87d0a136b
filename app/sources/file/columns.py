"""The columns of an inventory table. One line per connector; what belongs to the location or the EVSE stands on its first
line and may be repeated. Several values in a cell are separated by `|`. Column names may be written in any case, with
blanks for `_`, in any order; others are ignored with a note.

`COLUMNS` is the table itself (the documentation is made from it). Cells become OCPI 2.3.0 fields as they are: what is no
value of its field is reported by its reader, not here, and nothing is invented for an empty cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from app.model.codes import COUNTRIES_ALPHA3
from app.model.enums import ConnectorType
from app.model.opening_hours import written_hours


class Level(StrEnum):
    LOCATION = "location"
    EVSE = "EVSE"
    CONNECTOR = "connector"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    level: Level
    path: str
    """OCPI field of its level, `coordinates.latitude`."""
    meaning: str
    read: Callable[[str], Any]
    """A cell's text as a value; the text itself where it is none."""
    required: bool = False


def text(cell: str) -> str:
    return cell


def number(cell: str) -> Any:
    """A whole number; decimals may have a comma."""
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        return cell
    if not isfinite(value):
        return cell
    return int(value) if value.is_integer() else value


def degrees(cell: str) -> str:
    """Six decimals (11 cm), as OCPI asks for five to seven."""
    try:
        return f"{float(cell.replace(',', '.')):.6f}"
    except ValueError:
        return cell


def country(cell: str) -> str:
    return COUNTRIES_ALPHA3.repair(cell) or cell


def watts(cell: str) -> Any:
    """From kilowatts."""
    kilowatts = number(cell)
    return kilowatts if isinstance(kilowatts, str) else round(kilowatts * 1000)


_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def yes_or_no(cell: str) -> Any:
    return _YES.get(cell.lower(), cell)


def several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


_PLUGS = {
    "type1": "IEC_62196_T1",
    "type2": "IEC_62196_T2",
    "ccs1": "IEC_62196_T1_COMBO",
    "ccs2": "IEC_62196_T2_COMBO",
    "schuko": "DOMESTIC_F",
    "nacs": "SAE_J3400",
    "j3400": "SAE_J3400",
    "type3c": "IEC_62196_T3C",
}
_PLUGS |= {re.sub(r"[^a-z0-9]", "", plug.value.lower()): plug.value for plug in ConnectorType}
_CURRENTS = {"dc": "DC", "ac1": "AC_1_PHASE", "ac1phase": "AC_1_PHASE", "ac3": "AC_3_PHASE", "ac3phase": "AC_3_PHASE"}


def plug(cell: str) -> str:
    return _PLUGS.get(re.sub(r"[^a-z0-9]", "", cell.lower()), cell)


def current(cell: str) -> str:
    return _CURRENTS.get(re.sub(r"[^a-z0-9]", "", cell.lower()), cell.upper())


def upper(cell: str) -> str:
    return cell.upper()


def _columns(level: Level, *rows: tuple[str, str, Callable[[str], Any], str]) -> list[Column]:
    """`*` after a name: required."""
    return [
        Column(name.rstrip("*"), level, path, meaning, read, name.endswith("*")) for name, path, read, meaning in rows
    ]


COLUMNS: tuple[Column, ...] = tuple(
    _columns(
        Level.LOCATION,
        ("location_id*", "id", text, "Id of the location, up to 36 characters, the same for ever"),
        (
            "country_code",
            "country_code",
            upper,
            "Owner: ISO alpha-2 country of the party; else that of the source's settings",
        ),
        ("party_id", "party_id", upper, "Owner: party id; else that of the source's settings"),
        ("publish", "publish", yes_or_no, "`yes` (also where empty) or `no`: whether the public may see it"),
        ("location_name", "name", text, "Name of the location"),
        ("address*", "address", text, "Street and number"),
        ("postal_code", "postal_code", text, "Postal code"),
        ("city*", "city", text, "City"),
        ("state", "state", text, "State or province, where that is usual"),
        ("country*", "country", country, "Country of the site, ISO 3166-1 alpha-3 (or alpha-2)"),
        ("latitude*", "coordinates.latitude", degrees, "Decimal degrees, WGS 84"),
        ("longitude*", "coordinates.longitude", degrees, "Decimal degrees, WGS 84"),
        ("time_zone", "time_zone", text, "IANA name; found from the coordinates where empty"),
        ("parking_type", "parking_type", upper, "OCPI ParkingType, such as `PARKING_LOT`"),
        ("opening_times", "opening_times", written_hours, "`24/7`, or `Mo-Fr 08:00-20:00; Sa,Su 10:00-18:00`"),
        ("facilities", "facilities", several, "OCPI Facility values"),
        ("operator", "operator.name", text, "Name of the operator"),
        ("operator_website", "operator.website", text, "Website of the operator"),
        ("owner", "owner.name", text, "Name of the owner"),
        ("help_phone", "help_phone", text, "Help line for drivers"),
    )
    + _columns(
        Level.EVSE,
        ("evse_id*", "evse_id", text, "EVSE id, such as `DE*ABC*E123`"),
        ("evse_uid", "uid", text, "Technical id, the same for ever; the EVSE id where empty"),
        ("physical_reference", "physical_reference", text, "What is printed on the unit"),
        ("floor_level", "floor_level", text, "Floor"),
        ("evse_latitude", "coordinates.latitude", degrees, "Of the EVSE itself, decimal degrees"),
        ("evse_longitude", "coordinates.longitude", degrees, "Of the EVSE itself, decimal degrees"),
        ("capabilities", "capabilities", several, "OCPI Capability values"),
        ("parking_restrictions", "parking_restrictions", several, "OCPI ParkingRestriction values"),
        ("charger_id", "charger_id", text, "Id of the post the EVSE belongs to"),
        ("installed_on", "installed_on", text, "Day of installation, `2026-01-31`"),
        ("commissioned_on", "commissioned_on", text, "First day of operation, `2026-01-31`"),
    )
    + _columns(
        Level.CONNECTOR,
        ("connector_id", "id", text, "Id within the EVSE; 1, 2, … in order where empty"),
        (
            "connector_type*",
            "standard",
            plug,
            "OCPI ConnectorType, or `Type 2`, `CCS2`, `CCS1`, `CHAdeMO`, `Type 1`, `Schuko`, `NACS`",
        ),
        ("cable*", "format", upper, "`CABLE` (attached) or `SOCKET`"),
        ("power_type*", "power_type", current, "`DC`, `AC_1_PHASE`, `AC_3_PHASE`, …"),
        ("voltage*", "max_voltage", number, "Volts; line to neutral for three phases"),
        ("amperage*", "max_amperage", number, "Amperes per phase"),
        ("power_kw", "max_electric_power", watts, "Kilowatts, where less than volts times amperes (times phases)"),
        ("tariff_ids", "tariff_ids", several, "Ids of tariffs; the name of a price plan stands for all of its tariffs"),
        ("terms_url", "terms_and_conditions", text, "Address of the terms and conditions"),
    )
)
