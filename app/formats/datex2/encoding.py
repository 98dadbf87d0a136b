"""How dialects and encodings differ in what they write of prices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Encoding:
    name: str
    decimals: int
    """Of money."""
    price_groups: bool
    """Whether each price has a priceGroupIndex, which v3.7 requires and 01-00-00 rejects."""
    zoned_times: bool
    """Whether times of day need an offset, which means nothing (German profile), and 24:00 cannot be said."""


GERMAN_JSON = Encoding("01-00-00 JSON", decimals=6, price_groups=False, zoned_times=True)
V37_JSON = Encoding("v3.7 JSON", decimals=6, price_groups=True, zoned_times=False)
V37_XML = Encoding("v3.7 XML", decimals=2, price_groups=True, zoned_times=False)
"""afac:AmountOfMoney: at most 8 digits, of them 2 decimals."""
