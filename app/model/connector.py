"""OCPI Connector."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from app.model.enums import ConnectorCapability, ConnectorFormat, ConnectorType, PowerType
from app.model.types import Ci, DateTime, Expected, Extension, Int, Live, Model, Open, Url


class PaymentMeans(StrEnum):
    TERMINAL = "TERMINAL"
    CONTACTLESS = "CONTACTLESS"
    QR_CODE = "QR_CODE"
    WEBSITE = "WEBSITE"
    APP = "APP"
    CASH = "CASH"
    OTHER = "OTHER"


class AdhocOffer(Model):
    """One of several ad hoc prices at a connector: which tariff holds for which way to pay."""

    tariff_id: Annotated[str, Ci(36)]
    payment_means: list[Annotated[str, Open(PaymentMeans)]] = []
    url: Url | None = None


class Connector(Model):
    id: Annotated[str, Ci(36)]
    standard: Annotated[str, Open(ConnectorType)]
    format: ConnectorFormat
    power_type: PowerType
    max_voltage: Annotated[int, Int()]
    """Volts; line to neutral for AC_3_PHASE."""
    max_amperage: Annotated[int, Int()]
    """Amperes, per phase."""
    max_electric_power: Annotated[int, Int()] | None = None
    """Watts; set where below voltage times amperage times phases."""
    tariff_ids: list[Annotated[str, Ci(36)]] = []
    terms_and_conditions: Url | None = None
    capabilities: list[Annotated[str, Open(ConnectorCapability)]] = []

    adhoc_offers: Annotated[list[AdhocOffer], Extension("Ad hoc prices by way to pay, the default first")] = []

    last_updated: Annotated[DateTime | None, Expected(), Live()] = None
