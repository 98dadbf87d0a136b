"""`chargefeed tariff flatten`: a price plan as OCPI tariffs, what they cannot say, and the session they differ most in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import orjson
import typer

from app.clock import from_millis
from app.tariff_options import check_zone
from app.terminal import complain, say, table

if TYPE_CHECKING:
    from app.tariffs.flatten.losses import Bound
    from app.tariffs.flatten.proof import Comparison
    from app.tariffs.flatten.tariffs import Flattened
    from app.tariffs.plan.language import Plan

EXIT_APART = 1
_COLUMNS = ("tariff", "loss", "at most above", "at most below", "what")
_MINUTE_MILLIS = 60_000


def flatten(
    file: Annotated[Path, typer.Argument(help="A price plan; config/plans/ has examples.")],
    time_zone: Annotated[str | None, typer.Option(help="Of the location; else the plan's.", show_default=False)] = None,
    amounts: Annotated[bool, typer.Option(help="State amounts in the texts, against the specification.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Just the tariffs, as a JSON list.")] = False,
) -> None:
    """Writes a price plan as OCPI 2.3.0 tariffs, with losses and the worst example; exit 1 where one is not covered."""
    from app.tariffs.flatten.tariffs import flatten as flattened_of
    from app.tariffs.plan.reading import read_plan

    plan = read_plan(file)
    zone = time_zone or plan.time_zone
    check_zone(zone)
    found = flattened_of(plan, amounts=amounts)
    if json:
        say(_pretty([one.tariff for one in found]))
        return
    for one in found:
        say(_pretty(one.tariff))
    table(_COLUMNS, [row for one in found for row in _losses(one, plan.currency)])
    worst = [_worst(plan, one, zone) for one in found]
    for one in found:
        for deviation in one.deviations:
            complain(f"deviation: {one.tariff['id']}: {deviation}")
    if not all(worst):
        sys.exit(EXIT_APART)


def _pretty(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _losses(one: Flattened, currency: str) -> Iterator[tuple[str, ...]]:
    name = one.tariff["id"]
    if not one.losses:
        yield name, "none", "", "", "says all of the plan"
    for lost in one.losses:
        above, below = (
            _above(lost.bound, currency),
            f"{_plain(lost.bound.under)} {currency}" if lost.bound.under else "",
        )
        yield name, lost.code, above, below, lost.loss.reason


def _above(bound: Bound, currency: str) -> str:
    fixed = f"{_plain(bound.over)} {currency}" if bound.over else ""
    hourly = f"{_plain(bound.over_per_hour)} {currency} per hour without charging" if bound.over_per_hour else ""
    return " and ".join(filter(None, (fixed, hourly)))


def _worst(plan: Plan, one: Flattened, zone: str) -> bool:
    """Prints the example; False where it lies outside of what the losses say."""
    from app.tariffs.flatten.proof import grid, worst

    sessions = list(grid(plan, one, zone))
    found = worst(plan, one, zone, sessions)
    name = one.tariff["id"]
    if found is None:
        say(f"{name}: no session to compare in its validity")
    elif found.within and not round(found.difference, found.plan.decimals):
        say(f"{name}: {len(sessions)} sessions cost the same by plan and tariff, to the cent")
    else:
        say(f"{name}: worst of {len(sessions)} sessions: {_said(plan, found, zone)}")
    return found is None or found.within


def _said(plan: Plan, found: Comparison, zone: str) -> str:
    facts, included = found.facts, plan.taxes.included
    begin: datetime = from_millis(facts.start).astimezone(ZoneInfo(zone))
    charging = sum(phase.until - phase.since for phase in facts.phases if phase.charging) // _MINUTE_MILLIS
    parked = (facts.end - facts.start) // _MINUTE_MILLIS - charging
    costs = [cost.total.after_taxes if included else cost.total.before_taxes for cost in (found.plan, found.published)]
    outside = "" if found.within else "; more than the losses allow: please report it"
    return (
        f"{begin:%a %Y-%m-%d %H:%M}, {_plain(facts.kwh)} kWh in {charging} min and {parked} min parked: "
        f"plan {costs[0]}, tariff {costs[1]} {plan.currency}{outside}"
    )


def _plain(value: Decimal) -> str:
    from app.model.canonical import number_text

    return number_text(round(value, 4))
