"""Trees as XML. Written by hand, since a table of a large network has tens of millions of elements.

Elements belong to the namespace of the class that declares them (CEN/TS 16157-7). Which one follows from the element they stand
in; sites, stations, points and their statuses mix two: what all facilities have, and what is theirs.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from html import escape
from typing import Any

from app.formats.datex2.dialect import Dialect
from app.model.canonical import number_text

_NAMESPACES = {
    "d2": "d2Payload",
    "con": "messageContainer",
    "ex": "exchangeInformation",
    "com": "common",
    "comx": "commonExtension",
    "loc": "locationReferencing",
    "locx": "locationExtension",
    "egi": "energyInfrastructure",
    "fac": "facilities",
    "aegi": "afirEnergyInfrastructure",
    "afac": "afirFacilities",
}
_SCHEMA = "http://datex2.eu/schema/3/"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r")
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
"""What of UTF-8 XML 1.0 has no place for (2.2)."""
_SPECIAL = re.compile('[&<>"]')
_CLASS = re.compile(r"(aegi|afac|egi|fac|loc|com)([A-Z]\w*)")
_EXTENSION = re.compile(r"(loc|com)([A-Z]\w*Extension)G")
_DECLARED = frozenset(
    {
        *("comDayWeekMonth", "comSpecialDay", "comFault", "facRateLineCollection"),
        *(f"{prefix}{name}" for prefix in ("afac", "fac") for name in ("ContactInformation", "AssociatedFacility")),
    }
)
"""Wrappers of JSON that are the class which XML expects anyway."""
_ATTRIBUTES = {
    **{f"{name}G": name for name in ("id", "version", "modelBaseVersion", "profileName", "profileVersion")},
    "lang": "lang",
    **{name: name for name in ("targetClass", "order", "energyMixIndex", "collectionSequence", "sequence")},
}
_MIXED, _ENERGY, _FACILITY = "", "energy", "facility"
"""What elements mix, and what stands for prefixes of the dialect."""
_MEMBERS = {
    **dict.fromkeys(
        ("name", "alias", "lastUpdated", "description", "accessibility", "additionalInformation"), _FACILITY
    ),
    **dict.fromkeys(("externalIdentifier", "informationWebsite", "photoUrl", "operatingHours"), _FACILITY),
    **dict.fromkeys(("locationReference", "owner", "operator", "helpdesk", "associatedFacility", "rates"), _FACILITY),
    **dict.fromkeys(("applicableForVehicles", "dimension", "amenities", "supplementalFacility"), _FACILITY),
    **dict.fromkeys(("dedicatedParkingSpaces", "availability", "equipmentType", "serviceFacilityType"), _FACILITY),
    **dict.fromkeys(("reference", "operationStatus", "statusDescription", "newRates", "fault"), _FACILITY),
    **dict.fromkeys(("publicationTime", "publicationCreator"), "com"),
}
"""Where elements of several packages mix; those not named here are the energy package's."""
_INSIDE = {
    **dict.fromkeys(("payload", "energyInfrastructureSite", "energyInfrastructureStation", "refillPoint"), _MIXED),
    **dict.fromkeys(("energyInfrastructureSiteStatus", "energyInfrastructureStationStatus"), _MIXED),
    **dict.fromkeys(("refillPointStatus", "supplementalFacility", "dedicatedParkingSpaces"), _MIXED),
    **dict.fromkeys(("energyProduct", "electricEnergyMix", "connector", "serviceType"), _ENERGY),
    **dict.fromkeys(("energyRateUpdate", "plannedRefillPointStatus"), _ENERGY),
    **dict.fromkeys(("owner", "operator", "helpdesk", "mobilityServiceProvider", "operatingHours"), _FACILITY),
    **dict.fromkeys(("externalIdentifier", "associatedFacility", "amenities", "dimension", "payment"), _FACILITY),
    **dict.fromkeys(("rates", "newRates", "afirFacilityLocation"), _FACILITY),
    **dict.fromkeys(("overallPeriod", "informationWebsite", "photoUrl", "applicableForVehicles", "fault"), "com"),
    **dict.fromkeys(("publicationCreator", "headerInformation", "sourceRatioValue"), "com"),
    **dict.fromkeys(("locationReference", "entrance"), "loc"),
    **dict.fromkeys(("address", "facilityLocation"), "locx"),
    "vehicleCharacteristicsExtended": "comx",
    "exchangeInformation": "ex",
}
"""Whose namespace the members of an element are; others inherit it."""
_TARGETS = {"FacilityObject": _FACILITY}


class XmlWriter:
    """Of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._prefixes = {_ENERGY: dialect.energy, _FACILITY: dialect.facility}
        self._tags: dict[tuple[str, str], tuple[str, str]] = {}
        self._codes: dict[tuple[str, str], str] = {}

    def element(self, name: str, tree: Any, inside: str = _ENERGY) -> tuple[bytes, int]:
        """An element, and how many characters were left out that XML cannot say."""
        out: list[str] = []
        self._write(out, inside, name, tree)
        body = "".join(out).encode()
        return _FORBIDDEN.subn(b"", body) if _has_forbidden(body) else (body, 0)

    def _write(self, out: list[str], inside: str, name: str, value: Any) -> None:
        tag, within = self._tags.get((inside, name)) or self._tag(inside, name)
        if type(value) is not dict:
            out.append(f"<{tag}>{_text(value)}</{tag}>")
        elif "values" in value:
            texts = [f'<com:value lang="{one["lang"]}">{_text(one["value"])}</com:value>' for one in value["values"]]
            out.append(f"<{tag}><com:values>{''.join(texts)}</com:values></{tag}>")
        elif "value" in value and len(value) == 1:
            code = value["value"]
            out.append(self._codes.get((tag, code)) or self._code(tag, code))
        else:
            self._write_members(out, tag, within, value)

    def _write_members(self, out: list[str], tag: str, within: str, value: dict[str, Any]) -> None:
        start, head = len(out), tag
        if len(value) == 1:
            (wrapper,) = value
            if found := _class_of(wrapper):
                head += "" if wrapper in _DECLARED else f' xsi:type="{found}"'
                value = value[wrapper]
        elif "extendedValueG" in value:
            out.append(f'<{tag} _extendedValue="{value["extendedValueG"]}">_extended</{tag}>')
            return
        out.append("")
        for member, item in value.items():
            if member in _ATTRIBUTES:
                head += f' {_ATTRIBUTES[member]}="{self._attribute(member, item)}"'
            elif type(item) is list:
                for one in item:
                    self._write(out, within, member, one)
            else:
                self._write(out, within, member, item)
        if len(out) == start + 1:
            out[start] = f"<{head}/>"
        else:
            out[start] = f"<{head}>"
            out.append(f"</{tag}>")

    def _attribute(self, member: str, value: Any) -> str:
        if member == "targetClass":
            return f"{self._prefixes[_TARGETS.get(value, _ENERGY)]}:{value}"
        return _text(value)

    def _code(self, tag: str, code: str) -> str:
        """Values of enumerations are few, so that they are kept."""
        text = self._codes[tag, code] = f"<{tag}>{_text(code)}</{tag}>"
        return text

    def _tag(self, inside: str, name: str) -> tuple[str, str]:
        """With its prefix, and what namespace its members are in."""
        if extension := _EXTENSION.fullmatch(name):
            prefix, rest = extension.groups()
            found = f"{prefix}:_{rest[0].lower()}{rest[1:]}", prefix
        else:
            member = name[0].lower() + name[1:]
            package = inside or _MEMBERS.get(member, _ENERGY)
            found = f"{self._prefixes.get(package, package)}:{member}", _INSIDE.get(member, package)
        self._tags[inside, name] = found
        return found


def declarations(dialect: Dialect) -> str:
    """Of all namespaces that a document may use, for its root."""
    model = {"aegi", "afac", "egi", "fac"} - {dialect.energy, dialect.facility}
    told = [f'xmlns:{prefix}="{_SCHEMA}{name}"' for prefix, name in _NAMESPACES.items() if prefix not in model]
    return " ".join([*told, f'xmlns:xsi="{_INSTANCE}"'])


@cache
def _class_of(member: str) -> str:
    """`afac:OpenAllHours` of `afacOpenAllHours`; empty for what names no class."""
    found = None if _EXTENSION.fullmatch(member) else _CLASS.fullmatch(member)
    return f"{found[1]}:{found[2]}" if found else ""


def _has_forbidden(body: bytes) -> bool:
    """As `_FORBIDDEN` tells, several times faster."""
    return len(body.translate(None, _CONTROLS)) < len(body) or b"\xef\xbf\xbe" in body or b"\xef\xbf\xbf" in body


def _text(value: Any) -> str:
    if isinstance(value, str):
        return escape(value, quote=True) if _SPECIAL.search(value) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, Decimal) else str(value)
