"""OCPI Tariff, with what is known about a price beyond OCPI."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from app.model.energy import EnergyMix
from app.model.enums import (
    BookingRestrictionType,
    DayOfWeek,
    ReservationRestrictionType,
    TariffDimensionType,
    TariffType,
    TaxIncluded,
)
from app.model.faults import broken, raise_faults, repairable
from app.model.hours import LocalTime
from app.model.place import DisplayText
from app.model.types import (
    Binding,
    Ci,
    CountryAlpha2,
    Currency,
    DateTime,
    Expected,
    Extension,
    Int,
    Live,
    LocalDay,
    Model,
    Number,
    Open,
    Url,
    Whole,
)


class PriceComponent(Model):
    type: TariffDimensionType
    price: Annotated[Decimal, Number(None)]
    """Per kWh, per hour or per session; the tax basis is the tariff's `tax_included`."""
    vat: Annotated[Decimal, Number()] | None = None
    """Percent; None: no VAT applies."""
    step_size: Annotated[int, Int()]
    """Billing block in Wh or seconds; 0 is read as 1."""


class TariffRestrictions(Model):
    """All fields set must hold. Times and days are local to the location."""

    start_time: LocalTime | None = None
    end_time: LocalTime | None = None
    """Before `start_time`: on the next day. 00:00 is the end of the day."""
    start_date: LocalDay | None = None
    end_date: LocalDay | None = None
    """Exclusive."""
    min_kwh: Annotated[Decimal, Number()] | None = None
    max_kwh: Annotated[Decimal, Number()] | None = None
    min_current: Annotated[Decimal, Number()] | None = None
    """Amperes, summed over the phases."""
    max_current: Annotated[Decimal, Number()] | None = None
    min_power: Annotated[Decimal, Number()] | None = None
    """Kilowatts."""
    max_power: Annotated[Decimal, Number()] | None = None
    min_duration: Annotated[int, Int()] | None = None
    """Seconds since the session began."""
    max_duration: Annotated[int, Int()] | None = None
    day_of_week: list[DayOfWeek] = []
    reservation: ReservationRestrictionType | None = None
    booking: Annotated[str, Open(BookingRestrictionType)] | None = None
    """Of the Bookings extension of OCPI 2.3.0."""

    @model_validator(mode="before")
    @classmethod
    def _midnight(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("end_time") == "24:00":
            raise_faults([(("end_time",), repairable("24:00 is read as 00:00, the end of the day", "00:00"), "24:00")])
        return value

    @model_validator(mode="after")
    def _all_are_known(self) -> TariffRestrictions:
        # A price whose condition is not understood would seem to hold always.
        if self.model_extra:
            raise broken(f"unknown restriction {', '.join(sorted(self.model_extra))}")
        return self


class TariffElement(Model):
    price_components: Annotated[list[PriceComponent], Field(min_length=1)]
    restrictions: TariffRestrictions | None = None

    @model_validator(mode="after")
    def _reservations_cost_flat_or_time(self) -> TariffElement:
        if self.restrictions and self.restrictions.reservation:
            for component in self.price_components:
                if component.type not in (TariffDimensionType.FLAT, TariffDimensionType.TIME):
                    raise broken(f"a reservation cannot cost {component.type}, just FLAT or TIME")
        return self


class PriceLimit(Model):
    before_taxes: Annotated[Decimal, Number()]
    after_taxes: Annotated[Decimal, Number()] | None = None


class OccupancyStart(StrEnum):
    SESSION_START = "SESSION_START"
    CHARGING_END = "CHARGING_END"


class OccupancyExemption(Model):
    """When the fee does not run, in local time."""

    start_time: LocalTime | None = None
    end_time: LocalTime | None = None
    day_of_week: list[DayOfWeek] = []


class Occupancy(Model):
    """The fee for occupying a point, with the grace that OCPI cannot say (ocpi#543)."""

    per_min: Annotated[Decimal, Number()]
    grace_min: Annotated[Decimal, Number()] | None = None
    from_: Annotated[OccupancyStart | None, Field(alias="from")] = None
    cap: Annotated[Decimal, Number()] | None = None
    exempt: list[OccupancyExemption] = []


class Audience(StrEnum):
    PUBLIC = "public"
    PARTNER = "partner"
    GROUP = "group"


class Tariff(Model):
    country_code: CountryAlpha2
    party_id: Annotated[str, Ci(3, upper=True)]
    id: Annotated[str, Ci(36)]
    currency: Currency
    type: Annotated[TariffType | None, Binding()] = None
    """None: holds for every session."""
    tariff_alt_text: list[DisplayText] = []
    tariff_alt_url: Url | None = None
    min_price: Annotated[PriceLimit | None, Binding()] = None
    max_price: Annotated[PriceLimit | None, Binding()] = None
    elements: Annotated[list[TariffElement], Field(min_length=1), Whole()]
    tax_included: TaxIncluded
    start_date_time: Annotated[DateTime | None, Binding()] = None
    end_date_time: Annotated[DateTime | None, Binding()] = None
    """Exclusive."""
    energy_mix: EnergyMix | None = None

    preauthorize_amount: Annotated[
        Annotated[Decimal, Number()] | None,
        Extension("Reserved on the card before a session, in the tariff's currency"),
    ] = None
    plan: Annotated[dict[str, Any] | None, Extension("The price plan as the source wrote it")] = None
    occupancy: Annotated[Occupancy | None, Extension("Fee for occupying the point, with its grace")] = None
    source_tax_basis: Annotated[TaxIncluded | None, Extension("Tax basis in which the source states prices")] = None
    announced_at: Annotated[DateTime | None, Extension("When the price was announced")] = None
    audience: Annotated[Audience | None, Extension("Whom the tariff is for")] = None

    last_updated: Annotated[DateTime | None, Expected(), Live()] = None
