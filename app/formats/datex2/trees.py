"""DATEX II in XML or JSON, of any dialect, as one shape: trees of dicts, lists and scalars.

Ids are `idG`, versions `versionG`; a polymorphic object tells its class as `class`, beside its members; what is in an extension
stands beside the members that it extends; an address is in `facilityLocation`, whatever its dialect calls that; a code is a
text. What is empty is left out. Namespaces do not count: there are feeds with wrong ones.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

Tree = dict[str, Any]

CLASS = "class"
TECHNICAL = frozenset({CLASS, "idG", "versionG", "targetClass", "order", "lang", "value", "values", "energyMixIndex"})
"""Members that say nothing of the facility itself."""

_ATTRIBUTES = {"id": "idG", "version": "versionG"}
_SHORTER = {"type": CLASS}
_CLASS_KEY = re.compile(r"(?:aegi|afac|egi|fac|locx?|prk)([A-Z]\w*)")
_ADDRESS = "facilitylocation"
_EXTENSION = "ExtensionG"
_CODE = frozenset({"value", "extendedValueG", "_extendedValue"})
_DAYS = ("DayWeekMonth", "SpecialDay", "InstanceOfDayWithinMonth", "CalendarWeekWithinMonth", "PublicHoliday")
"""Classes of periods keep their wrapper: without it they would mean something else."""
_NOTHING = (None, "")


def of_json(value: Any) -> Any:
    """A decoded JSON value."""
    if isinstance(value, list):
        return [of_json(one) for one in value if one not in _NOTHING]
    if not isinstance(value, dict):
        return value
    if "value" in value and value.keys() <= _CODE:
        return value.get("extendedValueG") or value.get("_extendedValue") or value["value"]
    found: Tree = {}
    for name, inner in value.items():
        read = None if inner in _NOTHING else of_json(inner)
        if read not in (None, []):
            _put(found, name, read)
    return found


def of_element(element: etree._Element) -> Any:
    """An element of XML."""
    return of_json(_as_json(element))


def _as_json(element: etree._Element) -> Any:
    found: Tree = {}
    for key, text in element.attrib.items():
        name = etree.QName(key).localname
        found[_ATTRIBUTES.get(name) or _SHORTER.get(name, name)] = (
            str(text).rpartition(":")[2] if name == "type" else text
        )
    children = [child for child in element if isinstance(child.tag, str)]
    for child in children:
        name, inner = etree.QName(child).localname, _as_json(child)
        if name == "values":
            found[name] = inner["value"] if isinstance(inner, dict) and "value" in inner else []
        else:
            found.setdefault(name, []).append(inner)
    if children:
        return {f"com{found[CLASS]}": found} if found.get(CLASS) in _DAYS else found
    text = (element.text or "").strip()
    return ({**found, "value": text} if text else found) if found else text


def _put(found: Tree, name: str, inner: Any) -> None:
    wrapper = _CLASS_KEY.fullmatch(name)
    if name.lower().endswith(_ADDRESS):
        found["facilityLocation"] = inner
    elif name.endswith(_EXTENSION) or (name.startswith("_") and isinstance(inner, dict | list)):
        for one in inner if isinstance(inner, list) else [inner]:
            _merge(found, one)
    elif wrapper and isinstance(inner, dict):
        _merge(found, {CLASS: wrapper[1], **inner})
    elif name in ("vehicleCharacteristicsExtended", "VehicleCharacteristicsExtended"):
        for one in inner if isinstance(inner, list) else [inner]:
            _merge(found, one)
    else:
        found[name] = inner


def _merge(found: Tree, other: Any) -> None:
    if not isinstance(other, dict):
        return
    for name, value in other.items():
        known = found.get(name)
        if known is None or known == value:
            found[name] = value
        else:
            found[name] = [
                *(known if isinstance(known, list) else [known]),
                *(value if isinstance(value, list) else [value]),
            ]
