"""What pricing products leave unsaid of an OCPI tariff without saying a wrong price."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from app.model.enums import TariffDimensionType
from app.model.loss import Loss
from app.model.money import minor_digits, with_tax
from app.model.tariff import PriceLimit, Tariff
from app.tariffs.rates import Rates, is_for_charging

_NO_FIELD = {
    "tariff_alt_text": "no text: left out",
    "tariff_alt_url": "no link: left out",
    "energy_mix": "of EVSEs alone: left out",
    "start_date_time": "no validity: to be sent when it begins",
    "end_date_time": "no validity: to be replaced when it ends",
    "preauthorize_amount": "no such field: left out",
    "occupancy": "no grace, cap or exempt hours: the fee as the elements have it",
    "announced_at": "no such field: left out",
}
"""`plan` and `source_tax_basis` say where the same prices come from; `audience` is whom they are sent to."""


def unsaid(tariff: Tariff, rates: Rates, *, several: bool) -> Iterator[Loss]:
    """`several`: products for different hours."""
    for name, reason in _NO_FIELD.items():
        if getattr(tariff, name):
            yield Loss(name, reason)
    if not all(map(is_for_charging, tariff.elements)):
        yield Loss("elements[].restrictions.reservation", "no price of reservations: left out")
    if several:
        reason = (
            "a session has one product (ChargeDetailRecord): one that goes on into hours of another costs otherwise"
        )
        yield Loss("elements[].restrictions", reason)
    yield from _blocks(rates)
    for name, limit in (("min_price", tariff.min_price), ("max_price", tariff.max_price)):
        if limit and not _is_the_same_after_taxes(limit, rates, minor_digits(tariff.currency)):
            yield Loss(f"{name}.after_taxes", "limits are before taxes: left out", str(limit.after_taxes))


def _blocks(rates: Rates) -> Iterator[Loss]:
    for dimension, found in rates.items():
        steps = sorted({rate.component.step_size for rate in found if rate.component.price})
        if dimension is not TariffDimensionType.FLAT and steps[-1:] > [1]:
            unit = "Wh" if dimension is TariffDimensionType.ENERGY else "s"
            reason = "no blocks: billed by the kWh and hour to the digit"
            yield Loss("elements[].price_components[].step_size", reason, f"{dimension} {steps[-1]} {unit}")


def _is_the_same_after_taxes(limit: PriceLimit, rates: Rates, digits: int) -> bool:
    """To the minor unit of the currency."""
    if limit.after_taxes is None:
        return True
    taxes = {rate.component.vat or Decimal(0) for found in rates.values() for rate in found if rate.component.price}
    after = round(limit.after_taxes, digits)
    return all(round(with_tax(limit.before_taxes, vat), digits) == after for vat in taxes)
