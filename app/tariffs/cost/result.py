"""What a session costs: each component, the limits that applied, and the total as exact and as payable amounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.model.enums import TariffDimensionType


@dataclass(frozen=True, slots=True)
class Amount:
    """In the currency's major unit. None: cannot be told, because the tax rate is not known."""

    before_taxes: Decimal | None
    after_taxes: Decimal | None


@dataclass(frozen=True, slots=True)
class ComponentCost:
    """What one price component of one element adds to the session."""

    dimension: TariffDimensionType
    volume: Decimal
    """As billed, with what `step_size` adds: kWh, seconds, or times (FLAT)."""
    metered: Decimal
    """As measured; same unit."""
    price: Decimal
    """Per kWh, per hour or per session, as the tariff states it: see its tax basis."""
    vat: Decimal | None
    """Percent; None: not stated."""
    amount: Amount
    """Exact, before limits and not rounded."""
    element: int | None
    """Index in the tariff's elements; None: the price comes from a plan."""
    tariff: str = ""
    """The id of the tariff."""
    rule: str = ""
    """The plan's name for what is charged; empty for OCPI tariffs."""


class LimitKind(StrEnum):
    MINIMUM = "min_price"
    MAXIMUM = "max_price"


@dataclass(frozen=True, slots=True)
class AppliedLimit:
    """A limit that changed the total, on one of both bases or on both."""

    kind: LimitKind
    limit: Amount
    """None on a basis on which it did not change the total."""


@dataclass(frozen=True, slots=True)
class Cost:
    currency: str
    components: tuple[ComponentCost, ...]
    exact: Amount
    """After limits, not rounded."""
    total: Amount
    """To pay: `exact` rounded once, half up, to `decimals`."""
    decimals: int
    """Of the currency's minor unit (ISO 4217)."""
    limits: tuple[AppliedLimit, ...] = ()
    notes: tuple[str, ...] = ()
    """What the tariff or the session left open, and how it was read."""
