"""Energy rates of DATEX II, whatever the dialect (01-00-00, v3.7) and the encoding (JSON, XML)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.formats.datex2.periods import OverallPeriod, Texts


class RatePolicy(StrEnum):
    AD_HOC = "adHoc"
    CONTRACT = "contract"


class PriceType(StrEnum):
    PER_KWH = "pricePerKWh"
    PER_MINUTE = "pricePerMinute"
    PER_KG = "pricePerKg"
    """v3.7 only; never of a charging point."""
    BASE = "basePrice"
    """Once, besides other prices."""
    FLAT_RATE = "flatRate"
    """Once, whatever is charged."""
    FREE = "free"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class EnergyPrice:
    """All prices of a rate add up, each within its limits (German profile: AND)."""

    price_type: PriceType
    value: Decimal
    """Per kWh, per minute or once; exact, not rounded to what an encoding can write."""
    cap: Decimal | None = None
    """Most that this price adds to a session."""
    tax_included: bool | None = None
    tax_rate: Decimal | None = None
    """Percent, as in 19."""
    period: OverallPeriod | None = None
    """None: now. It goes before prices of the same type that have periods (German profile)."""
    from_minute: int | None = None
    """Of the session."""
    to_minute: int | None = None
    """Exclusive."""
    from_kwh: int | None = None
    to_kwh: int | None = None
    """Exclusive."""
    additional_information: Texts = ()
    price_group: int | None = None
    """Without a known meaning; v3.7 requires one."""


@dataclass(frozen=True, slots=True)
class Payment:
    modes: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    """Values of MeansOfPaymentEnum: nfc, emv, qrCode, website …"""
    other_means: tuple[Texts, ...] = ()
    brands: tuple[str, ...] = ()
    """Values of PaymentBrandsEnum."""
    other_brands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnergyRate:
    """One of the offers a driver chooses between."""

    id: str
    policy: RatePolicy
    currencies: tuple[str, ...]
    last_updated: datetime | None = None
    """Required by the schemas; None: a sender left it out."""
    prices: tuple[EnergyPrice, ...] = ()
    name: Texts = ()
    combined_with_parking: bool | None = None
    """Whether parking is in the prices."""
    maximum_fee: Decimal | None = None
    minimum_fee: Decimal | None = None
    """Of a session; on the tax basis of the prices."""
    discount: Decimal | None = None
    """Percent."""
    additional_information: Texts = ()
    payment: Payment | None = None
    period: OverallPeriod | None = None


@dataclass(frozen=True, slots=True)
class EnergyRateUpdate:
    """All prices of a rate anew, those of the future included; nothing else of it can be changed."""

    rate_id: str
    last_updated: datetime | None
    prices: tuple[EnergyPrice, ...] = ()
    additional_information: Texts = ()

    def of(self, rate: EnergyRate) -> EnergyRate:
        """The rate as it is after the update."""
        texts = self.additional_information or rate.additional_information
        return replace(rate, prices=self.prices, last_updated=self.last_updated, additional_information=texts)


def texts_in(language: str, *sentences: str) -> Texts:
    """One text of the sentences that are not empty."""
    text = " ".join(filter(None, sentences))
    return ((language, text),) if text else ()


def joined(one: Texts, other: Texts) -> Texts:
    """Texts of the same language after each other."""
    found: dict[str, str] = {}
    for language, text in (*one, *other):
        if not text:
            continue
        found[language] = f"{found[language]} {text}" if language in found else text
    return tuple(found.items())
