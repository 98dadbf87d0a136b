"""What drivers call the connectors that OCPI's ConnectorType names."""

from __future__ import annotations

from app.wording import worded

COMMON = {
    "IEC_62196_T2_COMBO": "CCS (Combo 2)",
    "IEC_62196_T1_COMBO": "CCS (Combo 1)",
    "IEC_62196_T2": worded("Type 2"),
    "IEC_62196_T1": worded("Type 1"),
    "CHADEMO": "CHAdeMO",
    "SAE_J3400": "NACS",
    "MCS": "MCS",
}
"""In the order in which they are offered to choose from."""
_RARE = {
    "CHAOJI": "ChaoJi",
    "GBT_AC": "GB/T AC",
    "GBT_DC": "GB/T DC",
    "IEC_62196_T3A": worded("Type 3A"),
    "IEC_62196_T3C": worded("Type 3C"),
    "IEC_60309_2_single_16": worded("CEE blue, %(amperes)s A", amperes=16),
    "IEC_60309_2_three_16": worded("CEE red, %(amperes)s A", amperes=16),
    "IEC_60309_2_three_32": worded("CEE red, %(amperes)s A", amperes=32),
    "IEC_60309_2_three_64": worded("CEE red, %(amperes)s A", amperes=64),
    "PANTOGRAPH_BOTTOM_UP": worded("pantograph on the vehicle"),
    "PANTOGRAPH_TOP_DOWN": worded("pantograph above the vehicle"),
    "TESLA_R": "Tesla (Roadster)",
    "TESLA_S": "Tesla (Model S)",
    "DOMESTIC_F": worded("Schuko (household socket F)"),
}


def connector_name(standard: str) -> str:
    """A type that OCPI does not know is called as the source calls it."""
    if known := COMMON.get(standard) or _RARE.get(standard):
        return known
    if standard.startswith("DOMESTIC_"):
        return worded("household socket %(letter)s", letter=standard.removeprefix("DOMESTIC_"))
    family, *rest = standard.split("_")
    return f"NEMA {'-'.join(rest)}" if family == "NEMA" else standard.replace("_", " ")
