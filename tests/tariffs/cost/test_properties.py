"""What holds for every tariff and session."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.model.tariff import Tariff
from app.tariffs.cost import Amount, Cost, Phase, SessionFacts, cost
from tests.tariffs.examples import ZONE, element
from tests.tariffs.generated import sessions, tariffs

BLOCK = Decimal("0.01")
"""More than a watt-hour and a second can cost: what `step_size` 1 rounds up at the end, and no longer where more follows."""


def volumes(found: Cost) -> dict[tuple[int | None, str], tuple[Decimal, Amount]]:
    return {(part.element, part.dimension): (part.volume, part.amount) for part in found.components}


def exact(found: Cost) -> Decimal:
    assert found.exact.before_taxes is not None
    return found.exact.before_taxes


@given(tariffs(st.sampled_from([1, 60, 900, 1000])), sessions(), st.lists(st.integers(1, 99), max_size=5, unique=True))
def test_cutting_a_session_into_more_phases_changes_nothing(
    tariff: Tariff, facts: SessionFacts, cuts: list[int]
) -> None:
    parts: list[Phase] = []
    for phase in facts.phases:
        shares = [0, *sorted(cuts), 100]
        for share, following in pairwise(shares):
            since, until = (phase.since + (phase.until - phase.since) * of // 100 for of in (share, following))
            kwh = phase.kwh * (until - since) / (phase.until - phase.since)
            parts.append(replace(phase, since=since, until=until, kwh=kwh))
    # The energy of a cut phase is the nearest decimal; blocks are left out, since that much can fill one more.
    whole, cut = cost(tariff, facts, ZONE), cost(tariff, replace(facts, phases=tuple(parts)), ZONE)
    assert all(_same(one, other) for one, other in _pairs(whole, cut))


def _pairs(one: Cost, other: Cost) -> list[tuple[Decimal, Decimal]]:
    metered = [
        {(part.element, part.dimension): part.metered for part in found.components if part.metered > Decimal("1e-12")}
        for found in (one, other)
    ]
    assert metered[0].keys() == metered[1].keys()
    return [(metered[0][key], metered[1][key]) for key in metered[0]]


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < Decimal("1e-12")


@given(tariffs(st.sampled_from([1, 60, 900])), sessions())
def test_without_negative_prices_no_amount_is_negative(tariff: Tariff, facts: SessionFacts) -> None:
    found = cost(tariff, facts, ZONE)
    amounts = [part.amount for part in found.components] + [found.exact, found.total]
    assert all(one is not None and one >= 0 for amount in amounts for one in (amount.before_taxes, amount.after_taxes))


@given(tariffs(), sessions(), st.integers(1, 3600))
def test_staying_longer_never_costs_less(tariff: Tariff, facts: SessionFacts, seconds: int) -> None:
    until = facts.end + seconds * 1000
    longer = replace(facts, end=until, phases=(*facts.phases, Phase(facts.end, until, Decimal(0), False)))
    assert exact(cost(tariff, longer, ZONE)) >= exact(cost(tariff, facts, ZONE)) - BLOCK


@given(tariffs(), sessions(), st.decimals(0, 20, places=3))
def test_charging_on_never_costs_less(tariff: Tariff, facts: SessionFacts, kwh: Decimal) -> None:
    until = facts.end + 1_800_000
    further = Phase(facts.end, until, kwh, True, power_kw=Decimal(11))
    longer = replace(facts, end=until, phases=(*facts.phases, further))
    assert exact(cost(tariff, longer, ZONE)) >= exact(cost(tariff, facts, ZONE)) - BLOCK


@given(tariffs(), sessions(), st.randoms(use_true_random=False))
def test_the_order_of_elements_matters_per_dimension_only(tariff: Tariff, facts: SessionFacts, random: Any) -> None:
    order = sorted(
        range(len(tariff.elements)), key=lambda index: (tariff.elements[index].price_components[0].type, index)
    )
    kinds = sorted({element.price_components[0].type for element in tariff.elements})
    random.shuffle(kinds)
    order.sort(key=lambda index: kinds.index(tariff.elements[index].price_components[0].type))
    shuffled = tariff.model_copy(update={"elements": [tariff.elements[index] for index in order]})
    found = {(order[key[0]], key[1]): value for key, value in volumes(cost(shuffled, facts, ZONE)).items()}
    assert found == volumes(cost(tariff, facts, ZONE))


@given(tariffs(), sessions())
def test_minimum_and_maximum_enclose_the_total(tariff: Tariff, facts: SessionFacts) -> None:
    limits = {
        "min_price": {"before_taxes": Decimal(2), "after_taxes": Decimal("2.4")},
        "max_price": {"before_taxes": Decimal(9), "after_taxes": Decimal("10.8")},
    }
    limited = Tariff.model_validate({**tariff.model_dump(by_alias=True), **limits})
    total = cost(limited, facts, ZONE).exact
    assert total.before_taxes is not None
    assert total.after_taxes is not None
    assert 2 <= total.before_taxes <= 9
    assert Decimal("2.4") <= total.after_taxes <= Decimal("10.8")


@given(tariffs(), sessions())
def test_every_second_and_watt_hour_of_an_unrestricted_dimension_is_billed(tariff: Tariff, facts: SessionFacts) -> None:
    everything = Tariff.model_validate(
        {
            **tariff.model_dump(by_alias=True),
            "elements": [
                *tariff.model_dump(by_alias=True)["elements"],
                *(element(kind, "1") for kind in ("ENERGY", "TIME", "PARKING_TIME")),
            ],
        }
    )
    parts = cost(everything, facts, ZONE).components
    billed = {
        kind: sum(part.metered for part in parts if part.dimension == kind)
        for kind in ("ENERGY", "TIME", "PARKING_TIME")
    }
    for kind, charging in (("TIME", True), ("PARKING_TIME", False)):
        seconds = sum(phase.until - phase.since for phase in facts.phases if phase.charging is charging) / Decimal(1000)
        assert _same(Decimal(billed[kind]), Decimal(seconds))
    assert _same(Decimal(billed["ENERGY"]), facts.kwh)
