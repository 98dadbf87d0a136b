"""Random price plans and charging sessions, for property tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.tariffs.cost.facts import Phase, SessionFacts
from app.tariffs.plan.exemptions import fee_spans
from app.tariffs.plan.language import Plan
from app.tariffs.plan.prices import Exemption, Tier
from app.tariffs.plan.tiers import check_tiers

BEGIN = 1_798_761_600_000
"""2027-01-01T00:00Z."""
_MINUTE = 60_000
ZONE = "Europe/Berlin"

money = st.integers(0, 15_000).map(lambda units: str(Decimal(units) / 10_000))
paid = st.integers(1, 15_000).map(lambda units: str(Decimal(units) / 10_000))
clocks = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
hours = st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]).map("-".join)
inside = (
    st.tuples(st.integers(0, 47), st.integers(1, 48))
    .map(lambda pair: f"{pair[0] // 2:02}:{pair[0] % 2 * 30:02}-{_end(pair)}")
    .filter(lambda span: span != "00:00-00:00")
)
"""Within one day."""
day = st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holidays", "mon-fri", "weekend"])
days = st.lists(day, min_size=1, max_size=3)
week = st.lists(day.filter(lambda name: name != "holidays"), min_size=1, max_size=3)


def _end(pair: tuple[int, int]) -> str:
    end = pair[0] + max(1, pair[1] * (48 - pair[0]) // 48)
    return f"{end // 2 % 24:02}:{end % 2 * 30:02}"


def spans(most: int) -> st.SearchStrategy[str]:
    edges = st.tuples(st.integers(0, most - 1), st.integers(1, most))
    closed = edges.map(lambda pair: f"{min(pair)}-{max(pair[0] + 1, pair[1])}")
    return st.one_of(closed, st.integers(1, most).map(lambda low: f"{low}-"))


@st.composite
def tiers(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Those of some random ones that do not overlap."""
    kept: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 5))):
        when: dict[str, Any] = {}
        kind = draw(st.sampled_from(["days", "hours", "both", "season", "none"]))
        if kind in ("days", "both"):
            when["days"] = draw(days)
        if kind in ("hours", "both", "season"):
            when["hours"] = draw(inside if kind == "both" else hours)
        if kind == "season":
            when["season"] = draw(st.sampled_from(["winter", "summer"]))
        extra = draw(st.sampled_from(["", "", "kwh", "minutes", "power"] if when else ["kwh", "minutes", "power"]))
        if extra:
            when[extra] = draw(spans({"kwh": 60, "minutes": 400, "power": 200}[extra]))
        priced = draw(st.sampled_from([("energy",), ("minute",), ("energy", "minute")]))
        tier = {"when": when, **{name: draw(money) for name in priced}}
        if not check_tiers([Tier.model_validate(one) for one in (*kept, tier)]):
            kept.append(tier)
    return kept


def _leaves_a_fee(exempt: list[dict[str, Any]]) -> bool:
    return bool(fee_spans(tuple(Exemption.model_validate(one) for one in exempt)))


@st.composite
def occupancies(draw: st.DrawFn) -> dict[str, Any]:
    exempt = st.one_of(
        st.builds(lambda span: {"hours": span}, hours),
        st.builds(lambda span, on: {"hours": span, "days": on}, inside, week),
        st.builds(lambda on: {"days": on}, st.just(["sun"])),
    )
    fee: dict[str, Any] = {
        "minute": draw(paid),
        "starts": draw(st.sampled_from(["session", "charging end"])),
        "grace": draw(st.sampled_from([0, 10, 240])),
        "exempt": draw(st.lists(exempt, max_size=2).filter(_leaves_a_fee)),
    }
    if draw(st.booleans()):
        fee["cap"] = draw(st.sampled_from(["0.01", "5", "12", "40"]))
    return fee


@st.composite
def prices(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"energy": draw(money), "minute": draw(money), "tiers": draw(tiers())}
    if not found["tiers"]:
        found.pop(draw(st.sampled_from(["energy", "minute", "tiers"])))
    if draw(st.booleans()):
        found["session"] = draw(money)
    if draw(st.booleans()):
        found["occupancy"] = draw(occupancies())
    if draw(st.integers(0, 3)) == 0:
        found["free"] = draw(st.sampled_from([{"kwh": "5"}, {"minutes": 30}]))
    if draw(st.integers(0, 3)) == 0:
        blocks = [block for name, block in (("minute", {"minutes": 15}), ("energy", {"kwh": "0.5"})) if name in found]
        found["blocks"] = draw(st.sampled_from(blocks))
    if draw(st.integers(0, 3)) == 0:
        found["minimum"] = "1.50"
    if draw(st.integers(0, 3)) == 0:
        found["maximum"] = "25"
    return found


taxes = st.sampled_from(
    [
        {"included": True, "vat": "19"},
        {"included": False, "vat": "8.1"},
        {"included": False, "sales_tax": "local"},
        {"included": True, "sales_tax": "local"},
        {"none": True},
    ]
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    found: dict[str, Any] = {
        "plan": "any",
        "party": "DE*ABC",
        "currency": draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        "time_zone": ZONE,
        "taxes": draw(taxes),
        "from": "2027-01-01",
        "until": "2028-01-01",
        "holidays": {"country": "DE", "region": "BY"},
        "seasons": {"winter": {"first": "11-15", "last": "02-29"}, "summer": {"first": "05-01", "last": "09-30"}},
    }
    if draw(st.booleans()):
        found["everyone"] = draw(prices())
    else:
        found |= {"ad_hoc": draw(prices()), "contract": draw(prices())}
    if draw(st.booleans()):
        found["groups"] = {"gold": {"discount": draw(st.sampled_from(["10", "33.3333"]))}}
    if draw(st.booleans()):
        found["changes"] = [{"from": "2027-07-01", "everyone": draw(prices())}]
    return Plan.model_validate(found)


starts = st.one_of(
    st.integers(0, 360 * 24 * 60 - 1),
    st.sampled_from([86, 87, 303, 304, 4, 51, 300, 319]).flatmap(
        lambda day: st.integers(0, 24 * 60).map(lambda minute: day * 24 * 60 + minute)
    ),
).map(lambda minute: BEGIN + minute * _MINUTE)
"""Any minute of 2027, more often around the shifts of the clock, holidays and the beginning of a season."""


@st.composite
def sessions(draw: st.DrawFn) -> SessionFacts:
    """Whole seconds and whole Wh, which is what `step_size` 1 bills."""
    start = at = draw(starts)
    phases: list[Phase] = []
    for index in range(draw(st.integers(1, 4))):
        charging = index == 0 or draw(st.booleans())
        until = at + draw(st.integers(1, draw(st.sampled_from([3_600, 40_000, 200_000])))) * 1000
        wh = draw(st.integers(0, 80_000)) if charging else 0
        power = draw(st.none() | st.integers(0, 250).map(Decimal))
        phases.append(Phase(at, until, Decimal(wh) / 1000, charging, power))
        at = until
    return SessionFacts(start, at, tuple(phases))
