"""Recharging stations (AFIR): the level between a location and its EVSEs that OCPI lacks. All of it is extension."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.model.connector import PaymentMeans
from app.model.hours import Hours, RegularHours
from app.model.organisation import ExternalId
from app.model.place import DisplayText, GeoLocation
from app.model.types import Bool, Ci, Int, Model, Number, Open, Text


class VehicleClass(StrEnum):
    """UNECE vehicle categories."""

    L = "L"
    M1 = "M1"
    M2 = "M2"
    M3 = "M3"
    N1 = "N1"
    N2 = "N2"
    N3 = "N3"
    OTHER = "OTHER"


class ServiceSupportKind(StrEnum):
    ATTENDED = "ATTENDED"
    UNATTENDED = "UNATTENDED"


class ServiceSupport(Model):
    kind: ServiceSupportKind
    periods: list[RegularHours] = []
    """When staff is there; empty: whenever the station is open."""


class StationFacilities(Model):
    """Yes, no, or unknown (absent)."""

    roofed: Bool | None = None
    lit: Bool | None = None
    catering: Bool | None = None
    toilets: Bool | None = None
    rest: Bool | None = None
    other: Annotated[str, Text(255)] | None = None


class Payment(Model):
    """Ad hoc payment at the station: yes, no, or unknown (absent)."""

    card_reader: Bool | None = None
    contactless: Bool | None = None
    other: list[Annotated[str, Open(PaymentMeans)]] = []
    brands: list[Annotated[str, Text(50)]] = []


class Station(Model):
    """What is absent here holds as the location says it."""

    id: Annotated[str, Ci(36)]
    external_ids: list[ExternalId] = []
    name: Annotated[str, Text(255)] | None = None
    evse_uids: Annotated[list[Annotated[str, Ci(36)]], Field(min_length=1)]
    assumed: Bool | None = None
    """True: no source says which EVSEs form a station; these are all that are in no other."""
    max_power_kw: Annotated[Decimal, Number()] | None = None
    """What all points together can give at once."""
    simultaneous_points: Annotated[int, Int()] | None = None
    coordinates: GeoLocation | None = None
    directions: list[DisplayText] = []
    opening_times: Hours | None = None
    help_phone: Annotated[str, Ci(25)] | None = None
    service_support: ServiceSupport | None = None
    facilities: StationFacilities | None = None
    parking_space_count: Annotated[int, Int()] | None = None
    disabled_parking_space_count: Annotated[int, Int()] | None = None
    vehicle_classes: list[Annotated[str, Open(VehicleClass)]] = []
    payment: Payment | None = None
    contract_payment: Bool | None = None
