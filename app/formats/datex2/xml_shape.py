"""XML in the shape of the JSON encoding and back: both say the same model (CEN/TS 16157-15), apart from the writing.

Elements belong to the namespace of the class that declares them: which one follows from the element they stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from app.model.canonical import number_text

NAMESPACES = {
    name: f"http://datex2.eu/schema/3/{long}"
    for name, long in (("aegi", "afirEnergyInfrastructure"), ("afac", "afirFacilities"), ("com", "common"))
}
_INSIDE = {"payment": "afac", "overallPeriod": "com"}
"""Namespace of what these elements hold; other elements hold those of their own."""
_ATTRIBUTES = {"idG": "id", "versionG": "version", "targetClass": "targetClass"}
_WRAPPERS = ("comDayWeekMonth", "comSpecialDay")
_TARGETS = {"EnergyRate": "aegi:EnergyRate"}


def to_xml(name: str, body: Mapping[str, Any], prefix: str = "aegi") -> etree._Element:
    """An element of one object as JSON writes it; its members in the order in which they come."""
    root = etree.Element(etree.QName(NAMESPACES[prefix], name), nsmap=NAMESPACES)
    _fill(root, name, body, prefix)
    return root


def from_xml(element: etree._Element) -> dict[str, Any] | str:
    """An element as JSON would write it, whatever its namespaces; every member is a list, every value a text."""
    children = [child for child in element if isinstance(child.tag, str)]
    attributes = {etree.QName(name).localname: str(value) for name, value in element.attrib.items()}
    names = {short: long for long, short in _ATTRIBUTES.items()}
    found: dict[str, Any] = {names.get(name, name): value for name, value in attributes.items() if name != "type"}
    if not children:
        text = (element.text or "").strip()
        return {**found, "value": text} if found and text else found or text
    for child in children:
        name = etree.QName(child).localname
        inner = from_xml(child)
        if name == "values" and isinstance(inner, dict):
            found["values"] = inner.get("value", [])
        else:
            found.setdefault(name, []).append(inner)
    return found


def _fill(element: etree._Element, name: str, value: Any, prefix: str) -> None:
    if not isinstance(value, Mapping):
        element.text = _text(value)
        return
    inside = _INSIDE.get(name, prefix)
    for member, inner in value.items():
        if member in _ATTRIBUTES:
            element.set(_ATTRIBUTES[member], _TARGETS.get(str(inner), str(inner)))
        elif member == "values":
            _multilingual(element, inner)
        elif member == "value" and len(value) == 1:
            element.text = _text(inner)
        elif member in _WRAPPERS:
            _fill(element, member, inner, inside)
        else:
            for item in inner if isinstance(inner, list) else [inner]:
                _fill(etree.SubElement(element, etree.QName(NAMESPACES[inside], member)), member, item, inside)


def _multilingual(element: etree._Element, values: list[Mapping[str, str]]) -> None:
    holder = etree.SubElement(element, etree.QName(NAMESPACES["com"], "values"))
    for value in values:
        one = etree.SubElement(holder, etree.QName(NAMESPACES["com"], "value"), lang=value["lang"])
        one.text = value["value"]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return number_text(value) if isinstance(value, Decimal) else str(value)
