"""United Kingdom: a total price in pence per kWh (Public Charge Point Regulations 2023, SI 2023/1168, regs 10 and 11)."""

from __future__ import annotations

from collections.abc import Iterator

from app.model.enums import TariffDimensionType, TaxIncluded
from app.model.finding import Grade, Strength
from app.tariffs.lint.about import ADHOC, in_countries
from app.tariffs.lint.rule import Fault, Rulebook
from app.tariffs.lint.seen import Seen, component_path
from app.tariffs.rates import reachable

UK: Rulebook[Seen] = Rulebook("UK", (in_countries("United Kingdom", {"GB"}), ADHOC))
_PENCE = "SI 2023/1168, regs 10(6)(d) and 11"
_TOTAL = "SI 2023/1168, reg 11"


@UK.rule(
    "uk-11-energy",
    "The price is one per kWh",
    _PENCE,
    Strength.LAW,
    "Price the energy: a component ENERGY",
)
def _energy(seen: Seen) -> Iterator[Fault]:
    if seen.lacks_energy:
        yield Fault("no price per kWh, just per minute or session")


@UK.rule("uk-11-currency", "The price is in pounds and pence", _PENCE, Strength.LAW, "State prices in GBP")
def _currency(seen: Seen) -> Iterator[Fault]:
    if seen.tariff.currency != "GBP":
        yield Fault(f"priced in {seen.tariff.currency}", "currency")


@UK.rule(
    "uk-11-total",
    "The price is the total one, with VAT",
    _TOTAL,
    Strength.LAW,
    "Say tax_included YES with the gross price, or the rate in vat",
    grade=Grade.WARNING,
)
def _total(seen: Seen) -> Iterator[Fault]:
    if seen.tariff.tax_included is not TaxIncluded.NO:
        return
    for element, at, component in seen.components:
        if component.price and component.vat is None:
            yield Fault("the price is without VAT, and the rate is not said", component_path(element, at))


@UK.rule(
    "uk-11-other-fees",
    "What a session costs besides is shown beside the price per kWh",
    _TOTAL,
    Strength.LAW,
    "Show it wherever the price per kWh is shown",
    grade=Grade.WARNING,
)
def _other_fees(seen: Seen) -> Iterator[Fault]:
    for rate in seen.beside_energy():
        yield Fault(f"{seen.price(rate.component)} comes on top", seen.path(rate))


@UK.rule(
    "uk-11-rise",
    "The price per kWh does not rise during a session",
    _TOTAL,
    Strength.LAW,
    "Keep the price at which the session began, and say so in tariff_alt_text",
    grade=Grade.WARNING,
)
def _rise(seen: Seen) -> Iterator[Fault]:
    prices = {rate.component.price for rate in reachable(seen.rates.get(TariffDimensionType.ENERGY, ()))}
    if len(prices) > 1:
        yield Fault(f"a session may go from {seen.money(min(prices))} to {seen.money(max(prices))} per kWh")
