"""Points of a station as EVSEs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from app.formats.datex2.facts import Facts
from app.formats.datex2.points import SMART_RECHARGING as WRITTEN
from app.formats.datex2.read_connectors import connectors
from app.formats.datex2.read_ids import evse_id
from app.formats.datex2.read_places import coordinates, texts
from app.formats.datex2.read_rates import PointRates
from app.formats.datex2.trees import Tree

_SMART = {service.lower(): name for name, service in WRITTEN.items()}
_PLUG_AND_CHARGE = "plugandcharge"
_RESERVABLE = ("optional", "mandatory", "partly")
_LONGEST_TYPE = 4
_TWO_WHEELS = {"electricMotorcycle", "electricBike"}


def evse(point: Facts, uid: str, capabilities: Sequence[str], rates: PointRates) -> Tree:
    """`capabilities`: what the whole station takes."""
    plugs = [{**plug, **_prices(rates)} for plug in connectors(point)]
    _check(point, plugs)
    reservation = point.said("reservation")
    reservable = ["RESERVABLE"] if reservation in _RESERVABLE else []
    aliases = [text for one in point.many("alias") for _, text in one.texts()[:1]]
    found: Tree = {
        "uid": uid,
        "evse_id": evse_id(point),
        "capabilities": [*capabilities, *reservable],
        "connectors": plugs,
        "coordinates": coordinates(point),
        "physical_reference": aliases[0] if aliases else None,
        "directions": [text for one in point.many("additionalInformation") for text in texts(one)],
        "images": images(point, "CHARGER"),
        "smart_recharging": _smart(point),
    }
    return {name: value for name, value in found.items() if value}


def images(facts: Facts, category: str) -> list[Tree]:
    """OCPI needs the kind of file, which the address tells or nothing."""
    found: list[Tree] = []
    for one in facts.many("photoUrl"):
        url = one.said("urlLinkAddress") or ""
        one.said("urlLinkType")
        kind = PurePosixPath(urlsplit(url).path).suffix.lstrip(".").lower()
        if 0 < len(kind) <= _LONGEST_TYPE:
            found.append({"url": url, "category": category, "type": kind})
        else:
            one.note("an image of unknown type: left out", "Let its address end in .jpeg, .png, .gif or .svg")
    return found


def is_for_two_wheels(point: Facts) -> bool:
    used = set(point.codes("usageType"))
    return bool(used) and used <= _TWO_WHEELS


def _prices(rates: PointRates) -> Tree:
    found: Tree = {"tariff_ids": list(rates.tariff_ids)} if rates.tariff_ids else {}
    return found | ({"adhoc_offers": list(rates.offers)} if rates.offers else {})


def _smart(point: Facts) -> list[str]:
    found: dict[str, None] = {}
    for one in point.many("smartRechargingServices"):
        kind = one.text().lower()
        if kind in _SMART:
            found[str(_SMART[kind])] = None
        elif kind == _PLUG_AND_CHARGE:
            one.note("plug and charge of a standard that is not told (ISO 15118-2 or -20): left out")
        else:
            found["OTHER"] = None
    for one in point.many("otherSmartRechargingServices"):
        found |= {text: None for _, text in one.texts()[:1]}
    return list(found)


def _check(point: Facts, plugs: Sequence[Tree]) -> None:
    """What says again what the plugs say."""
    unit, count = point.one("deliveryUnit"), point.count("numberOfConnectors")
    if unit is not None and unit.code(("kWh",)) is None:
        unit.note("not kWh: the point is read as one of electricity")
    if count is not None and count != len(plugs):
        point.note(f"numberOfConnectors is {count}, and there are {len(plugs)}", "List every plug")
    powers = [number for one in point.many("availableChargingPower") if (number := one.readable()) is not None]
    if powers and powers[0] != max(powers):
        point.note("the first availableChargingPower is not the most", "Send the most first")
    for _ in (point.codes("availableVoltage"), point.said("currentType"), point.said("chargingMode")):
        pass
