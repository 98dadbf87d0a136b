"""What a provider reckons by the products is what the session costs by the tariff."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from app.clock import from_millis
from app.formats.oicp.conversion import Outcome
from app.formats.oicp.pricing import pricing_products
from app.model.tariff import Tariff
from app.tariffs.cost import Phase, SessionFacts, cost
from tests.formats.oicp.pricing import available, priced, products
from tests.tariffs.adhoc.asking import body, connector
from tests.tariffs.examples import ZONE, at, element
from tests.tariffs.restricted import CALENDAR, DATES, HOURS, KINDS, PRICES, VOLUMES, elements

BERLIN = ZoneInfo(ZONE)
WEEKLY = {**HOURS, "day_of_week": CALENDAR["day_of_week"]}
LIMITS = st.sampled_from([{}, {"min_price": {"before_taxes": 2}}, {"max_price": {"before_taxes": 1}}])
_MINUTE = 60_000


@st.composite
def sessions(draw: st.DrawFn) -> SessionFacts:
    """Whole seconds and whole Wh, which is what `step_size` 1 bills."""
    start = since = at(draw(DATES)) + draw(st.integers(0, 24 * 60 - 1)) * _MINUTE
    phases = []
    for _ in range(draw(st.integers(1, 3))):
        charging = draw(st.booleans())
        until = since + draw(st.integers(1, draw(st.sampled_from([60, 3600, 40_000])))) * 1000
        kwh = Decimal(draw(st.integers(0, 40_000)) if charging else 0) / 1000
        phases.append(Phase(since, until, kwh, charging, power_kw=Decimal(draw(st.integers(0, 22)))))
        since = until
    return SessionFacts(start, since, tuple(phases))


def local(moment: int) -> datetime:
    return from_millis(moment).astimezone(BERLIN)


def agree(said: Decimal, tariff: dict[str, Any], facts: SessionFacts) -> bool:
    exact = cost(Tariff.model_validate(tariff), facts, ZONE).exact.before_taxes
    return exact is not None and abs(said - exact) < Decimal("1e-9")


def test_a_product_of_a_known_tariff_costs_the_same() -> None:
    facts = SessionFacts(
        0, 7_200_000, (Phase(0, 3_600_000, Decimal(20), True), Phase(3_600_000, 7_200_000, Decimal(0), False))
    )
    (record,) = products(element("ENERGY", "0.5"), element("FLAT", "1"), element("PARKING_TIME", "6")).records
    assert priced(record, facts) == 17


@given(st.lists(st.tuples(KINDS, PRICES), min_size=1, max_size=4) | elements(VOLUMES), LIMITS, sessions())
def test_an_exact_product_costs_what_the_tariff_does_in_every_session(
    made: list[Any], limits: dict[str, Any], facts: SessionFacts
) -> None:
    built = [element(*one) if isinstance(one, tuple) else one for one in made]
    tariff = body(*built, **limits)
    found = pricing_products(tariff, [connector(tariff, kw=22)])
    assume(found.outcome is Outcome.EXACT)
    (record,) = found.records
    assert agree(priced(record, facts), tariff, facts)


@given(elements(WEEKLY), LIMITS, sessions())
def test_of_several_products_one_holds_at_any_time_and_costs_what_the_tariff_does_in_its_hours(
    made: list[dict[str, Any]], limits: dict[str, Any], facts: SessionFacts
) -> None:
    tariff = body(*made, **limits)
    found = pricing_products(tariff, [connector(tariff, kw=22)])
    assume(found.outcome is not Outcome.REFUSED)
    held = [
        available(found.records, local(moment)) for moment in (*range(facts.start, facts.end, _MINUTE), facts.end - 1)
    ]
    assert all(len(records) == 1 for records in held)
    assume(all(records == held[0] for records in held))
    assert agree(priced(held[0][0], facts), tariff, facts)


@given(elements(WEEKLY, st.just("ENERGY")), sessions())
def test_without_its_taxes_a_kwh_is_at_most_half_of_the_last_decimal_off(
    made: list[dict[str, Any]], facts: SessionFacts
) -> None:
    tariff = body(*made, tax_included="YES")
    for record in pricing_products(tariff, [connector(tariff, kw=22)]).records:
        gross = Decimal(str(record["PricePerReferenceUnit"])) * Decimal("1.2")
        nearest = min(abs(gross - Decimal(str(one["price_components"][0]["price"]))) for one in (*made, _NOTHING))
        assert nearest <= Decimal("0.00005") * Decimal("1.2")


_NOTHING = element("ENERGY", "0")
