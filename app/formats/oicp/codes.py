"""What OCPI and OICP 2.3 call the same thing. Values of OICP are sent with their blanks, and are open enums when read."""

from __future__ import annotations

from app.model.enums import (
    Capability,
    ConnectorCapability,
    ConnectorFormat,
    ConnectorType,
    EnergySourceCategory,
    EnvironmentalImpactCategory,
    ParkingType,
    PowerType,
    Status,
)
from app.model.evse import CalibrationLaw

_T, _C, _P = ConnectorType, Capability, ParkingType

STATUSES = {
    Status.AVAILABLE: "Available",
    Status.RESERVED: "Reserved",
    Status.CHARGING: "Occupied",
    Status.BLOCKED: "Occupied",
    Status.INOPERATIVE: "OutOfService",
    Status.OUTOFORDER: "OutOfService",
    Status.UNKNOWN: "Unknown",
}
"""PLANNED and REMOVED have no record."""
INEXACT_STATUSES = frozenset({Status.BLOCKED, Status.INOPERATIVE})

PLUGS = {
    _T.CHADEMO: "CHAdeMO",
    _T.IEC_62196_T1: "Type 1 Connector (Cable Attached)",
    _T.IEC_62196_T1_COMBO: "CCS Combo 1 Plug (Cable Attached)",
    _T.IEC_62196_T2_COMBO: "CCS Combo 2 Plug (Cable Attached)",
    _T.IEC_62196_T3A: "Type 3 Outlet",
    _T.IEC_62196_T3C: "Type 3 Outlet",
    _T.DOMESTIC_E: "Type E French Standard",
    _T.DOMESTIC_F: "Type F Schuko",
    _T.DOMESTIC_G: "Type G British Standard",
    _T.DOMESTIC_J: "Type J Swiss Standard",
    _T.IEC_60309_2_single_16: "IEC 60309 Single Phase",
    _T.IEC_60309_2_three_16: "IEC 60309 Three Phase",
    _T.IEC_60309_2_three_32: "IEC 60309 Three Phase",
    _T.IEC_60309_2_three_64: "IEC 60309 Three Phase",
    _T.NEMA_5_20: "NEMA 5-20",
    _T.TESLA_R: "Tesla Connector",
    _T.TESLA_S: "Tesla Connector",
    _T.SAE_J3400: "Tesla Connector",
}
"""Type 2 has two, by whether its cable is attached. OICP has no MCS, GB/T, ChaoJi, pantograph."""
TYPE_2 = {ConnectorFormat.SOCKET: "Type 2 Outlet", ConnectorFormat.CABLE: "Type 2 Connector (Cable Attached)"}

INEXACT_PLUGS = frozenset(standard for standard, plug in PLUGS.items() if [*PLUGS.values()].count(plug) > 1)
"""Others have the same plug."""

PLUGS_READ = {
    "CHAdeMO": (_T.CHADEMO, ConnectorFormat.CABLE),
    "Type 1 Connector (Cable Attached)": (_T.IEC_62196_T1, ConnectorFormat.CABLE),
    "Type 2 Outlet": (_T.IEC_62196_T2, ConnectorFormat.SOCKET),
    "Type 2 Connector (Cable Attached)": (_T.IEC_62196_T2, ConnectorFormat.CABLE),
    "Type 3 Outlet": (_T.IEC_62196_T3C, ConnectorFormat.SOCKET),
    "CCS Combo 1 Plug (Cable Attached)": (_T.IEC_62196_T1_COMBO, ConnectorFormat.CABLE),
    "CCS Combo 2 Plug (Cable Attached)": (_T.IEC_62196_T2_COMBO, ConnectorFormat.CABLE),
    "Type E French Standard": (_T.DOMESTIC_E, ConnectorFormat.SOCKET),
    "Type F Schuko": (_T.DOMESTIC_F, ConnectorFormat.SOCKET),
    "Type G British Standard": (_T.DOMESTIC_G, ConnectorFormat.SOCKET),
    "Type J Swiss Standard": (_T.DOMESTIC_J, ConnectorFormat.SOCKET),
    "IEC 60309 Single Phase": (_T.IEC_60309_2_single_16, ConnectorFormat.SOCKET),
    "NEMA 5-20": (_T.NEMA_5_20, ConnectorFormat.SOCKET),
    "Tesla Connector": (_T.TESLA_S, ConnectorFormat.CABLE),
}
"""Of `Type 3 Outlet` and `Tesla Connector` the usual kind; `IEC 60309 Three Phase` needs the current as well."""
THREE_PHASE = "IEC 60309 Three Phase"
THREE_PHASE_AMPERES = {
    16: _T.IEC_60309_2_three_16,
    32: _T.IEC_60309_2_three_32,
    63: _T.IEC_60309_2_three_64,
    64: _T.IEC_60309_2_three_64,
}

MODES = {
    _T.CHADEMO: "CHAdeMO",
    _T.IEC_62196_T1: "Mode_3",
    _T.IEC_62196_T2: "Mode_3",
    _T.IEC_62196_T3A: "Mode_3",
    _T.IEC_62196_T3C: "Mode_3",
    _T.IEC_62196_T1_COMBO: "Mode_4",
    _T.IEC_62196_T2_COMBO: "Mode_4",
}
"""IEC 61851-1; other sockets do not say theirs."""

POWER_TYPES = {
    PowerType.AC_1_PHASE: "AC_1_PHASE",
    PowerType.AC_2_PHASE: "AC_1_PHASE",
    PowerType.AC_2_PHASE_SPLIT: "AC_1_PHASE",
    PowerType.AC_3_PHASE: "AC_3_PHASE",
    PowerType.DC: "DC",
}

RFID = ("NFC RFID Classic", "NFC RFID DESFire")
REMOTE, PLUG_AND_CHARGE, DIRECT_PAYMENT = "REMOTE", "PnC", "Direct Payment"
CARDS = frozenset(
    {
        _C.CHIP_CARD_SUPPORT,
        _C.CONTACTLESS_CARD_SUPPORT,
        _C.CREDIT_CARD_PAYABLE,
        _C.DEBIT_CARD_PAYABLE,
        _C.PED_TERMINAL,
    }
)
CERTIFICATES = frozenset(ConnectorCapability)

NO_PAYMENT, DIRECT, CONTRACT = "No Payment", "Direct", "Contract"
RESERVATION, ROOF, NO_SERVICE = "Reservation", "RoofProvided", "None"
FREE, RESTRICTED, TEST = "Free publicly accessible", "Restricted access", "Test Station"

PARKING = {
    _P.ON_STREET: "OnStreet",
    _P.PARKING_LOT: "ParkingLot",
    _P.ALONG_MOTORWAY: "ParkingLot",
    _P.PARKING_GARAGE: "ParkingGarage",
    _P.UNDERGROUND_GARAGE: "UndergroundParkingGarage",
}
CALIBRATION = {
    CalibrationLaw.LOCAL: "Local",
    CalibrationLaw.EXTERNAL: "External",
    CalibrationLaw.NOT_AVAILABLE: "Not Available",
}
ENERGY = {
    EnergySourceCategory.SOLAR: "Solar",
    EnergySourceCategory.WIND: "Wind",
    EnergySourceCategory.WATER: "HydroPower",
    EnergySourceCategory.COAL: "Coal",
    EnergySourceCategory.GAS: "NaturalGas",
    EnergySourceCategory.NUCLEAR: "NuclearEnergy",
}
IMPACT = {
    EnvironmentalImpactCategory.CARBON_DIOXIDE: "CO2Emission",
    EnvironmentalImpactCategory.NUCLEAR_WASTE: "NuclearWaste",
}
