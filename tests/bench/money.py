"""What prices cost to work out: those of all EVSEs at a time, that of a session, and tariffs out of price plans.

The budgets are for one core: processor time counts.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from time import process_time

import orjson

from app.model.tariff import Tariff
from app.settings import shipped
from app.tariffs.adhoc import PriceBook
from app.tariffs.cost import cost
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.lint import lint_tariff
from app.tariffs.plan.reading import read_plan
from tests.bench.measure import alternating, decoding, seconds
from tests.bench.report import Row
from tests.bench.workbench import AT, CLOCK, FAR, PAGE, Workbench
from tests.tariffs.examples import ZONE, session, tariff

BUDGET_S = 5
SESSIONS = 500
PLANS = 1000


def money(bench: Workbench) -> Iterator[Row]:
    yield _adhoc_prices(bench)
    yield _one_session(bench)
    yield from _plans(bench)


def _adhoc_prices(bench: Workbench) -> Row:
    pages = list(bench.network.pages(PAGE))
    tariffs = {one["id"]: one for one in bench.network.tariffs(FAR)}
    took, decoded = alternating(bench.runs, lambda: _price_all(pages, tariffs), lambda: decoding(pages, process_time))
    budget = BUDGET_S * bench.network.evses / AT
    return Row(
        f"ad hoc prices of {bench.network.evses:,} EVSEs",
        "s",
        took,
        budget=f"≤ {budget:g} s",
        met=took.median <= budget,
        yardstick="orjson.loads",
        reference=decoded,
        notes=f"each connector; {len(tariffs)} tariffs in the time zones of five countries",
    )


def _price_all(pages: list[bytes], tariffs: dict[str, dict[str, object]]) -> float:
    """Seconds, without decoding the locations."""
    book, at, taken = PriceBook(), CLOCK.now(), 0.0
    for page in pages:
        locations = orjson.loads(page)
        gc.collect(0)
        begin = process_time()
        for location in locations:
            for evse in location["evses"]:
                for connector in evse["connectors"]:
                    assert book.adhoc(connector, tariffs, location["time_zone"], at)
        taken += process_time() - begin
    return taken


def _one_session(bench: Workbench) -> Row:
    phases = [{"minutes": 90, "kwh": 20}, {"minutes": 60, "kwh": 2}, {"minutes": 300, "charging": False}]
    facts, evening = session("2026-11-23T15:30", *phases), tariff("evening")

    def price() -> float:
        return seconds(lambda: [cost(evening, facts, ZONE) for _ in range(SESSIONS)], process_time) / SESSIONS * 1000

    (took,) = alternating(bench.runs, price)
    notes = f"mean of {SESSIONS}; over two price windows, with parking"
    return Row("what one session costs", "ms", took, budget="≤ 1 ms", met=took.median <= 1, notes=notes)


def _plans(bench: Workbench) -> Iterator[Row]:
    shipped_plans = [read_plan(path) for path in sorted((shipped("config") / "plans").glob("*.yaml"))]
    plans = [
        shipped_plans[index % len(shipped_plans)].model_copy(update={"plan": f"plan-{index}"}) for index in range(PLANS)
    ]
    at = CLOCK.now()

    def lint() -> None:
        for flattened in (one for plan in plans for one in flatten(plan)):
            lint_tariff(Tariff.model_validate(flattened.tariff), at=at)

    flat, linted = alternating(
        bench.runs,
        lambda: seconds(lambda: [flatten(plan) for plan in plans], process_time),
        lambda: seconds(lint, process_time),
    )
    yield Row(f"{PLANS:,} price plans as OCPI tariffs", "s", flat, budget="≤ 1 s", met=flat.median <= 1)
    what = f"{PLANS:,} plans flattened and linted"
    yield Row(what, "s", linted, budget="≤ 1 s", met=linted.median <= 1, notes="tariffs read as those of a source")
