"""A location as EvseDataRecords of OICP 2.3: one for each EVSE, the location said again in each.

Of two levels the lower one counts: what a station says holds in place of what its location says, and so does an EVSE's position.
What OICP requires and nobody says is not made up: there is no record then, and a loss names the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.formats.oicp.access import accessibility, authentication_modes, payment_options, services
from app.formats.oicp.codes import CALIBRATION, PARKING
from app.formats.oicp.conversion import Conversion, Record
from app.formats.oicp.energy import energy
from app.formats.oicp.ids import is_evse_id, is_pool_id, operator_of
from app.formats.oicp.place import address, coordinates, entrance, names, opening, phone
from app.formats.oicp.plugs import plugs_and_facilities
from app.formats.oicp.saying import Said
from app.model.enums import Capability, ImageCategory, ParkingType
from app.model.stations import stations_of
from app.model.status import OUT_OF_SERVICE

Body = Mapping[str, Any]


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.split())


_OF_STATIONS = ("name", "coordinates", "directions", "opening_times", "help_phone")
"""What a station says in place of its location."""
_LOCATION = _fields(
    "country_code party_id id publish name address city postal_code state country coordinates related_locations parking_type"
    " evses parking_places directions operator suboperator stations street house_number opening_times images energy_mix"
    " help_phone last_updated access_condition access_type"
)
"""Fields that have a place in a record, or a loss of their own; so below."""
_STATION = frozenset({"id", "evse_uids", "assumed", "contract_payment", *_OF_STATIONS})
_EVSE = _fields(
    "uid evse_id status status_times status_detail last_updated capabilities connectors floor_level coordinates"
    " physical_reference directions parking_restrictions images oicp plug_and_charge"
)
"""Statuses have a document of their own."""
_IMAGE = 200
"""Characters of its address."""


def site_records(site: Body, tariffs: Mapping[str, Body]) -> Conversion:
    """All records of a location. `refusals` are why one or another EVSE has none."""
    said = unsaid_of_location(site)
    records: list[Record] = []
    for found in evse_records(site, tariffs):
        records += found.records
        said.losses += found.losses
        said.refusals += found.refusals
    return Conversion(tuple(records), tuple(said.losses), tuple(said.refusals))


def evse_records(site: Body, tariffs: Mapping[str, Body]) -> Iterator[Conversion]:
    """The record of each EVSE in service; none where OICP requires what nobody says (`refusals`).

    `tariffs`: those that its connectors name, by id.
    """
    evses = {evse["uid"].lower(): evse for evse in site.get("evses", ())}
    for station in stations_of(site):
        place = {**site, **{name: station[name] for name in _OF_STATIONS if name in station}}
        for uid in station["evse_uids"]:
            evse = evses[uid.lower()]
            if evse.get("status") not in OUT_OF_SERVICE:
                yield _record(place, station, evse, tariffs)


def unsaid_of_location(site: Body) -> Said:
    """What no record of it can say."""
    said = Said()
    said.unsaid(site, _LOCATION)
    for bay in site.get("parking_places", ()):
        said.unsaid(bay, frozenset(), "parking_places[].")
    for station in site.get("stations", ()):
        said.unsaid(station, _STATION, "stations[].")
        for name in _OF_STATIONS:
            if name in station and name in site:
                said.lose(name, "that of the station is said in its place")
    for name in ("operator", "suboperator"):
        said.unsaid(site.get(name, {}), frozenset({"name"}), f"{name}.")
    for name in ("access_condition", "access_type"):
        if name in site:
            said.lose(name, "said as Accessibility", site[name])
    if (parking := site.get("parking_type")) == ParkingType.ALONG_MOTORWAY:
        said.lose("parking_type", f"said as {PARKING[parking]}", parking)
    elif parking and parking not in PARKING:
        said.lose("parking_type", "OICP has no such value: left out", parking)
    return said


def _record(place: Body, station: Body, evse: Body, tariffs: Mapping[str, Body]) -> Conversion:
    said = Said()
    if not is_evse_id(evse.get("evse_id")):
        said.refuse("evses[].evse_id", "no EvseID of OICP: no record", evse.get("evse_id", ""))
        return Conversion((), tuple(said.losses), tuple(said.refusals))
    said.unsaid(evse, _EVSE, "evses[].")
    if not place.get("operator", {}).get("name"):
        said.refuse("operator.name")
    plugs, facilities = plugs_and_facilities(evse["connectors"], said)
    record: Record = {
        "lastUpdate": place.get("last_updated"),
        "EvseID": evse["evse_id"],
        **_ids(place, station, evse, said),
        "ChargingStationNames": names(place, said),
        "ChargingStationImage": _image(place, evse, said),
        "SubOperatorName": place.get("suboperator", {}).get("name"),
        "Address": address(place, evse, said),
        "GeoCoordinates": _position(place, evse, said),
        "Plugs": plugs,
        "DynamicPowerLevel": Capability.CHARGING_PROFILE_CAPABLE in evse.get("capabilities", ()) or None,
        "ChargingFacilities": facilities,
        **energy(place, said),
        "AuthenticationModes": authentication_modes(evse, station, said),
        "PaymentOptions": payment_options(evse, station, tariffs, said),
        "ValueAddedServices": services(place, evse, station),
        "Accessibility": accessibility(place, evse, said),
        "AccessibilityLocation": PARKING.get(place.get("parking_type", "")),
        "HotlinePhoneNumber": phone(place, said),
        "ChargingStationLocationReference": _directions(place, evse, said),
        "GeoChargingPointEntrance": entrance(place, said),
        **opening(place, said),
        **_for_the_hub(evse, said),
    }
    if said.refusals:
        return Conversion((), refusals=tuple(dict.fromkeys(said.refusals)))
    kept = {name: value for name, value in record.items() if value is not None}
    return Conversion((kept,), tuple(dict.fromkeys(said.losses)))


def _ids(place: Body, station: Body, evse: Body, said: Said) -> Record:
    """The location's id as that of a pool where it is one; it is never made up."""
    pool = place["id"] if is_pool_id(place["id"]) else None
    if pool is None and station["id"] != place["id"]:
        said.lose("id", "no ChargingPoolID of OICP: left out", place["id"])
    if evse["uid"] != evse["evse_id"]:
        said.lose("evses[].uid", "an EVSE has one id: left out", evse["uid"])
    owner = f"{place['country_code']}*{place['party_id']}".upper()
    if operator_of(evse["evse_id"]) != owner:
        said.lose("party_id", "the operator is that of the EvseID", owner)
    return {"ChargingPoolID": pool, "ChargingStationId": station["id"]}


def _position(place: Body, evse: Body, said: Said) -> Record:
    if "coordinates" in evse:
        said.lose("coordinates", "those of the EVSE are said in their place")
        return coordinates(evse["coordinates"], said, "evses[].coordinates")
    return coordinates(place["coordinates"], said, "coordinates")


def _directions(place: Body, evse: Body, said: Said) -> list[Record] | None:
    own = evse.get("directions")
    if own and "directions" in place:
        said.lose("directions", "those of the EVSE are said in their place")
    path = "evses[].directions" if own else "directions"
    return said.texts(own or place.get("directions", ()), path) or None


def _image(place: Body, evse: Body, said: Said) -> str | None:
    """One of the charger, else one of the location."""
    found = [("evses[].images", image) for image in evse.get("images", ())]
    found += [("images", image) for image in place.get("images", ())]
    fitting = [
        image["url"]
        for category in (ImageCategory.CHARGER, ImageCategory.LOCATION)
        for _, image in found
        if image["category"] == category and len(image["url"]) <= _IMAGE
    ]
    for path, image in found:
        reason = "one image, and its address alone" if image["url"] in fitting[:1] else "one image: left out"
        said.lose(path, reason, image["url"])
    return fitting[0] if fitting else None


def _for_the_hub(evse: Body, said: Said) -> Record:
    """Statuses are offered, in the document beside; what nobody says is said as not so."""
    told = evse.get("oicp", {})
    for name in ("calibration_law", "compatible"):
        if name not in told:
            said.lose(f"evses[].oicp.{name}", "OICP requires it: said as not so, since nobody says it is")
    return {
        "CalibrationLawDataAvailability": CALIBRATION[told.get("calibration_law", "NOT_AVAILABLE")],
        "IsHubjectCompatible": told.get("compatible", False),
        "DynamicInfoAvailable": "true" if told.get("dynamic", True) else "false",
    }
