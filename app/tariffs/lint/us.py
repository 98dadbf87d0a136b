"""United States: prices per kWh in California (weights and measures) and at federally funded points (NEVI standards)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from app.model.finding import Grade, Strength
from app.tariffs.adhoc.price import Component
from app.tariffs.lint.about import ADHOC, FUNDED, in_countries, in_region, installed_from
from app.tariffs.lint.rule import Fault, Rulebook
from app.tariffs.lint.seen import Seen

_COUNTRY = in_countries("United States", {"US"})
_NEW = installed_from(alternating=date(2021, 1, 1), direct=date(2023, 1, 1))
CALIFORNIA: Rulebook[Seen] = Rulebook("California", (_COUNTRY, in_region("California", "US-CA"), _NEW))
NEVI: Rulebook[Seen] = Rulebook("NEVI", (_COUNTRY, FUNDED, ADHOC))
_MEASURES = "4 CCR 4002.11 (NIST Handbook 44, 3.40)"


@CALIFORNIA.rule(
    "ca-4002-11-time",
    "Electricity is not sold by time",
    _MEASURES,
    Strength.LAW,
    "Price the energy; a fee for parking or idling may run when charging has ended (PARKING_TIME)",
)
def _time(seen: Seen) -> Iterator[Fault]:
    for rate in seen.paid(Component.TIME):
        yield Fault(f"charging costs {seen.price(rate.component)}", seen.path(rate))


@CALIFORNIA.rule(
    "ca-4002-11-energy",
    "Electricity is sold by the kWh",
    _MEASURES,
    Strength.LAW,
    "Price the energy: a component ENERGY",
)
def _by_the_kwh(seen: Seen) -> Iterator[Fault]:
    if seen.lacks_energy:
        yield Fault("a session costs something, but no price per kWh is there")


@NEVI.rule(
    "nevi-680-116-energy",
    "The price is based on electricity in dollars per kWh",
    "23 CFR 680.116(a)(1)",
    Strength.LAW,
    "Price the energy: a component ENERGY",
)
def _funded_energy(seen: Seen) -> Iterator[Fault]:
    if seen.lacks_energy:
        yield Fault("no price per kWh")


@NEVI.rule(
    "nevi-680-116-currency",
    "The price is in dollars",
    "23 CFR 680.116(a)(1)",
    Strength.LAW,
    "State prices in USD",
)
def _currency(seen: Seen) -> Iterator[Fault]:
    if seen.tariff.currency != "USD":
        yield Fault(f"priced in {seen.tariff.currency}", "currency")


@NEVI.rule(
    "nevi-680-116-other-fees",
    "Fees beyond electricity are explained",
    "23 CFR 680.116(a)(3)",
    Strength.LAW,
    "Explain them in tariff_alt_text or at tariff_alt_url",
    grade=Grade.WARNING,
)
def _other_fees(seen: Seen) -> Iterator[Fault]:
    tariff = seen.tariff
    if not (tariff.tariff_alt_text or tariff.tariff_alt_url):
        for rate in seen.beside_energy():
            yield Fault(f"nothing explains {seen.price(rate.component)}", seen.path(rate))
