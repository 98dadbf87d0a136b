"""OCPI Session and CDR, as far as they say what was charged and what it cost.

What leads to a person is not read at all: tokens, how and by which reference a driver was authorised, signed meter data (it
carries the token) and remarks.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from app.clock import Millis
from app.model.enums import ConnectorFormat, ConnectorType, PowerType
from app.model.place import GeoLocation
from app.model.tariff import Tariff
from app.model.types import Bool, Ci, Country, CountryAlpha2, Currency, DateTime, Model, Number, Open, Text, Whole


class SessionModel(Model):
    """Fields it does not name are dropped, not kept."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class CdrDimensionType(StrEnum):
    CURRENT = "CURRENT"
    ENERGY = "ENERGY"
    ENERGY_EXPORT = "ENERGY_EXPORT"
    ENERGY_IMPORT = "ENERGY_IMPORT"
    FLAT = "FLAT"
    """2.1.1 only."""
    MAX_CURRENT = "MAX_CURRENT"
    MIN_CURRENT = "MIN_CURRENT"
    MAX_POWER = "MAX_POWER"
    MIN_POWER = "MIN_POWER"
    PARKING_TIME = "PARKING_TIME"
    POWER = "POWER"
    RESERVATION_TIME = "RESERVATION_TIME"
    STATE_OF_CHARGE = "STATE_OF_CHARGE"
    TIME = "TIME"


class CdrDimension(SessionModel):
    type: CdrDimensionType
    volume: Annotated[Decimal, Number(None)]
    """kWh, hours, A, kW or percent, by `type`. Negative: towards the grid."""


class ChargingPeriod(SessionModel):
    """Lasts until the next one begins, the last one until the session ends."""

    start_date_time: DateTime
    dimensions: Annotated[list[CdrDimension], Field(min_length=1)]
    tariff_id: Annotated[str, Ci(36)] | None = None


class TaxAmount(SessionModel):
    name: Annotated[str, Text(255)]
    account_number: Annotated[str, Text(255)] | None = None
    percentage: Annotated[Decimal, Number()] | None = None
    amount: Annotated[Decimal, Number(None)]


class Price(SessionModel):
    before_taxes: Annotated[Decimal, Number(None)]
    taxes: list[TaxAmount] = []

    @property
    def after_taxes(self) -> Decimal | None:
        """None where no tax is stated."""
        if not self.taxes:
            return None
        return self.before_taxes + sum((tax.amount for tax in self.taxes), Decimal(0))


class CdrLocation(SessionModel):
    id: Annotated[str, Ci(36)]
    name: Annotated[str, Text(255)] | None = None
    address: Annotated[str, Text(255)]
    city: Annotated[str, Text(45)]
    postal_code: Annotated[str, Text(10)] | None = None
    state: Annotated[str, Text(45)] | None = None
    country: Country
    coordinates: GeoLocation
    evse_uid: Annotated[str, Ci(36)]
    evse_id: Annotated[str, Ci(48)]
    connector_id: Annotated[str, Ci(36)]
    connector_standard: Annotated[str, Open(ConnectorType)]
    connector_format: ConnectorFormat
    connector_power_type: PowerType


class SessionStatus(StrEnum):
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    PENDING = "PENDING"
    RESERVATION = "RESERVATION"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One charging session as a source reported it, for reports; nothing in it leads to a person."""

    source: str
    evse: str
    """The EVSE's `uid` or `evse_id`, as the source writes it."""
    started_at: Millis
    ended_at: Millis | None
    """None: the source says that it is over and not when."""
    energy_kwh: Decimal | None
    """None: not known, as where one of the energy registers is."""
    stop_reason: str | None = None
    """As the charge point wrote it."""
    offline: bool = False
    """Some of it was delivered late: the charge point worked while it had no connection."""
    session_id: str | None = None
    """The backend's; what comes again with it is the same session."""
    location_id: str | None = None
    """Of the site, where `evse` alone does not name one."""
    connector: str | None = None
    charger: str | None = None
    """The post."""
    peak_kw: Decimal | None = None
    """Highest power that was measured; None: not known."""
    errors: tuple[str, ...] = ()
    """Codes of what went wrong: MREC (`CX001`) where there is one, else the backend's; empty: none was told."""
    payment: str | None = None
    """How it was paid, in the source's word; never by which card or account."""


class Charged(SessionModel):
    """What a session and a CDR share: all that a price depends on."""

    start_date_time: DateTime
    """Of the reservation where there was one."""
    end_date_time: DateTime | None = None
    """None: not ended."""
    charging_periods: Annotated[list[ChargingPeriod], Whole()] = []


class Session(Charged):
    country_code: CountryAlpha2
    party_id: Annotated[str, Ci(3, upper=True)]
    id: Annotated[str, Ci(36)]
    kwh: Annotated[Decimal, Number(None)]
    location_id: Annotated[str, Ci(36)]
    evse_uid: Annotated[str, Ci(36)]
    connector_id: Annotated[str, Ci(36)]
    meter_id: Annotated[str, Text(255)] | None = None
    currency: Currency
    total_cost: Price | None = None
    status: SessionStatus
    last_updated: DateTime


class CDR(Charged):
    country_code: CountryAlpha2
    party_id: Annotated[str, Ci(3, upper=True)]
    id: Annotated[str, Ci(39)]
    end_date_time: DateTime
    session_id: Annotated[str, Ci(36)] | None = None
    cdr_location: CdrLocation
    meter_id: Annotated[str, Text(255)] | None = None
    currency: Currency
    tariffs: list[Tariff] = []
    charging_periods: Annotated[list[ChargingPeriod], Field(min_length=1), Whole()]
    total_cost: Price
    total_fixed_cost: Price | None = None
    total_energy: Annotated[Decimal, Number(None)]
    total_energy_cost: Price | None = None
    total_time: Annotated[Decimal, Number()]
    """Hours, parking included."""
    total_time_cost: Price | None = None
    total_parking_time: Annotated[Decimal, Number()] | None = None
    total_parking_cost: Price | None = None
    total_reservation_cost: Price | None = None
    invoice_reference_id: Annotated[str, Ci(39)] | None = None
    credit: Bool | None = None
    credit_reference_id: Annotated[str, Ci(39)] | None = None
    home_charging_compensation: Bool | None = None
    last_updated: DateTime
