"""An EvseDataRecord as an EVSE of OCPI. What no OCPI field can hold is noted; what is no value of OICP is left out and noted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.formats.oicp.codes import (
    CALIBRATION,
    DIRECT_PAYMENT,
    PLUG_AND_CHARGE,
    PLUGS_READ,
    REMOTE,
    RESERVATION,
    RFID,
    THREE_PHASE,
    THREE_PHASE_AMPERES,
)
from app.formats.oicp.reading import Notes, Record, items, number, text, texts, truth, words
from app.model.electricity import PHASES
from app.model.enums import Capability, ConnectorFormat, ConnectorType, ImageCategory, PowerType

Body = dict[str, Any]

LONGEST_UID = 36
NOMINAL_VOLTS = 230
"""Of AC, line to neutral, where the record does not say it."""
ASSUMED = f"AC is read at {NOMINAL_VOLTS} V where no voltage is said; of DC voltage and current stay unknown (0)"
_CALIBRATION = {word: law.value for law, word in CALIBRATION.items()}
_DC_PLUGS = frozenset({ConnectorType.CHADEMO, ConnectorType.IEC_62196_T1_COMBO, ConnectorType.IEC_62196_T2_COMBO})
_IMAGE_TYPES = ("jpg", "jpeg", "png", "gif", "svg", "webp")
_CAPABILITIES = {
    **dict.fromkeys(RFID, Capability.RFID_READER),
    REMOTE: Capability.REMOTE_START_STOP_CAPABLE,
}


def evse_of(record: Record, notes: Notes) -> Body:
    """`record` has an EvseID. Without a plug that can be read, the EVSE has no connectors, and its reader refuses it."""
    evse_id = text(record, "EvseID") or ""
    evse: Body = {
        "uid": evse_id if len(evse_id) <= LONGEST_UID else evse_id.replace("*", ""),
        "evse_id": evse_id,
        "capabilities": _capabilities(record, notes),
        "connectors": _connectors(record, notes),
        "directions": texts(record, "ChargingStationLocationReference"),
        "images": _images(record, notes),
        "oicp": _for_the_hub(record),
        "plug_and_charge": PLUG_AND_CHARGE in words(record, "AuthenticationModes"),
    }
    address = record.get("Address")
    if isinstance(address, dict):
        evse |= {"floor_level": text(address, "Floor"), "physical_reference": text(address, "ParkingSpot")}
    return {name: value for name, value in evse.items() if value or name == "connectors"}


def _capabilities(record: Record, notes: Notes) -> list[str]:
    found: list[str] = []
    for mode in words(record, "AuthenticationModes"):
        if mode in _CAPABILITIES:
            found.append(_CAPABILITIES[mode].value)
        elif mode == DIRECT_PAYMENT:
            notes.add("AuthenticationModes", "OCPI asks how is paid: left out", mode)
        elif mode != PLUG_AND_CHARGE:
            notes.add("AuthenticationModes", "OCPI has no such capability: left out", mode)
    if len(set(RFID) & set(words(record, "AuthenticationModes"))) == 1:
        notes.add("AuthenticationModes", "read as RFID_READER, whatever the kind of card")
    services = words(record, "ValueAddedServices")
    found += [Capability.RESERVABLE.value] if RESERVATION in services else []
    found += [Capability.CHARGING_PROFILE_CAPABLE.value] if truth(record, "DynamicPowerLevel") else []
    for service in services:
        if service not in (RESERVATION, "None"):
            notes.add("ValueAddedServices", "OCPI has no such capability: left out", service)
    return list(dict.fromkeys(found))


def _connectors(record: Record, notes: Notes) -> list[Body]:
    facilities = [one for one in items(record, "ChargingFacilities") if isinstance(one, dict)]
    found: list[Body] = []
    plugs = words(record, "Plugs")
    for at, plug in enumerate(plugs):
        paired = facilities[at] if len(facilities) == len(plugs) else None
        connector = _connector(plug, paired, facilities, notes)
        if connector:
            found.append({"id": str(len(found) + 1), **connector})
    return found


def _facility(plug: str, paired: Record | None, facilities: Sequence[Record], notes: Notes) -> Record:
    """The one in the same place of its list, where plug and current fit; else the strongest that fits. OICP pairs none."""
    direct = PLUGS_READ.get(plug, (None,))[0] in _DC_PLUGS
    fitting = [one for one in facilities if ((text(one, "PowerType", "powertype") or "").upper() == "DC") == direct]
    if paired in fitting:
        return paired or {}
    if len(fitting) > 1:
        notes.add("ChargingFacilities", "which plug has which power is not said: read as the strongest that fits")
    return max(fitting or facilities, key=lambda one: number(one, "Power", "power") or 0, default={})


def _connector(plug: str, paired: Record | None, facilities: Sequence[Record], notes: Notes) -> Body | None:
    facility = _facility(plug, paired, facilities, notes)
    kilowatts = number(facility, "Power", "power")
    volts, amperes = number(facility, "Voltage", "voltage"), number(facility, "Amperage", "amperage")
    known = _plug(plug, amperes)
    if known is None:
        notes.add("Plugs", "OCPI has no such plug, or its size is not said: left out", plug)
        return None
    standard, form = known
    current = _current(facility, standard)
    if current is None or kilowatts is None:
        notes.add("ChargingFacilities", "power or current is not said: plug left out", plug)
        return None
    watts = round(kilowatts * 1000)
    max_voltage, max_amperage = _limits(current, watts, volts, amperes)
    return {
        "standard": standard.value,
        "format": form.value,
        "power_type": current.value,
        "max_voltage": max_voltage,
        "max_amperage": max_amperage,
        "max_electric_power": watts,
    }


def _limits(current: PowerType, watts: int, volts: Decimal | None, amperes: Decimal | None) -> tuple[int, int]:
    """As told, else as `ASSUMED`; of AC the current follows from the power."""
    direct = current is PowerType.DC
    known = int(volts) if volts is not None else 0 if direct else NOMINAL_VOLTS
    if amperes is not None or direct or not known:
        return known, int(amperes or 0)
    return known, round(watts / (known * PHASES[current.value]))


def _plug(plug: str, amperes: Decimal | None) -> tuple[ConnectorType, ConnectorFormat] | None:
    if plug == THREE_PHASE:
        standard = THREE_PHASE_AMPERES.get(int(amperes or 0))
        return (standard, ConnectorFormat.SOCKET) if standard else None
    return PLUGS_READ.get(plug)


def _current(facility: Record, standard: ConnectorType) -> PowerType | None:
    told = text(facility, "PowerType", "powertype")
    if told and told.upper() in PowerType.__members__:
        return PowerType[told.upper()]
    return PowerType.DC if standard in _DC_PLUGS else None


def _images(record: Record, notes: Notes) -> list[Body]:
    url = text(record, "ChargingStationImage", "LocationImage")
    kind = url.rpartition(".")[2].lower() if url else ""
    if url and kind not in _IMAGE_TYPES:
        notes.add("ChargingStationImage", "the address does not say the type that OCPI asks for: left out", url)
    return [{"url": url, "category": ImageCategory.CHARGER.value, "type": kind}] if kind in _IMAGE_TYPES else []


def _for_the_hub(record: Record) -> Body:
    told = {
        "calibration_law": _CALIBRATION.get(text(record, "CalibrationLawDataAvailability") or ""),
        "compatible": truth(record, "IsHubjectCompatible"),
        "dynamic": truth(record, "DynamicInfoAvailable"),
    }
    return {name: value for name, value in told.items() if value is not None}
