"""What holds for the ad hoc price of every tariff at any time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from app.clock import from_millis
from app.model.tariff import Tariff
from app.tariffs.adhoc import AdhocPrice, Component, PricePart, adhoc_prices
from app.tariffs.cost import Phase, SessionFacts, cost
from app.tariffs.flatten.tariffs import Flattened, flatten
from app.tariffs.plan.language import Plan
from tests.price_plans import plans, starts
from tests.tariffs.adhoc.asking import Body, ask, body, connector
from tests.tariffs.examples import ZONE, at, element, priced
from tests.tariffs.restricted import CALENDAR, DATES, VOLUMES, elements

NIGHTS = {
    "Europe/Berlin": ("2026-03-28", "2026-10-24", "2026-03-31"),
    "America/New_York": ("2026-03-07", "2026-10-31", "2026-03-31"),
}
"""Before the nights in which clocks are moved, and another."""
_DAY = 86_400_000
KW = 150
TARIFFS = elements(CALENDAR | VOLUMES)
Made = list[dict[str, Any]]


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, int]:
    """A time zone, and a time within three days of one of its nights."""
    zone = draw(st.sampled_from(sorted(NIGHTS)))
    minutes = draw(st.integers(0, 3 * 24 * 60) | st.integers(0, 3 * 48).map(lambda half: half * 30))
    night = datetime.fromisoformat(draw(st.sampled_from(NIGHTS[zone])))
    return zone, at(f"{night:%Y-%m-%d}T00:00", zone) + minutes * 60_000


def now(made: Made, zone: str, moment: int) -> AdhocPrice:
    (price,) = ask(body(*made), when=from_millis(moment).isoformat(), zone=zone, kw=KW)
    return price


@given(TARIFFS, moments(), st.data())
def test_from_valid_from_until_the_next_change_the_price_stays_the_same(
    made: Made, moment: tuple[str, int], data: st.DataObject
) -> None:
    zone, asked = moment
    price = now(made, zone, asked)
    since = asked - 40 * _DAY if price.valid_from is None else price.valid_from
    until = asked + 40 * _DAY if price.next_change is None else price.next_change
    assert since <= asked < until
    assert now(made, zone, since) == now(made, zone, until - 1) == price
    assert now(made, zone, data.draw(st.integers(since, until - 1))) == price


@given(TARIFFS, moments())
def test_at_the_next_change_it_is_another_and_before_valid_from_it_was(made: Made, moment: tuple[str, int]) -> None:
    price = now(made, *moment)
    if price.next_change is not None:
        following = now(made, moment[0], price.next_change)
        assert following.parts != price.parts
        assert following.valid_from == price.next_change
    if price.valid_from is not None:
        before = now(made, moment[0], price.valid_from - 1)
        assert before.parts != price.parts
        assert before.next_change == price.valid_from


@st.composite
def connectors(draw: st.DrawFn) -> tuple[Body, dict[str, Body]]:
    """With up to three tariffs of different types that follow each other, overlap, or leave gaps."""
    tariffs = {}
    for id in ("a", "b", "c")[: draw(st.integers(1, 3))]:
        begin, end = (draw(st.none() | DATES.map(lambda day: f"{day}T12:00:00Z")) for _ in range(2))
        dated = {"start_date_time": begin, "end_date_time": end}
        type = draw(st.sampled_from(["AD_HOC_PAYMENT", "REGULAR", None]))
        tariffs[id] = body(*draw(elements(CALENDAR, st.just("ENERGY"))), id=id, type=type, **dated)
    offered = draw(st.lists(st.sampled_from(sorted(tariffs)), max_size=2, unique=True))
    return connector(*tariffs.values(), offers=[{"tariff_id": id} for id in offered]), tariffs


def said(prices: Iterable[AdhocPrice]) -> list[tuple[str, tuple[PricePart, ...]]]:
    return [(price.tariff.id, price.parts) for price in prices]


@given(connectors(), DATES, st.integers(0, 24 * 60 - 1), st.data())
def test_several_tariffs_at_once_change_when_the_first_of_their_prices_does(
    asked: tuple[Body, dict[str, Body]], day: str, minute: int, data: st.DataObject
) -> None:
    moment = at(f"{day}T{minute // 60:02}:{minute % 60:02}")
    prices = adhoc_prices(*asked, ZONE, moment)
    for price in prices:
        since = moment - 10 * _DAY if price.valid_from is None else price.valid_from
        probe = data.draw(st.integers(since, moment))
        assert said([price])[0] in said(adhoc_prices(*asked, ZONE, probe))
        if price.valid_from is not None:
            assert said([price])[0] not in said(adhoc_prices(*asked, ZONE, price.valid_from - 1))
    if prices:
        until = min((price.next_change for price in prices if price.next_change is not None), default=None)
        probe = data.draw(st.integers(moment, moment + 10 * _DAY if until is None else until - 1))
        assert adhoc_prices(*asked, ZONE, probe) == prices
        assert until is None or said(adhoc_prices(*asked, ZONE, until)) != said(prices)


@st.composite
def short_sessions(draw: st.DrawFn) -> list[tuple[int, Decimal, bool, Decimal]]:
    """Seconds, kWh, whether it charges, kW: less than a minute in all."""
    phases = []
    for _ in range(draw(st.integers(1, 3))):
        charging = draw(st.booleans())
        kwh = Decimal(draw(st.integers(0, 8_000)) if charging else 0) / 1000
        phases.append((draw(st.integers(1, 8)), kwh, charging, Decimal(draw(st.integers(0, 8)))))
    return phases


def session(start: int, phases: Iterable[tuple[int, Decimal, bool, Decimal]]) -> SessionFacts:
    made, since = [], start
    for seconds, kwh, charging, kw in phases:
        made.append(Phase(since, since + seconds * 1000, kwh, charging, power_kw=kw, current_a=kw))
        since = made[-1].until
    return SessionFacts(start, since, tuple(made))


@given(TARIFFS, moments(), short_sessions())
def test_parts_add_up_to_what_a_session_costs_that_ends_before_the_next_change(
    made: Made, moment: tuple[str, int], phases: list[tuple[int, Decimal, bool, Decimal]]
) -> None:
    zone, asked = moment
    price, facts = now(made, zone, asked), session(asked, phases)
    assume(price.next_change is None or facts.end <= price.next_change)
    assert abs(by_parts(price, facts, zone) - as_metered(price.tariff, facts, zone)) < Decimal("1e-9")


@given(plans().filter(lambda plan: plan.everyone or plan.ad_hoc), starts, st.integers(1, 600), st.integers(0, 600))
def test_parts_of_a_flattened_plan_add_up_too(plan: Plan, start: int, charging: int, idle: int) -> None:
    tariffs = [one.tariff for one in flatten(plan) if _is_public(one)]
    (price,) = ask(*tariffs, when=from_millis(start).isoformat(), zone=ZONE, kw=KW)
    kwh = Decimal(KW) * charging / 3600
    facts = session(start, [(charging, round(kwh, 3), True, Decimal(KW)), (idle + 1, Decimal(0), False, Decimal(0))])
    assume(price.next_change is None or facts.end <= price.next_change)
    assert abs(by_parts(price, facts, ZONE) - as_metered(price.tariff, facts, ZONE)) < Decimal("1e-9")


def by_parts(price: AdhocPrice, facts: SessionFacts, zone: str) -> Decimal:
    """Each component as a tariff of its own: together they are what the driver was shown."""
    total = Decimal(0)
    for component in Component:
        if elements := [element for part in price.of(component) for element in _elements(part)]:
            alone = priced(*elements, tax_included=price.tariff.tax_included, currency=price.tariff.currency)
            total += as_metered(alone, facts, zone)
    return total


def _elements(part: PricePart) -> Iterable[dict[str, Any]]:
    hourly = {True: ["TIME"], False: ["PARKING_TIME"], None: ["TIME", "PARKING_TIME"]}[part.charging]
    kinds = {Component.ENERGY: ["ENERGY"], Component.SESSION: ["FLAT"]}.get(part.component, hourly)
    per = 60 if kinds is hourly else 1
    vat = None if part.price.vat is None else str(part.price.vat)
    for kind in kinds:
        yield element(kind, str(part.price.amount * per), part.block, vat, **part.when.restrictions() or {})


def as_metered(tariff: Tariff, facts: SessionFacts, zone: str) -> Decimal:
    """On the tariff's own tax basis; without the started second or Wh at the end, which depends on what else is billed."""
    total = Decimal(0)
    for part in cost(tariff, facts, zone).components:
        amount = part.amount.after_taxes if part.amount.before_taxes is None else part.amount.before_taxes
        assert amount is not None
        total += amount * part.metered / part.volume
    return total


def _is_public(flattened: Flattened) -> bool:
    return flattened.customer_group is None


def test_nights_are_those_in_which_clocks_are_moved() -> None:
    for zone, nights in NIGHTS.items():
        for night in nights[:2]:
            after = datetime.fromisoformat(night) + timedelta(2)
            assert at(f"{after:%Y-%m-%d}T00:00", zone) - at(f"{night}T00:00", zone) != 2 * _DAY
