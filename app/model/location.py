"""OCPI Location, with the fields of AFIR and NEVI that OCPI cannot say."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import model_validator

from app.model.energy import EnergyMix
from app.model.enums import Facility, ParkingType, TokenType
from app.model.evse import EVSE, Accessibility
from app.model.faults import Fault, broken, raise_faults, repairable, repeated
from app.model.hours import Hours
from app.model.organisation import BusinessDetails, ServiceProvider
from app.model.parking import Parking
from app.model.place import AdditionalGeoLocation, DisplayText, GeoLocation, Image
from app.model.station import Station
from app.model.types import (
    Binding,
    Bool,
    Ci,
    Country,
    CountryAlpha2,
    DateTime,
    Expected,
    Extension,
    Live,
    LocalDay,
    Model,
    Open,
    Text,
    TimeZone,
)


class Siting(StrEnum):
    """Where a French station stands (schema-irve, implantation_station)."""

    ON_STREET = "ON_STREET"
    PUBLIC_CAR_PARK = "PUBLIC_CAR_PARK"
    PRIVATE_CAR_PARK_PUBLIC_USE = "PRIVATE_CAR_PARK_PUBLIC_USE"
    CUSTOMER_CAR_PARK = "CUSTOMER_CAR_PARK"
    FAST_CHARGING_STATION = "FAST_CHARGING_STATION"


class AccessCondition(StrEnum):
    FREE = "FREE"
    RESERVED = "RESERVED"


class AccessType(StrEnum):
    """23 CFR 680.116(c)(7)(i)."""

    PUBLIC = "PUBLIC"
    COMMERCIAL_VEHICLES = "COMMERCIAL_VEHICLES"


class GridConnectionKind(StrEnum):
    DIRECT = "DIRECT"
    INDIRECT = "INDIRECT"


class GridConnection(Model):
    kind: GridConnectionKind | None = None
    pdl: Annotated[str, Text(20)] | None = None
    """Id of the delivery point at the grid operator."""


class StationStatus(StrEnum):
    """23 CFR 680.116(c)(6)."""

    OPERATIONAL = "OPERATIONAL"
    UNDER_CONSTRUCTION = "UNDER_CONSTRUCTION"
    PLANNED = "PLANNED"
    DECOMMISSIONED = "DECOMMISSIONED"


class ProjectType(StrEnum):
    """EV-ChART module 1."""

    NEW_STATION = "NEW_STATION"
    EXISTING_STATION = "EXISTING_STATION"
    O_AND_M = "O_AND_M"


class FundingProgramme(StrEnum):
    NEVI = "NEVI"
    CFI = "CFI"
    EVC_RAA = "EVC_RAA"
    CMAQ = "CMAQ"
    CRP = "CRP"
    OTHER = "OTHER"


class PublishTokenType(Model):
    """Whose tokens may see an unpublished location: all fields set must match."""

    uid: Annotated[str, Ci(36)] | None = None
    type: Annotated[str, Open(TokenType)] | None = None
    visual_number: Annotated[str, Text(64)] | None = None
    issuer: Annotated[str, Text(64)] | None = None
    group_id: Annotated[str, Ci(36)] | None = None

    @model_validator(mode="after")
    def _names_a_token(self) -> PublishTokenType:
        if not (self.uid or self.visual_number or self.group_id):
            raise broken("none of uid, visual_number and group_id is set")
        if self.uid and not self.type:
            raise broken("uid is set without type")
        if self.visual_number and not self.issuer:
            raise broken("visual_number is set without issuer")
        return self


class Location(Model):
    country_code: CountryAlpha2
    """ISO 3166-1 alpha-2 of the owning operator, not of the site."""
    party_id: Annotated[str, Ci(3, upper=True)]
    id: Annotated[str, Ci(36)]
    publish: Bool
    publish_allowed_to: list[PublishTokenType] = []
    name: Annotated[str, Text(255)] | None = None
    address: Annotated[str, Text(255)]
    city: Annotated[str, Text(45)]
    postal_code: Annotated[str, Text(10)] | None = None
    state: Annotated[str, Text(45)] | None = None
    country: Country
    coordinates: GeoLocation
    related_locations: list[AdditionalGeoLocation] = []
    parking_type: Annotated[str, Open(ParkingType)] | None = None
    evses: Annotated[list[EVSE], Binding()] = []
    parking_places: list[Parking] = []
    directions: list[DisplayText] = []
    operator: BusinessDetails | None = None
    suboperator: BusinessDetails | None = None
    owner: BusinessDetails | None = None
    facilities: list[Annotated[str, Open(Facility)]] = []
    time_zone: TimeZone
    opening_times: Hours | None = None
    charging_when_closed: Bool | None = None
    images: list[Image] = []
    energy_mix: EnergyMix | None = None
    help_phone: Annotated[str, Ci(25)] | None = None

    stations: Annotated[list[Station], Extension("Recharging stations (AFIR) that the location's EVSEs form")] = []
    street: Annotated[Annotated[str, Text(255)] | None, Extension("Street, without the house number")] = None
    house_number: Annotated[Annotated[str, Text(20)] | None, Extension("House number")] = None
    municipality_code: Annotated[Annotated[str, Text(20)] | None, Extension("Municipality code (France: INSEE)")] = None
    region_nuts1: Annotated[
        Annotated[str, Text(3, r"^[A-Z]{2}[0-9A-Z]$", "NUTS-1 code")] | None, Extension("NUTS-1 region, DE3")
    ] = None
    siting: Annotated[Siting | None, Extension("Where a French station stands")] = None
    access_condition: Annotated[AccessCondition | None, Extension("Open to all or reserved")] = None
    access_type: Annotated[AccessType | None, Extension("Public, or for commercial vehicles only (NEVI)")] = None
    accessibility: Annotated[Accessibility | None, Extension("For people with reduced mobility")] = None
    size_restriction: Annotated[Annotated[str, Text(255)] | None, Extension("Limits of vehicle size, in words")] = None
    two_wheels_only: Annotated[Bool | None, Extension("For two-wheelers only")] = None
    grid_connection: Annotated[GridConnection | None, Extension("Connection to the grid (France)")] = None
    station_status: Annotated[StationStatus | None, Extension("Life cycle of the site (NEVI)")] = None
    operational_since: Annotated[LocalDay | None, Extension("First day of operation")] = None
    network_name: Annotated[Annotated[str, Text(100)] | None, Extension("Network the drivers know")] = None
    network_provider: Annotated[Annotated[str, Text(100)] | None, Extension("Operator of the charging network")] = None
    project_type: Annotated[ProjectType | None, Extension("Kind of funded project (EV-ChART)")] = None
    funding: Annotated[list[Annotated[str, Open(FundingProgramme)]], Extension("Funding programmes (EV-ChART)")] = []
    afc: Annotated[Bool | None, Extension("On an Alternative Fuel Corridor")] = None
    zip_extended: Annotated[
        Annotated[str, Text(4, "^[0-9]{4}$", "4 digits")] | None, Extension("Last four digits of ZIP+4")
    ] = None
    start_by_phone: Annotated[Bool | None, Extension("A session can be started by phone call")] = None
    start_by_sms: Annotated[Bool | None, Extension("A session can be started by text message")] = None
    service_providers: Annotated[list[ServiceProvider], Extension("Mobility service providers accepted here")] = []

    last_updated: Annotated[DateTime | None, Expected(), Live()] = None

    @model_validator(mode="after")
    def _holds_together(self) -> Location:
        faults = repeated(self.evses, "evses", "uid")
        if self.parking_places or any(evse.parking for evse in self.evses):
            faults += repeated(self.parking_places, "parking_places", "id") + self._unresolved_parking()
        if self.stations:
            faults += repeated(self.stations, "stations", "id") + self._unresolved_stations()
        if self.publish and self.publish_allowed_to:
            error = repairable(
                "publish is true although publish_allowed_to limits who may see it, read as false", False
            )
            faults.append((("publish",), error, True))
        raise_faults(faults)
        return self

    def _unresolved_parking(self) -> list[Fault]:
        known = {parking.id.lower() for parking in self.parking_places}
        return [
            (("evses", at, "parking", index), broken(f"no parking place has the id {link.parking_id}"), link.parking_id)
            for at, evse in enumerate(self.evses)
            for index, link in enumerate(evse.parking)
            if link.parking_id.lower() not in known
        ]

    def _unresolved_stations(self) -> list[Fault]:
        known = {evse.uid.lower() for evse in self.evses}
        return [
            (("stations", at, "evse_uids", index), broken(f"no EVSE has the uid {uid}"), uid)
            for at, station in enumerate(self.stations)
            for index, uid in enumerate(station.evse_uids)
            if uid.lower() not in known
        ]
