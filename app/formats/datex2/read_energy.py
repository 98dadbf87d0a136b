"""The energy of a site's points, and ways to pay that the base model has beside its rates."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.formats.datex2.energy import IMPACTS
from app.formats.datex2.energy import SOURCES as WRITTEN
from app.formats.datex2.facts import Facts
from app.formats.datex2.rates import Payment
from app.formats.datex2.read_rates import products
from app.formats.datex2.trees import Tree

_SOURCES = {code: source for source, code in WRITTEN.items()}


def energy_mix(site: Facts, owners: Iterable[Facts]) -> Tree | None:
    """What stations and points say alike; None, with a note: they differ, and OCPI says it of a location."""
    told = (one for owner in owners for one in (*products(owner), *owner.many("electricEnergyMix")))
    mixes = [mix for one in told if "is_green_energy" in (mix := _mix(one))]
    if not mixes:
        return None
    best = max(mixes, key=len)
    if any(mix["is_green_energy"] != best["is_green_energy"] for mix in mixes):
        site.note("points have different energy, which OCPI says of a location: left out")
        return None
    return best


def base_payments(owners: Iterable[Facts]) -> list[Payment]:
    """Of the base model, which has ways to pay with its rates; the amounts in there belong to nobody in particular."""
    found: list[Payment] = []
    for owner in owners:
        for rates in owner.many("rates"):
            if means := [code for one in rates.many("paymentMethod") for code in one.codes("paymentMeans")]:
                found.append(Payment(means=tuple(means)))
            if rates.whole("rateLineCollection"):
                rates.note(
                    "a table of rates does not tell for whom its prices are: left out", "Send energy rates (AFIR)"
                )
    return found


def _mix(facts: Facts) -> Tree:
    green = facts.yes("isGreenEnergy")
    found: Tree = {} if green is None else {"is_green_energy": green}
    if name := facts.words("energyProductName"):
        found["energy_product_name"] = name
    ratios = [
        {"source": _SOURCES[kind], "percentage": float(share)}
        for one in facts.many("electricEnergySourceRatio")
        if (kind := one.said("energySource") or "") in _SOURCES and (share := _share(one)) is not None
    ]
    impacts = [
        {"category": category, "amount": float(amount)}
        for category, member in IMPACTS.items()
        if (amount := facts.amount(member)) is not None
    ]
    return found | ({"energy_sources": ratios} if ratios else {}) | ({"environ_impact": impacts} if impacts else {})


def _share(facts: Facts) -> Decimal | None:
    value = facts.one("sourceRatioValue")
    return value.amount("percentage") if value else None
