"""Sites as locations: what a site does not say itself is taken from its stations, and points from their station."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.clock import Millis
from app.formats.datex2.facts import Facts
from app.formats.datex2.read_energy import base_payments, energy_mix
from app.formats.datex2.read_hours import opening_times
from app.formats.datex2.read_ids import evse_id, evse_uid, location_id, operator_id, station_id
from app.formats.datex2.read_organisations import ids, organisation, phone, providers
from app.formats.datex2.read_places import address, coordinates, directions
from app.formats.datex2.read_points import evse, images, is_for_two_wheels
from app.formats.datex2.read_rates import Rates, reading
from app.formats.datex2.read_services import (
    capabilities,
    parking_counts,
    payment,
    service_support,
    site_facilities,
    start_by,
    station_facilities,
    vehicle_classes,
)
from app.formats.datex2.trees import Tree
from app.formats.ocpi.upgrade import with_time_zone
from app.model.identifiers import OperatorId, parse_evse_id

_TYPES = {"onstreet": "ON_STREET", "inBuilding": "PARKING_GARAGE", "openSpace": "PARKING_LOT"}
_ACCESSIBILITY = {
    "barrierFreeAccessible": "ACCESSIBLE",
    "disabilityAccessible": "ACCESSIBLE",
    "wheelChairAccessible": "ACCESSIBLE",
    "disabilityFacilities": "RESERVED",
    "none": "NOT_ACCESSIBLE",
}
_SCHEMES = {"stationIdBNetzA": "BNETZA", "operatorIdBNetzA": "BNETZA"}
"""EnBW marks its stations' register ids as those of operators."""


class Site:
    """A site of a table, to be asked for its rates first."""

    def __init__(self, facts: Facts, owner: OperatorId, where: str) -> None:
        self.facts, self.owner, self.where = facts, owner, where
        self.id = location_id(self.facts.name(), self.owner.with_separators)
        self.stations = list(self.facts.many("energyInfrastructureStation"))
        self.points = {at: list(one.many("refillPoint")) for at, one in enumerate(self.stations)}

    def declare(self, rates: Rates) -> None:
        for at, station in enumerate(self.stations):
            rates.declare(station, station.name(), station.name())
            for point in self.points[at]:
                rates.declare(point, point.name(), station.name())

    def body(self, rates: Rates, at: Millis, country: str) -> Tree:
        """OCPI 2.3.0 with the extension; what is wrong goes to the facts' problems. `country` (alpha-3): the publisher's."""
        site, everyone = self.facts, [self.facts, *self.stations]
        where = _first(everyone, lambda one: address([one])) or {}
        if "country" not in where and country:
            site.note(f"no countryCode: read as {country}, the publisher's", "Send it with every address")
            where["country"] = country
        position = _first(everyone, coordinates)
        floor = where.pop("floor_level", None)
        body: Tree = {
            "country_code": self.owner.country,
            "party_id": self.owner.operator,
            "id": self.id,
            "publish": True,
            "name": site.words("name"),
            **where,
            "coordinates": position,
            "parking_type": self._parking_type(),
            **self._organisations(everyone),
            "facilities": site_facilities(site, self.stations),
            "opening_times": opening_times(site),
            "images": [image for one in everyone for image in images(one, "LOCATION")],
            "accessibility": _first(everyone, _accessibility),
            "energy_mix": energy_mix(site, [*self.stations, *(one for found in self.points.values() for one in found)]),
            "service_providers": list({one["name"]: one for facts in everyone for one in providers(facts)}.values()),
        }
        for station in self.stations:
            body |= start_by(station)
        zone = str(with_time_zone(body, "2.3.0")[0].get("time_zone", "UTC"))
        evses = self._evses(rates, reading(self.owner.country, self.owner.operator, zone, at))
        body["evses"] = [{**one, "floor_level": floor} if floor else one for found in evses for one in found]
        body["stations"] = [
            self._station(station, [one["uid"] for one in found], rates, index)
            for index, (station, found) in enumerate(zip(self.stations, evses, strict=True))
            if found
        ]
        for_two = [is_for_two_wheels(point) for found in self.points.values() for point in found]
        if for_two and all(for_two):
            body["two_wheels_only"] = True
        return {name: value for name, value in body.items() if value not in (None, [], {})}

    def _evses(self, rates: Rates, reading: Any) -> list[list[Tree]]:
        found = []
        for at, station in enumerate(self.stations):
            takes = capabilities(station)
            evses = []
            for point in self.points[at]:
                uid = evse_uid(point.name(), station.name(), self.facts.name())
                priced = rates.of((point.name(), station.name()), reading, self.facts.problems)
                evses.append(evse(point, uid, takes, priced))
            found.append(evses)
        return found

    def _station(self, station: Facts, uids: Sequence[str], rates: Rates, at: int) -> Tree:
        owners = [station.name(), *(point.name() for point in self.points[at])]
        watts = station.amount("totalMaximumPower")
        external = [
            {"scheme": _SCHEMES.get(kind, kind or "station"), "id": id_} for id_, kind in _station_ids(station) if id_
        ]
        counts = parking_counts(station) or (parking_counts(self.facts) if len(self.stations) == 1 else {})
        told = [*rates.payments(owners), *base_payments([station, *self.points[at]])]
        found: Tree = {
            "id": station_id(station.name(), self.facts.name()) or uids[0],
            "external_ids": external,
            "name": station.words("name"),
            "evse_uids": list(uids),
            "max_power_kw": float(watts / 1000) if watts else None,
            "simultaneous_points": station.count("numberOfRefillPoints"),
            "coordinates": coordinates(station),
            "directions": directions(station),
            "opening_times": opening_times(station),
            "help_phone": phone([station.one("helpdesk"), station.one("operator")]),
            "service_support": service_support(station, self.facts),
            "facilities": station_facilities(station, self.facts),
            **counts,
            "vehicle_classes": vehicle_classes(station, self.facts),
            "payment": payment(station, told),
            "contract_payment": True if rates.has_contracts(owners) else None,
        }
        return {name: value for name, value in found.items() if value not in (None, [], {})}

    def _parking_type(self) -> str | None:
        told = self.facts.one("typeOfSite")
        if told is None:
            return None
        kind = told.code(tuple(_TYPES))
        if kind is None:
            told.note("no such kind of site in OCPI: left out")
        return _TYPES.get(kind or "")

    def _organisations(self, everyone: Sequence[Facts]) -> Tree:
        found: Tree = {}
        for role in ("operator", "owner"):
            told = [one for facts in everyone if (one := facts.one(role)) is not None]
            bodies = [body for one in told if (body := organisation(one, self.owner.country)) is not None]
            if bodies:
                found[role] = bodies[0]
            if any(one != bodies[0] for one in bodies):
                self.facts.note(f"stations have other facts of the {role} than the site: the first are read")
            for sub in (sub for one in told for sub in one.many("subOrganisation")):
                if role == "operator" and (body := organisation(sub, self.owner.country)):
                    found.setdefault("suboperator", body)
        brand = self.facts.words("brand")
        if brand and "operator" in found:
            found["operator"]["brand"] = brand
        elif brand:
            found["network_name"] = brand
        desks = [one.one("helpdesk") for one in everyone]
        return found | {"help_phone": phone([*desks, *(one.one("operator") for one in everyone)])}


def owner_of(facts: Facts, default: OperatorId | None) -> OperatorId | None:
    """The operator whom most of the points' ids name, else whom the site names; `default`: the settings'."""
    named: Counter[OperatorId] = Counter()
    for station in facts.many("energyInfrastructureStation"):
        for point in station.many("refillPoint"):
            if id_ := evse_id(Facts(point.value, point.path, [], facts.seen)):
                named[parse_evse_id(id_).operator_id] += 1
        for role in station.many("operator"):
            for id_, _ in ids(role):
                if (found := operator_id(id_)) is not None and not found.din:
                    named[found] += 0
    for role in facts.many("operator"):
        for id_, _ in ids(role):
            if (found := operator_id(id_)) is not None and not found.din:
                named[found] += 0
    usable = [one for one, _ in named.most_common() if not one.din]
    return usable[0] if usable else default


def _first(everyone: Iterable[Facts], read: Callable[[Facts], Any]) -> Any:
    """What the first says that says something; all are read."""
    found = [value for one in everyone if (value := read(one))]
    return found[0] if found else None


def _accessibility(facts: Facts) -> str | None:
    for one in facts.many("accessibility"):
        if one.text() in _ACCESSIBILITY:
            return _ACCESSIBILITY[one.text()]
        one.note(f"{one.text()}: left out")
    return None


def _station_ids(station: Facts) -> list[tuple[str, str]]:
    draft = station.said("stationIdBNetzA")  # German draft 00-02-00
    found = [(draft, "stationIdBNetzA")] if draft else []
    for one in station.many("externalIdentifier"):
        if isinstance(one.value, dict):
            kind = one.said("typeOfIdentifier") or one.said("otherTypeOfIdentifier") or ""
            found.append((one.said("identifier") or "", kind))
        else:
            found.append((one.text(), ""))
    return found
