"""What a price list of a plan says: prices, tiers, free volumes, blocks, the occupancy fee, limits; and a group's discount."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from app.model.faults import Fault, broken, raise_faults
from app.model.part import Part
from app.tariffs.plan.exemptions import fee_spans
from app.tariffs.plan.tiers import check_tiers
from app.tariffs.plan.words import DayKind, Days, Minutes, Money, Percent, Span, Windows

_FOUR = Decimal("0.0001")
Percented = Literal["energy", "minute", "session"]


class When(Part):
    """Everything written must hold."""

    days: Days | None = None
    """mon-fri, weekend, [sat, sun, holidays]; every day where left out."""
    hours: Windows | None = None
    """Local time: 17:00-20:00; 00:00 at the end is midnight."""
    season: str | None = None
    """One of the plan's `seasons`."""
    kwh: Span | None = None
    """Energy since the session began: 0-20, or 20- from there on; each kWh costs what its own range says."""
    minutes: Span | None = None
    """Since the session began."""
    power: Span | None = None
    """Power in kW that is delivered at the moment; not the rating of the charger."""

    @model_validator(mode="after")
    def _says_something(self) -> When:
        if not self.model_fields_set:
            raise ValueError("empty: write such as `hours: 17:00-20:00`; the price outside tiers stands beside `tiers`")
        if self.days is not None and any(window.past_midnight for window in self.hours or ()):
            what = "hours past midnight leave open which day is meant: write two tiers, 22:00-00:00 and 00:00-06:00"
            raise_faults([(("hours",), broken(what), self.hours)])
        if self.minutes and any(edge is not None and edge % 1 for edge in (self.minutes.low, self.minutes.high)):
            raise_faults([(("minutes",), broken("write whole minutes"), self.minutes)])
        return self


class Tier(Part):
    when: When
    energy: Money | None = None
    """Per kWh in this tier."""
    minute: Money | None = None
    """Per minute of charging in this tier."""
    name: str = Field("", max_length=60)

    @model_validator(mode="after")
    def _prices_something(self) -> Tier:
        if self.energy is None and self.minute is None:
            raise ValueError("without a price: write `energy` or `minute`")
        return self


class Free(Part):
    """One of both. Frees energy and charging minutes, not the session fee or the occupancy fee."""

    kwh: Money | None = None
    """The first kWh of a session cost nothing for energy."""
    minutes: Annotated[Minutes, Field(gt=0)] | None = None
    """The first minutes of a session cost nothing for energy and charging time."""

    @model_validator(mode="after")
    def _one(self) -> Free:
        if (self.kwh is None) == (self.minutes is None):
            raise ValueError("write one of `kwh: 5` and `minutes: 30`")
        return self


class Blocks(Part):
    """Started blocks are paid whole, once per session; what is added costs what the last of the session did."""

    kwh: Annotated[Money, Field(gt=0)] | None = None
    """In thousandths at least: 0.1 bills started 100 Wh."""
    minutes: Annotated[Minutes, Field(gt=0)] | None = None
    """Of charging time."""

    @field_validator("kwh")
    @classmethod
    def _whole_wh(cls, kwh: Decimal | None) -> Decimal | None:
        if kwh is not None and kwh * 1000 % 1:
            raise ValueError(f"{kwh} kWh is no whole number of Wh: write such as 0.1")
        return kwh


class Exemption(Part):
    """When the occupancy fee does not run."""

    hours: Windows | None = None
    days: Annotated[Days, Field()] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Exemption:
        if self.hours is None and self.days is None:
            raise ValueError("empty: write such as `hours: 20:00-08:00`")
        if self.days and DayKind.HOLIDAYS in self.days:
            raise_faults([(("days",), broken("holidays cannot be exempt: write the days of the week"), self.days)])
        if self.days is not None and any(window.past_midnight for window in self.hours or ()):
            what = "hours past midnight leave open which day is meant: write two, 20:00-00:00 and 00:00-08:00"
            raise_faults([(("hours",), broken(what), self.hours)])
        return self


class Occupancy(Part):
    """The fee for occupying the point."""

    minute: Annotated[Money, Field(gt=0)]
    """Per minute."""
    starts: Literal["session", "charging end"] = "charging end"
    """`session`: counts from the plug, charging or not. `charging end`: minutes in which the car does not charge."""
    grace: Minutes = 0
    """Minutes that are free first, counted once per session."""
    cap: Annotated[Money, Field(gt=0)] | None = None
    """The fee of one session is never more."""
    exempt: tuple[Exemption, ...] = ()

    @model_validator(mode="after")
    def _runs_at_all(self) -> Occupancy:
        if not fee_spans(self.exempt):
            raise_faults([(("exempt",), broken("every hour is exempt: leave `occupancy` out"), None)])
        return self


class Prices(Part):
    energy: Money | None = None
    """Per kWh, outside of tiers."""
    minute: Money | None = None
    """Per minute while charging, outside of tiers."""
    session: Money | None = None
    """Once per session."""
    tiers: tuple[Tier, ...] = ()
    """Other prices at certain times, powers and volumes."""
    free: Free | None = None
    blocks: Blocks | None = None
    occupancy: Occupancy | None = None
    minimum: Money | None = None
    """The whole session costs at least this."""
    maximum: Money | None = None
    """The whole session costs at most this."""

    @model_validator(mode="after")
    def _fits_together(self) -> Prices:
        if not any(getattr(self, name) is not None for name in ("energy", "minute", "session", "occupancy")):
            raise ValueError("no price at all: write `energy`; `energy: 0` where charging is free")
        raise_faults(list(self._without_base()) + check_tiers(self.tiers))
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            what = f"the minimum {self.minimum} is above the maximum {self.maximum}"
            raise_faults([(("minimum",), broken(what), self.minimum)])
        if self.blocks and self.blocks.minutes and self.minute is None:
            what = "there is no price per `minute` to bill in blocks"
            raise_faults([(("blocks", "minutes"), broken(what), None)])
        if self.blocks and self.blocks.kwh and self.energy is None:
            raise_faults([(("blocks", "kwh"), broken("there is no price of `energy` to bill in blocks"), None)])
        return self

    def _without_base(self) -> Iterator[Fault]:
        for index, tier in enumerate(self.tiers):
            for name in ("energy", "minute"):
                if getattr(tier, name) is not None and getattr(self, name) is None:
                    what = f"no `{name}` outside of this tier: write one beside `tiers`, `{name}: 0` where it is free"
                    yield ("tiers", index, name), broken(what), getattr(tier, name)

    def discounted(self, group: Group) -> Prices:
        """Each price rounded to four decimals, as OCPI writes it."""
        rest = 1 - group.discount / 100

        def less(name: str, price: Decimal | None) -> Decimal | None:
            if price is None or name not in group.of:
                return price
            return (price * rest).quantize(_FOUR, ROUND_HALF_EVEN)

        def reduced(part: Tier | Prices, names: tuple[str, ...]) -> dict[str, Decimal | None]:
            return {name: less(name, getattr(part, name)) for name in names}

        tiers = tuple(tier.model_copy(update=reduced(tier, ("energy", "minute"))) for tier in self.tiers)
        return self.model_copy(update={**reduced(self, ("energy", "minute", "session")), "tiers": tiers})


class Group(Part):
    """Contract customers with a discount."""

    discount: Percent
    """Percent off."""
    of: tuple[Percented, ...] = ("energy", "minute", "session")
    """Which prices are reduced."""

    @field_validator("of", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [item.strip() for item in value.split(",")] if isinstance(value, str) else value
