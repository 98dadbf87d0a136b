"""What holds for the findings of every tariff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.model.enums import TariffDimensionType
from app.model.finding import Finding
from app.model.tariff import Tariff
from app.tariffs.conditions import Condition
from app.tariffs.cost import SessionFacts, cost
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.lint import RULES, About, lint_tariff
from app.tariffs.lint.restrictions import all_gaps, energy_gaps
from app.tariffs.lint.seen import Seen
from app.tariffs.plan.language import Plan
from app.tariffs.windows import Situation, Window
from tests import generated, price_plans
from tests.tariffs.examples import ZONE
from tests.tariffs.generated import sessions, tariffs
from tests.tariffs.lint.cases import AT

_VOLUMES = (0, 1, 5, 10, 20, 40, 60, 100, 300, 3_600, 20_000, 100_000)
facts = st.builds(
    About,
    power_kw=st.none() | st.sampled_from([Decimal(11), Decimal(150)]),
    direct_current=st.none() | st.booleans(),
    country=st.sampled_from([None, "DE", "GB", "US"]),
    region=st.sampled_from([None, "US-CA", "US-NV"]),
    commissioned_on=st.none() | st.dates(),
    installed_on=st.none() | st.dates(),
    federally_funded=st.none() | st.booleans(),
)
situations = st.builds(
    Situation,
    local=st.builds(
        lambda day, minute: datetime(2027, 1, 3, tzinfo=UTC) + timedelta(day, 60 * minute),
        st.integers(0, 355),
        st.integers(0, 1439),
    ),
    kwh=st.sampled_from(_VOLUMES).map(Fraction),
    seconds=st.sampled_from(_VOLUMES).map(Fraction),
    power_kw=st.sampled_from(_VOLUMES).map(Fraction),
    current_a=st.sampled_from(_VOLUMES).map(Fraction),
)


def holds(when: Condition, now: Situation) -> bool:
    pairs = zip(
        (when.kwh, when.seconds, when.power, when.current),
        (now.kwh, now.seconds, now.power_kw, now.current_a),
        strict=True,
    )
    return when.holds_at(now.local) and all(
        value is not None and (low is None or value >= low) and (high is None or value < high)
        for (low, high), value in pairs
    )


def priced(tariff: Tariff, kinds: set[TariffDimensionType], now: Situation) -> bool:
    """By the windows with which the cost engine asks."""
    return any(
        Window.of(element.restrictions).holds(now)
        for element in tariff.elements
        if kinds & {component.type for component in element.price_components}
    )


def said_well(findings: list[Finding]) -> bool:
    return all(one.rule in RULES and one.what and one.remedy and not one.what.endswith(".") for one in findings)


@given(price_plans.plans(), facts)
def test_the_tariffs_of_any_plan_are_read_by_every_rule(plan: Plan, about: About) -> None:
    for one in flatten(plan):
        assert said_well(lint_tariff(Tariff.model_validate(one.tariff), about, AT))


@given(generated.TARIFFS, facts)
def test_any_tariff_is_read_by_every_rule(body: dict[str, Any], about: About) -> None:
    assert said_well(lint_tariff(Tariff.model_validate(body), about, AT))


@given(tariffs(st.sampled_from([1, 60, 900])), sessions())
def test_an_element_that_never_counts_changes_no_price(tariff: Tariff, session: SessionFacts) -> None:
    found = [finding.path for finding in lint_tariff(tariff) if finding.rule == "ocpi-unreachable-element"]
    kept = [element for index, element in enumerate(tariff.elements) if f"elements[{index}]" not in found]
    without = tariff.model_copy(update={"elements": kept})
    assert cost(without, session, ZONE).exact == cost(tariff, session, ZONE).exact


@given(tariffs(), st.lists(situations, min_size=20, max_size=20))
def test_a_gap_is_where_no_element_has_a_price_and_nowhere_else(tariff: Tariff, moments: list[Situation]) -> None:
    _check_gaps(tariff, moments)


@given(price_plans.plans(), st.lists(situations, min_size=20, max_size=20))
def test_a_gap_in_what_a_plan_becomes_is_one_too(plan: Plan, moments: list[Situation]) -> None:
    for one in flatten(plan):
        if not {"changes"} & plan.model_fields_set:
            _check_gaps(Tariff.model_validate(one.tariff), moments)


def _check_gaps(tariff: Tariff, moments: list[Situation]) -> None:
    seen = Seen(tariff)
    energy, anything = energy_gaps(seen), all_gaps(seen)
    for now in moments:
        assert any(holds(gap, now) for gap in energy) != priced(tariff, {TariffDimensionType.ENERGY}, now)
        if seen.charges:
            assert any(holds(gap, now) for gap in anything) != priced(tariff, {*TariffDimensionType}, now)
