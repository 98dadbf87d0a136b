"""Recharging points: an EVSE as an ElectricChargingPoint."""

from __future__ import annotations

from app.formats.datex2.base_rates import rate_table
from app.formats.datex2.connectors import charging_mode, connector, is_dc, powers, strongest, voltages
from app.formats.datex2.draft import Body, Draft, Tree, code, codes, display_texts, photos
from app.formats.datex2.energy import StationRates, point_mix, point_product
from app.formats.datex2.identity import Point
from app.formats.datex2.organisations import identifier
from app.formats.datex2.whereabouts import point as point_location
from app.model.enums import Capability, ConnectorCapability
from app.model.evse import SmartRecharging
from app.model.identifiers import IdentifierError, parse_evse_id

SMART_RECHARGING: dict[str, str] = {
    SmartRecharging.REMOTE_CONTROL: "remoteMonitoring",
    SmartRecharging.USER_PREFERENCES: "powerOptimisationByUser",
    SmartRecharging.BIDIRECTIONAL: "bidirectionalRecharging",
}
_OF_POINTS = ("capabilities", "plug_and_charge", "smart_recharging")
_OF_PLUGS = (
    *("standard", "format", "power_type", "max_voltage", "max_amperage", "max_electric_power"),
    "capabilities",
)
_PLUG_AND_CHARGE = frozenset(ConnectorCapability)
_TWO_WHEELS = "electricMotorcycle"


def refill_point(draft: Draft, point: Point, rates: StationRates) -> Tree:
    evse, dialect = point.evse, draft.dialect
    tree: Tree = {"idG": point.id, "versionG": point.version}
    if "physical_reference" in evse:
        tree["alias"] = [draft.text(evse["physical_reference"])]
    if dialect.is_base and "evse_id" in evse:
        tree["externalIdentifier"] = evse["evse_id"]
    if "last_updated" in evse:
        tree["lastUpdated"] = evse["last_updated"]
    if text := display_texts(evse.get("directions", ())):
        tree["additionalInformation"] = [text]
    if not dialect.is_base and "evse_id" in evse:
        tree["externalIdentifier"] = [_evse_id(draft, evse["evse_id"])]
    draft.put(tree, "photoUrl", photos(evse.get("images", ())), "evses[].images")
    if "coordinates" in evse and draft.has("pointLocation", "evses[].coordinates"):
        tree["locationReference"] = point_location(evse["coordinates"])
    if dialect.is_base and (table := rate_table(draft, point.id, rates.default(point.evse))):
        tree["rates"] = table
    tree["deliveryUnit"] = code("kWh")
    if reservation := _reservation(draft, evse):
        tree["reservation"] = code(reservation)
    product = None if dialect.is_base else point_product(draft, rates, evse)
    if product and dialect.energy_product == "energyProduct":
        tree["energyProduct"] = [{"aegiElectricEnergy": product}]
    tree |= draft.alike(_electric, _electric_facts(draft, evse))
    if product and dialect.energy_product == "electricEnergy":
        tree["electricEnergy"] = [product]
    if dialect.is_base and (mix := point_mix(draft)):
        tree["electricEnergyMix"] = [mix]
    return {f"{dialect.energy}ElectricChargingPoint": tree}


def _electric_facts(draft: Draft, evse: Body) -> Body:
    plugs = [{name: plug[name] for name in _OF_PLUGS if name in plug} for plug in evse["connectors"]]
    facts = {name: evse[name] for name in _OF_POINTS if name in evse}
    return {**facts, "connectors": plugs, "two_wheels_only": draft.body.get("two_wheels_only")}


def _electric(draft: Draft, evse: Body) -> Tree:
    main = strongest(evse)
    tree: Tree = {}
    current = "dc" if is_dc(main) else "ac"
    draft.put(tree, "currentType", code(current), "evses[].connectors[].power_type")
    if evse["two_wheels_only"]:
        tree["usageType"] = codes([_TWO_WHEELS])
    plug_and_charge = _has_plug_and_charge(evse)
    if plug_and_charge:
        tree["vehicleToGridCommunicationType"] = codes(["iso15118"])
    draft.put(tree, "numberOfConnectors", len(evse["connectors"]), "evses[].connectors")
    tree |= {"availableVoltage": voltages(evse), "availableChargingPower": powers(evse)}
    if not draft.dialect.is_base and (mode := charging_mode(draft, main)):
        tree["chargingMode"] = code(mode)
    smart = _smart_services(evse)
    if plug_and_charge and draft.has("smartRechargingServices", "evses[].plug_and_charge"):
        smart.append("plugAndCharge")
    draft.put(tree, "smartRechargingServices", codes(smart), "evses[].smart_recharging")
    others = [draft.text(one) for one in evse.get("smart_recharging", ()) if one not in SMART_RECHARGING]
    draft.put(tree, "otherSmartRechargingServices", others, "evses[].smart_recharging")
    tree["connector"] = [connector(draft, one) for one in evse["connectors"]]
    return tree


def _evse_id(draft: Draft, text: str) -> Tree:
    """Marked as an EVSE id, in the form of ISO 15118; what is none is written as it is and not marked."""
    try:
        id_ = parse_evse_id(text)
    except IdentifierError:
        draft.lose("evses[].evse_id", "no EVSE id: written as an id of another kind", text)
        return {"identifier": text, "otherTypeOfIdentifier": "evse_id"}
    return identifier(draft, text if id_.din else id_.without_separators, "evseId")


def _reservation(draft: Draft, evse: Body) -> str | None:
    """None: not known, since OCPI lists what is possible and not what is not."""
    named = {one["parking_id"].lower() for one in evse.get("parking", ())}
    places = [place for place in draft.body.get("parking_places", ()) if place["id"].lower() in named]
    if places and all(place["reservation_required"] for place in places):
        return "mandatory"
    return "optional" if Capability.RESERVABLE in evse.get("capabilities", ()) else None


def _smart_services(evse: Body) -> list[str]:
    found = [SMART_RECHARGING[one] for one in evse.get("smart_recharging", ()) if one in SMART_RECHARGING]
    if Capability.CHARGING_PREFERENCES_CAPABLE in evse.get("capabilities", ()):
        found.append(SMART_RECHARGING[SmartRecharging.USER_PREFERENCES])
    return found


def _has_plug_and_charge(evse: Body) -> bool:
    told: bool | None = evse.get("plug_and_charge")
    if told is not None:
        return told
    return any(_PLUG_AND_CHARGE & {*one.get("capabilities", ())} for one in evse["connectors"])
