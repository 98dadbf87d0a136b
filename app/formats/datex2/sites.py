"""The table: a location as a site with its stations and their points."""

from __future__ import annotations

from app.formats.datex2.access import authentication, has_terminal
from app.formats.datex2.connectors import powers
from app.formats.datex2.draft import Draft, Tree, code, codes, extended, link, photos
from app.formats.datex2.energy import StationRates, offers_at, station_product
from app.formats.datex2.facilities import amenities, associated, of_site, of_station
from app.formats.datex2.identity import Site, Station
from app.formats.datex2.opening_hours import operating_hours, service_period
from app.formats.datex2.organisations import helpdesk, identifier, operator, owner, service_providers
from app.formats.datex2.parking import places_of, spaces
from app.formats.datex2.points import refill_point
from app.formats.datex2.unsaid import OF_ORGANISATIONS, lose_unsaid
from app.formats.datex2.vehicles import station_vehicles
from app.formats.datex2.whereabouts import area, station_location
from app.model.enums import ParkingType
from app.model.evse import Accessibility
from app.model.station import ServiceSupportKind

_TYPES: dict[str, str] = {
    ParkingType.ON_STREET: "onstreet",
    ParkingType.PARKING_GARAGE: "inBuilding",
    ParkingType.UNDERGROUND_GARAGE: "inBuilding",
    ParkingType.PARKING_LOT: "openSpace",
    ParkingType.ALONG_MOTORWAY: "openSpace",
    ParkingType.ON_DRIVEWAY: "other",
}
_ACCESSIBILITY: dict[str, str] = {
    Accessibility.ACCESSIBLE: "disabilityAccessible",
    Accessibility.RESERVED: "disabilityFacilities",
    Accessibility.NOT_ACCESSIBLE: "none",
}
_SERVICES: dict[str, str] = {
    ServiceSupportKind.ATTENDED: "physicalAttendance",
    ServiceSupportKind.UNATTENDED: "unattended",
}
_UNKNOWN_SERVICE = extended("unknown")
"""ServiceTypeEnum has no value for it, but may be extended."""
_STATION_IDS = {"BNETZA": "stationIdBNetzA"}


def site_tree(draft: Draft, site: Site) -> Tree:
    """`energyInfrastructureSite`."""
    body = draft.body
    tree: Tree = {"idG": site.id, "versionG": site.version}
    if "name" in body:
        tree["name"] = draft.text(body["name"])
    if "last_updated" in body:
        tree["lastUpdated"] = body["last_updated"]
    if "accessibility" in body:
        tree["accessibility"] = codes([_ACCESSIBILITY[body["accessibility"]]])
    if "size_restriction" in body:
        tree["additionalInformation"] = [draft.text(body["size_restriction"])]
    if pictures := photos(image for image in body.get("images", ()) if image["category"] not in OF_ORGANISATIONS):
        tree["photoUrl"] = pictures
    tree["locationReference"] = area(draft)
    draft.put(tree, "associatedFacility", associated(draft), "facilities")
    draft.put(tree, "supplementalFacility", of_site(draft, site), "facilities")
    if "parking_type" in body:
        tree["typeOfSite"] = code(_TYPES.get(body["parking_type"], "other"))
    if brand := body.get("operator", {}).get("brand"):
        tree["brand"] = draft.text(brand)
    tree["energyInfrastructureStation"] = [_station(draft, station) for station in site.served]
    lose_unsaid(draft)
    return tree


def _station(draft: Draft, station: Station) -> Tree:
    rates = StationRates(draft, station, offers_at(draft, station))
    tree = _facility(draft, station)
    _add_parking(draft, station, tree)
    _add_facts(draft, station, tree)
    tree["refillPoint"] = [refill_point(draft, point, rates) for point in station.points]
    if draft.dialect.is_base:
        if station.facts.get("contract_payment"):
            draft.lose("stations[].contract_payment", f"{draft.dialect.name} has rates without a policy: left out")
        return tree
    rates.lose_payment()
    if product := station_product(draft, rates):
        tree[draft.dialect.energy_product] = [product]
    return tree


def _facility(draft: Draft, station: Station) -> Tree:
    """What every facility has, up to its owner and operator."""
    facts, dialect = station.facts, draft.dialect
    tree: Tree = {"idG": station.id, "versionG": station.version}
    if "name" in facts:
        tree["name"] = draft.text(facts["name"])
    ids = [(one["id"], _STATION_IDS.get(one["scheme"], one["scheme"])) for one in facts.get("external_ids", ())]
    if ids and dialect.is_base:
        tree["externalIdentifier"] = ids[0][0]
        if len(ids) > 1:
            draft.lose("stations[].external_ids", f"{dialect.name} has one id: the first is said")
    if "last_updated" in draft.body:
        tree["lastUpdated"] = draft.body["last_updated"]
    if ids and not dialect.is_base:
        tree["externalIdentifier"] = [identifier(draft, number, kind) for number, kind in ids]
    if terms := _terms(station):
        tree["informationWebsite"] = [link(url) for url in terms]
    if hours := facts.get("opening_times") or draft.body.get("opening_times"):
        tree["operatingHours"] = operating_hours(draft, hours, station.id)
    tree["locationReference"] = station_location(draft, station)
    for member, found in (("owner", owner), ("operator", operator), ("helpdesk", helpdesk)):
        if (organisation := found(draft, station)) is not None:
            tree[member] = organisation
    return tree


def _add_parking(draft: Draft, station: Station, tree: Tree) -> None:
    places = places_of(draft, station)
    if vehicles := station_vehicles(draft, station, places):
        tree["applicableForVehicles"] = vehicles
    draft.put(tree, "amenities", amenities(station, places), "stations[].facilities")
    supplemental = of_station(draft, station, has_terminal=has_terminal(station))
    draft.put(tree, "supplementalFacility", supplemental, "stations[].facilities")
    counted = "parking_space_count" in station.facts
    path = "stations[].parking_space_count" if counted else "parking_places"
    draft.put(tree, "dedicatedParkingSpaces", spaces(draft, station, places), path)


def _add_facts(draft: Draft, station: Station, tree: Tree) -> None:
    draft.put(tree, "totalMaximumPower", _power(draft, station), "stations[].max_power_kw")
    draft.put(tree, "authenticationAndIdentificationMethods", authentication(draft, station), "evses[].capabilities")
    count = len(station.points)
    tree["numberOfRefillPoints"] = min(station.facts.get("simultaneous_points", count), count)
    mix = draft.body.get("energy_mix")
    if mix is not None and "renewableSources" not in draft.dialect.lacks:
        tree["renewableSources"] = mix["is_green_energy"]
    providers = service_providers(draft, station)
    draft.put(tree, "mobilityServiceProvider", providers, "service_providers")
    service = _service(draft, station)
    if service is not None:
        tree["serviceType"] = service


def _power(draft: Draft, station: Station) -> int | None:
    """Watts that all points give at once; None: not known."""
    stated = station.facts.get("max_power_kw")
    if stated is not None:
        return round(float(stated) * 1000)
    if not draft.dialect.needs_station_facts:
        return None
    draft.lose(
        "stations[].max_power_kw",
        f"not known, and {draft.dialect.name} requires it: the sum of the points, above which it cannot be",
    )
    return sum(powers(point.evse)[0] for point in station.points)


def _service(draft: Draft, station: Station) -> object:
    told = station.facts.get("service_support")
    if told is None:
        if not draft.dialect.needs_station_facts:
            return None
        draft.lose("stations[].service_support", f"not known, and {draft.dialect.name} requires it: said to be unknown")
        return [{"serviceType": _UNKNOWN_SERVICE}]
    if draft.dialect.is_base:
        if told["kind"] == ServiceSupportKind.UNATTENDED:
            return {"serviceType": codes(["unattended"])}
        draft.lose("stations[].service_support", f"{draft.dialect.name} cannot say that staff is there: left out")
        return None
    period = service_period(draft, told.get("periods", ()))
    return [{"serviceType": code(_SERVICES[told["kind"]]), **({"overallPeriod": period} if period else {})}]


def _terms(station: Station) -> list[str]:
    urls = (one.get("terms_and_conditions") for point in station.points for one in point.evse["connectors"])
    return [url for url in dict.fromkeys(urls) if url]
