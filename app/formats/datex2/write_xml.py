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
from app.formats.datex2.shared import Shared, Written
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
_SIGNS = "".join(sign for sign in map(chr, range(0x20)) if sign not in "\t\n\r") + "\ufffe\uffff"
"""What XML 1.0 has no place for (2.2)."""
_FORBIDDEN = re.compile(f"[{_SIGNS}]")
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


class _Element:
    """An element in its place, or an attribute; its names are worked out once."""

    __slots__ = ("closing", "head", "inside", "is_attribute", "members", "opening")

    def __init__(self, opening: str, closing: str, inside: str = "", *, is_attribute: bool = False) -> None:
        self.opening, self.closing = opening, closing
        self.head = opening[:-1]
        """Before attributes."""
        self.inside = inside
        """Whose namespace its members are in."""
        self.is_attribute = is_attribute
        self.members: dict[str, _Element] = {}
        """Those met so far, by their names in JSON."""


class XmlWriter:
    """Of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._prefixes = {_ENERGY: dialect.energy, _FACILITY: dialect.facility}
        self._elements: dict[tuple[str, str], _Element] = {}

    def element(self, name: str, tree: Any, inside: str = _ENERGY) -> tuple[bytes, int]:
        """An element, and how many characters were left out that XML cannot say."""
        text = self.text(name, tree, inside)
        text, left_out = _FORBIDDEN.subn("", text) if _has_forbidden(text) else (text, 0)
        return text.encode(), left_out

    def text(self, name: str, tree: Any, inside: str = _ENERGY) -> str:
        """The same with those characters, as a part of another element."""
        return self._tree(self._element(inside, name), tree)

    def escape(self, text: str) -> str:
        return _text(text)

    def _tree(self, element: _Element, tree: dict[str, Any]) -> str:
        head = element.head
        if len(tree) == 1:
            ((name, inner),) = tree.items()
            if name == "value":
                return f"{element.opening}{_text(inner)}{element.closing}"
            if name == "values":
                texts = [f'<com:value lang="{one["lang"]}">{_text(one["value"])}</com:value>' for one in inner]
                return f"{element.opening}<com:values>{''.join(texts)}</com:values>{element.closing}"
            if found := _class_of(name):
                head += "" if name in _DECLARED else f' xsi:type="{found}"'
                tree = inner
        elif "extendedValueG" in tree:
            return f'{head} _extendedValue="{tree["extendedValueG"]}">_extended{element.closing}'
        return self._members(element, head, tree)

    def _members(self, element: _Element, head: str, tree: dict[str, Any]) -> str:
        out: list[str] = []
        known = element.members
        for name, values in tree.items():
            member = known.get(name) or self._member(element, name)
            for value in values if type(values) is list else (values,):
                kind = type(value)
                if kind is Shared:
                    out.append(value.written.get(member) or self._shared(member, value))
                elif kind is dict:
                    out.append(self._tree(member, value))
                elif kind is Written:
                    out.append(value.text)
                elif member.is_attribute:
                    head += f"{member.opening}{self._attribute(name, value)}{member.closing}"
                else:
                    out.append(f"{member.opening}{_text(value)}{member.closing}")
        return f"{head}>{''.join(out)}{element.closing}" if out else f"{head}/>"

    def _shared(self, element: _Element, tree: Shared) -> str:
        text = tree.written[element] = self._tree(element, tree)
        return text

    def _attribute(self, member: str, value: Any) -> str:
        if member == "targetClass":
            return f"{self._prefixes[_TARGETS.get(value, _ENERGY)]}:{value}"
        return _text(value)

    def _member(self, element: _Element, name: str) -> _Element:
        if name in _ATTRIBUTES:
            found = _Element(f' {_ATTRIBUTES[name]}="', '"', is_attribute=True)
        else:
            found = self._element(element.inside, name)
        element.members[name] = found
        return found

    def _element(self, inside: str, name: str) -> _Element:
        found = self._elements.get((inside, name))
        if found is None:
            tag, within = self._tag(inside, name)
            found = self._elements[inside, name] = _Element(f"<{tag}>", f"</{tag}>", within)
        return found

    def _tag(self, inside: str, name: str) -> tuple[str, str]:
        """With its prefix, and what namespace its members are in."""
        if extension := _EXTENSION.fullmatch(name):
            prefix, rest = extension.groups()
            return f"{prefix}:_{rest[0].lower()}{rest[1:]}", prefix
        member = name[0].lower() + name[1:]
        package = inside or _MEMBERS.get(member, _ENERGY)
        return f"{self._prefixes.get(package, package)}:{member}", _INSIDE.get(member, package)


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


def _has_forbidden(text: str) -> bool:
    """As `_FORBIDDEN` tells, many times faster."""
    return any(sign in text for sign in _SIGNS)


def _text(value: Any) -> str:
    if type(value) is str:
        # A pattern takes several times as long.
        return escape(value) if "&" in value or "<" in value or ">" in value or '"' in value else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, Decimal) else str(value)
