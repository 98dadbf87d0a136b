"""Where the electricity comes from (OCPI Locations, EnergyMix)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from app.model.enums import EnergySourceCategory, EnvironmentalImpactCategory
from app.model.types import Bool, Model, Number, Open, Text, Whole


class EnergySource(Model):
    source: EnergySourceCategory
    percentage: Annotated[Decimal, Number(0, 100)]


class EnvironmentalImpact(Model):
    category: Annotated[str, Open(EnvironmentalImpactCategory)]
    amount: Annotated[Decimal, Number()]
    """Grams per kWh."""


class EnergyMix(Model):
    is_green_energy: Bool
    """True only where all of it is renewable."""
    energy_sources: Annotated[list[EnergySource], Whole()] = []
    """Percentages of all entries add up to 100."""
    environ_impact: list[EnvironmentalImpact] = []
    supplier_name: Annotated[str, Text(64)] | None = None
    energy_product_name: Annotated[str, Text(64)] | None = None
