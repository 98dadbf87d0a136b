"""European Union: what an ad hoc price may be made of (AFIR, Regulation (EU) 2023/1804, Art. 5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from app.model.finding import Grade, Strength
from app.model.money import with_tax, without_tax
from app.tariffs.adhoc.price import Component
from app.tariffs.amounts import amounts_in
from app.tariffs.lint.about import ADHOC, at_least_kw, deployed_from, in_countries
from app.tariffs.lint.rule import Fault, Rulebook
from app.tariffs.lint.seen import Seen

EU = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
AFIR: Rulebook[Seen] = Rulebook("AFIR", (in_countries("European Union", EU), ADHOC))
_FAST = (at_least_kw(50), deployed_from(date(2024, 4, 13)))
_SHAPE = "Regulation (EU) 2023/1804, Art. 5(4), first subparagraph"
_CENT = Decimal("0.01")
_SCALES = (Decimal(1), Decimal(100), Decimal(1) / 60, Decimal(100) / 60)
"""A price as it stands, in cents, and both per minute where OCPI has hours."""


@AFIR.rule(
    "afir-5-4-energy",
    "From 50 kW on, the ad hoc price is based on a price per kWh",
    _SHAPE,
    Strength.LAW,
    "Price the energy: a component ENERGY that holds at all times",
    where=_FAST,
)
def _energy(seen: Seen) -> Iterator[Fault]:
    if seen.lacks_energy:
        yield Fault(f"no price per kWh, just one per {' and per '.join(_named(seen))}")


@AFIR.rule(
    "afir-5-4-session-fee",
    "From 50 kW on, an ad hoc session has no price of its own",
    _SHAPE,
    Strength.READING,
    "Put what the session costs into the price per kWh",
    where=_FAST,
)
def _session_fee(seen: Seen) -> Iterator[Fault]:
    yield from _paid(seen, Component.SESSION, "a fee of")


@AFIR.rule(
    "afir-5-4-time-fee",
    "From 50 kW on, the time of charging is not priced",
    _SHAPE,
    Strength.READING,
    "Price the energy; a fee per minute may be for occupying the point (PARKING_TIME)",
    where=_FAST,
)
def _time_fee(seen: Seen) -> Iterator[Fault]:
    yield from _paid(seen, Component.TIME, "charging costs")


@AFIR.rule(
    "afir-5-4-occupancy",
    "From 50 kW on, an occupancy fee does not run while the car charges",
    _SHAPE,
    Strength.READING,
    "Let it run when charging has ended: PARKING_TIME without TIME",
    grade=Grade.WARNING,
    where=_FAST,
)
def _occupancy(seen: Seen) -> Iterator[Fault]:
    charge = seen.charges.get(Component.OCCUPANCY)
    if charge is not None and charge.charging is not False:
        yield from _paid(seen, Component.OCCUPANCY, "a car that still charges pays the occupancy fee of")


@AFIR.rule(
    "afir-5-4-other",
    "Every price is one per kWh, per minute, per session, or another that is named",
    "Regulation (EU) 2023/1804, Art. 5(4), third subparagraph (below 50 kW); Art. 5(3) (others)",
    Strength.READING,
    "Give the price a component; where OCPI has none (the kind of card), publish the highest",
    grade=Grade.WARNING,
)
def _other(seen: Seen) -> Iterator[Fault]:
    for index, text in enumerate(seen.tariff.tariff_alt_text):
        for amount in amounts_in(text.text):
            if amount and not any(abs(amount - known) < _CENT for known in _stated(seen)):
                yield Fault(f"{amount} is stated in the text alone", f"tariff_alt_text[{index}]")


def _paid(seen: Seen, component: Component, said: str) -> Iterator[Fault]:
    for rate in seen.paid(component):
        yield Fault(f"{said} {seen.price(rate.component)}", seen.path(rate))


def _named(seen: Seen) -> Iterator[str]:
    names = {Component.TIME: "minute", Component.SESSION: "session", Component.OCCUPANCY: "minute of occupancy"}
    return (names[component] for component in seen.charges)


def _stated(seen: Seen) -> Iterator[Decimal]:
    """All amounts that the tariff says in its fields, with and without taxes."""
    tariff = seen.tariff
    for _, _, component in seen.components:
        vat = component.vat or Decimal(0)
        for price in (component.price, with_tax(component.price, vat), without_tax(component.price, vat)):
            yield from (price * scale for scale in _SCALES)
    for limit in filter(None, (tariff.min_price, tariff.max_price)):
        yield from filter(None, (limit.before_taxes, limit.after_taxes))
    fee = tariff.occupancy
    yield from filter(None, (tariff.preauthorize_amount, fee and fee.cap, fee and fee.per_min))
