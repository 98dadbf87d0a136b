"""OCPI EVSE."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from app.model.connector import Connector
from app.model.enums import Capability, EVSEPosition, ParkingRestriction, Status
from app.model.faults import broken, raise_faults, repeated
from app.model.place import DisplayText, GeoLocation, Image
from app.model.status import StatusDetail, StatusTimes
from app.model.types import Bool, Ci, DateTime, Expected, Extension, Int, Live, LocalDay, Model, Open, Otherwise, Text


class SmartRecharging(StrEnum):
    """(EU) 2025/655, element B9."""

    REMOTE_CONTROL = "REMOTE_CONTROL"
    USER_PREFERENCES = "USER_PREFERENCES"
    BIDIRECTIONAL = "BIDIRECTIONAL"
    OTHER = "OTHER"


class CalibrationLaw(StrEnum):
    LOCAL = "LOCAL"
    EXTERNAL = "EXTERNAL"
    NOT_AVAILABLE = "NOT_AVAILABLE"


class Oicp(Model):
    """What OICP asks of an EVSE and OCPI cannot say."""

    calibration_law: CalibrationLaw | None = None
    compatible: Bool | None = None
    """Whether drivers of other networks can start here through the hub."""
    dynamic: Bool | None = None
    """Whether live status is offered."""


class Accessibility(StrEnum):
    """For people with reduced mobility; unknown is absent."""

    RESERVED = "RESERVED"
    ACCESSIBLE = "ACCESSIBLE"
    NOT_ACCESSIBLE = "NOT_ACCESSIBLE"


class Irve(Model):
    """What the French files ask of an EVSE and OCPI cannot say (schema-irve-statique 2.3)."""

    accessibility: Accessibility | None = None
    """Of this EVSE; else it is the location's. So is the next."""
    size_restriction: Annotated[str, Text(255)] | None = None
    adhoc_payment: Bool | None = None
    """Whether one can pay without a contract."""
    card_payment: Bool | None = None
    """Whether there is a terminal for bank cards."""
    other_payment: Bool | None = None
    free_of_charge: Bool | None = None
    price_text: Annotated[str, Text(1000)] | None = None
    """What it costs, in the operator's words."""
    remarks: Annotated[str, Text(1000)] | None = None


class StatusSchedule(Model):
    period_begin: DateTime
    period_end: DateTime | None = None
    """None: open-ended."""
    status: Status

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> StatusSchedule:
        if self.period_end is not None and self.period_end <= self.period_begin:
            raise broken("period_end is not later than period_begin")
        return self


class EVSEParking(Model):
    parking_id: Annotated[str, Ci(36)]
    """Id of one of the Location's `parking_places`."""
    evse_position: EVSEPosition | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_id(cls, value: Any) -> Any:
        # The examples of 2.3.0 edition 1 had ids in place of objects (ocpi#542).
        return {"parking_id": value} if isinstance(value, str) else value


class EVSE(Model):
    uid: Annotated[str, Ci(36)]
    evse_id: Annotated[str, Ci(48)] | None = None
    status: Annotated[Status | None, Expected(), Live(), Otherwise(Status.UNKNOWN)] = None
    status_schedule: list[StatusSchedule] = []
    capabilities: list[Annotated[str, Open(Capability)]] = []
    connectors: Annotated[list[Connector], Field(min_length=1)]
    floor_level: Annotated[str, Text(4)] | None = None
    coordinates: GeoLocation | None = None
    physical_reference: Annotated[str, Text(16)] | None = None
    directions: list[DisplayText] = []
    parking_restrictions: list[Annotated[str, Open(ParkingRestriction)]] = []
    parking: list[EVSEParking] = []
    images: list[Image] = []
    accepted_service_providers: list[Annotated[str, Text(50)]] = []

    charger_id: Annotated[Annotated[str, Text(36)] | None, Extension("Id of the post this EVSE belongs to (NEVI)")] = (
        None
    )
    smart_recharging: Annotated[
        list[Annotated[str, Open(SmartRecharging)]], Extension("Smart recharging services ((EU) 2025/655, B9)")
    ] = []
    plug_and_charge: Annotated[
        Bool | None, Extension("Plug and charge, ISO 15118 ((EU) 2025/655, B8); OCPI can only say yes")
    ] = None
    installed_on: Annotated[LocalDay | None, Extension("Day of installation")] = None
    commissioned_on: Annotated[LocalDay | None, Extension("Day of first operation")] = None
    federally_funded: Annotated[Bool | None, Extension("Paid for with federal funds (EV-ChART)")] = None
    trailer_accessible: Annotated[
        Bool | None, Extension("Pull-through stall: can be reached with a trailer (23 CFR 680.116(c)(8)(vi))")
    ] = None
    max_output_voltage: Annotated[Annotated[int, Int()] | None, Extension("Highest voltage the unit can give, V")] = (
        None
    )
    oicp: Annotated[Oicp | None, Extension("What OICP asks and OCPI cannot say")] = None
    irve: Annotated[Irve | None, Extension("What IRVE asks and OCPI cannot say")] = None
    status_detail: Annotated[StatusDetail | None, Live(), Extension("Fault codes behind the status")] = None
    status_times: Annotated[
        StatusTimes | None, Live(), Extension("When the status became so, and when it got here")
    ] = None

    last_updated: Annotated[DateTime | None, Expected(), Live()] = None

    @model_validator(mode="after")
    def _connector_ids_are_unique(self) -> EVSE:
        raise_faults(repeated(self.connectors, "connectors", "id"))
        return self
