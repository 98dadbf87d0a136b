"""OCPI: what a valid tariff says and hardly means, of its prices, taxes, texts and validity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from app.clock import from_millis
from app.model.canonical import number_text
from app.model.enums import TariffDimensionType, TaxIncluded
from app.model.finding import Grade, Strength
from app.tariffs.amounts import amounts_in
from app.tariffs.conditions import ALWAYS
from app.tariffs.lint.plausible import Mistake
from app.tariffs.lint.rule import Fault, Rulebook
from app.tariffs.lint.seen import Seen, component_path

OCPI: Rulebook[Seen] = Rulebook("OCPI")
_TAXES_COME_ON_TOP = ("US", "CA", "MX")
"""Where prices are quoted without taxes, and without a rate."""
_BLOCKS = {
    TariffDimensionType.ENERGY: (1000, "Wh"),
    TariffDimensionType.TIME: (3600, "s"),
    TariffDimensionType.PARKING_TIME: (3600, "s"),
}
"""What `step_size` counts, and how much of it makes the unit of the price."""


@OCPI.rule(
    "ocpi-tax-unknown",
    "The price is known with and without taxes",
    "OCPI 2.3.0 Tariff.tax_included, PriceComponent.vat; ocpi#409",
    Strength.READING,
    "Say the rate in vat; 0 where the rate is zero",
    grade=Grade.WARNING,
)
def _tax_unknown(seen: Seen) -> Iterator[Fault]:
    tariff = seen.tariff
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE or tariff.country_code in _TAXES_COME_ON_TOP:
        return
    unknown, known = ("gross", "net") if tariff.tax_included is TaxIncluded.NO else ("net", "gross")
    for element, at, component in seen.components:
        if component.price and component.vat is None:
            what = f"{seen.price(component)} is {known}; what it is {unknown} is not said"
            yield Fault(what, component_path(element, at))


@OCPI.rule(
    "ocpi-tax-contradiction",
    "Where no taxes apply, no rate is said",
    "OCPI 2.3.0 Tariff.tax_included",
    Strength.STANDARD,
    "Leave vat out, or say YES or NO in tax_included",
)
def _tax_contradiction(seen: Seen) -> Iterator[Fault]:
    if seen.tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        for element, at, component in seen.components:
            if component.vat:
                yield Fault(f"tax_included is N/A, and vat {component.vat}", f"{component_path(element, at)}.vat")


@OCPI.rule(
    "ocpi-vat-fraction",
    "VAT is a percentage",
    "OCPI 2.3.0 PriceComponent.vat: percent",
    Strength.STANDARD,
    "Write 19 for 19 %",
)
def _vat_fraction(seen: Seen) -> Iterator[Fault]:
    for element, at, component in seen.components:
        if component.vat and component.vat < 1:
            what = f"vat {component.vat} is less than one percent"
            yield Fault(what, f"{component_path(element, at)}.vat", f"Write {number_text(component.vat * 100)}")


@OCPI.rule(
    "ocpi-negative-price",
    "No price is negative",
    "OCPI 2.3.0 PriceComponent.price",
    Strength.READING,
    "State what is charged; a discount is a tariff of its own",
    grade=Grade.WARNING,
)
def _negative(seen: Seen) -> Iterator[Fault]:
    for element, at, component in seen.components:
        if component.price < 0:
            yield Fault(f"{component.type} costs {component.price}", f"{component_path(element, at)}.price")


@OCPI.rule(
    "ocpi-price-scale",
    "A price is of the size that prices have",
    "ocpi#463",
    Strength.READING,
    "Check the amount, its currency and its unit: per kWh, per hour, per session",
    grade=Grade.WARNING,
)
def _scale(seen: Seen) -> Iterator[Fault]:
    yield from _doubts(seen, Mistake.SCALE)


@OCPI.rule(
    "ocpi-per-minute",
    "Prices of time are per hour",
    "OCPI 2.3.0 TariffDimensionType TIME, PARKING_TIME; ocpi#463",
    Strength.STANDARD,
    "Multiply by 60",
    grade=Grade.WARNING,
)
def _per_minute(seen: Seen) -> Iterator[Fault]:
    yield from _doubts(seen, Mistake.PER_MINUTE)


@OCPI.rule(
    "ocpi-step-price",
    "A price is per kWh or hour, whatever the step_size",
    "OCPI 2.3.0 PriceComponent.step_size; ocpi#463",
    Strength.STANDARD,
    "Write the price of a whole kWh or hour",
    grade=Grade.WARNING,
)
def _step_price(seen: Seen) -> Iterator[Fault]:
    yield from _doubts(seen, Mistake.PER_STEP)


def _doubts(seen: Seen, mistake: Mistake) -> Iterator[Fault]:
    for element, at, component, found in seen.doubts:
        if found.mistake is mistake:
            unit = {TariffDimensionType.ENERGY: "kWh", TariffDimensionType.FLAT: "session"}.get(component.type, "hour")
            what = f"{seen.money(component.price)} per {unit} looks like {mistake.value}"
            remedy = f"If so, write {number_text(found.meant)}" if found.meant is not None else ""
            yield Fault(what, f"{component_path(element, at)}.price", remedy)


@OCPI.rule(
    "ocpi-step-size",
    "What is metered is billed as it is metered",
    "OCPI 2.3.0 PriceComponent.step_size: 1 is recommended; ocpi#334",
    Strength.GUIDANCE,
    "Send step_size 1, unless blocks are meant",
    grade=Grade.WARNING,
)
def _step_size(seen: Seen) -> Iterator[Fault]:
    for element, at, component in seen.components:
        if component.step_size > 1 and component.price and component.type in _BLOCKS:
            whole, unit = _BLOCKS[component.type]
            most = component.price * (component.step_size - 1) / whole
            what = f"billed in started blocks of {component.step_size} {unit}: up to {seen.money(most)} more"
            yield Fault(what, f"{component_path(element, at)}.step_size")


@OCPI.rule(
    "ocpi-flat",
    "A session fee stands in one element without restrictions",
    "OCPI 2.3.0 TariffDimensionType FLAT; ocpi#176, ocpi#390, ocpi#424",
    Strength.READING,
    "One FLAT, in an element of its own: whether a second one is charged again, readers see differently",
    grade=Grade.WARNING,
)
def _flat(seen: Seen) -> Iterator[Fault]:
    rates = seen.rates.get(TariffDimensionType.FLAT, ())
    elements = {rate.element: rate for rate in rates}
    for rate in elements.values():
        if len(elements) > 1:
            yield Fault("a session fee in several elements", seen.path(rate))
        elif rate.when != ALWAYS:
            yield Fault("a session fee that holds at some times only", seen.path(rate))


@OCPI.rule(
    "ocpi-limits",
    "The minimum is not above the maximum",
    "OCPI 2.3.0 Tariff.min_price, max_price",
    Strength.STANDARD,
    "Swap them, or leave out the wrong one",
)
def _limits(seen: Seen) -> Iterator[Fault]:
    low, high = seen.tariff.min_price, seen.tariff.max_price
    if low is None or high is None:
        return
    bases = ("before", low.before_taxes, high.before_taxes), ("after", low.after_taxes, high.after_taxes)
    for basis, least, most in bases:
        if least is not None and most is not None and least > most:
            yield Fault(f"at least {least} and at most {most} {basis} taxes", f"min_price.{basis}_taxes")


@OCPI.rule(
    "ocpi-validity",
    "A tariff ends after it begins",
    "OCPI 2.3.0 Tariff.start_date_time, end_date_time",
    Strength.STANDARD,
    "Write a later end, or none",
)
def _validity(seen: Seen) -> Iterator[Fault]:
    begin, end = seen.tariff.start_date_time, seen.tariff.end_date_time
    if begin is not None and end is not None and end <= begin:
        yield Fault(f"never valid: from {_text(begin)} to {_text(end)}", "end_date_time")


@OCPI.rule(
    "ocpi-over",
    "What is over is not kept",
    "OCPI 2.3.0 Tariff.end_date_time",
    Strength.READING,
    "Take the tariff off its connectors, then delete it",
    grade=Grade.WARNING,
)
def _over(seen: Seen) -> Iterator[Fault]:
    end = seen.tariff.end_date_time
    if seen.at is not None and end is not None and end <= from_millis(seen.at):
        yield Fault(f"ended {_text(end)}", "end_date_time")


@OCPI.rule(
    "ocpi-amounts-in-text",
    "Beside elements the text states no prices",
    "OCPI 2.3.0 Tariff.tariff_alt_text",
    Strength.STANDARD,
    "State conditions in the text and amounts in elements",
    grade=Grade.WARNING,
)
def _amounts_in_text(seen: Seen) -> Iterator[Fault]:
    for index, text in enumerate(seen.tariff.tariff_alt_text):
        if amounts := amounts_in(text.text):
            yield Fault(f"the text states {_listed(amounts)}", f"tariff_alt_text[{index}]")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _listed(amounts: tuple[Decimal, ...]) -> str:
    return ", ".join(map(str, dict.fromkeys(amounts)))
