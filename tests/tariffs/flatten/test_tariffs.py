"""A plan as OCPI tariffs: what they say, what they keep to themselves, and that the proof would notice a wrong price."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from app.model.tariff import Tariff
from app.settings import shipped
from app.tariffs.flatten.losses import Bound
from app.tariffs.flatten.proof import compare, grid, worst
from app.tariffs.flatten.tariffs import Flattened, flatten
from app.tariffs.plan.reading import read_plan

DATA = Path(__file__).parents[2] / "data/plans"
EXAMPLES = sorted((shipped("config") / "plans").glob("*.yaml"))
EVERY_NTH = 13
"""Of the grid, so that the quick tests stay quick."""


def example(name: str) -> list[Flattened]:
    return flatten(read_plan(shipped("config") / f"plans/{name}.yaml"))


@pytest.mark.parametrize("name", ["city-occupancy", "energy-bands", "connected-time"])
def test_elements_stay_as_they_were_reviewed(name: str) -> None:
    (found,) = example(name)
    assert found.tariff["elements"] == json.loads((DATA / f"{name}.elements.json").read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_an_ocpi_tariff_with_an_id_of_its_own(path: Path) -> None:
    found = flatten(read_plan(path))
    for one in found:
        Tariff.model_validate(one.tariff)
        assert len(one.tariff["id"]) <= 36
    assert len({one.tariff["id"].lower() for one in found}) == len(found)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_costs_on_the_grid_what_its_plan_does(path: Path) -> None:
    plan = read_plan(path)
    for one in flatten(plan):
        found = worst(plan, one, plan.time_zone, islice(grid(plan, one, plan.time_zone), None, None, EVERY_NTH))
        assert found
        assert found.within, found


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_costs_on_the_whole_grid_what_its_plan_does(path: Path) -> None:
    plan = read_plan(path)
    for one in flatten(plan):
        found = worst(plan, one, plan.time_zone, grid(plan, one, plan.time_zone))
        assert found
        assert found.within, found


@pytest.mark.parametrize(
    ("name", "element"), [("energy-bands", 0), ("energy-bands", 1), ("connected-time", 0), ("north-america", 0)]
)
def test_the_proof_notices_a_wrong_price(name: str, element: int) -> None:
    plan = read_plan(shipped("config") / f"plans/{name}.yaml")
    (one,) = flatten(plan)
    wrong = deepcopy(one.tariff)
    wrong["elements"][element]["price_components"][0]["price"] += 0.01
    found = worst(plan, replace(one, tariff=wrong), plan.time_zone, grid(plan, one, plan.time_zone))
    assert found
    assert not found.within


@pytest.mark.parametrize(
    ("name", "codes", "bound"),
    [
        ("city-occupancy", ["cap"], Bound(over=Decimal(66))),
        ("idle-grace", ["grace", "cap"], Bound(over=Decimal(2), over_per_hour=Decimal(12))),
        ("connected-time", [], Bound()),
        ("fast-afir", [], Bound()),
        ("peak-holidays", ["dates"], Bound()),
    ],
)
def test_losses_are_named_with_their_bounds(name: str, codes: list[str], bound: Bound) -> None:
    found = example(name)[0]
    assert [lost.code for lost in found.losses] == codes
    assert found.bound == bound


def test_without_its_loss_a_difference_is_not_covered() -> None:
    plan = read_plan(shipped("config") / "plans/idle-grace.yaml")
    (one,) = flatten(plan)
    silent = replace(one, losses=())
    assert not all(compare(plan, silent, facts, plan.time_zone).within for facts in grid(plan, one, plan.time_zone))


def test_changes_follow_one_another_under_ids_of_their_own() -> None:
    found = [one.tariff for one in example("peak-holidays") if one.customer_group is None]
    assert [(one["id"], one["start_date_time"], one["end_date_time"]) for one in found] == [
        ("city-peak-adhoc", "2026-12-31T23:00:00.000Z", "2027-06-30T22:00:00.000Z"),
        ("city-peak-adhoc-270701", "2027-06-30T22:00:00.000Z", "2027-12-31T23:00:00.000Z"),
    ]
    assert found[1]["announced_at"] == "2027-05-14T22:00:00.000Z"


def test_each_audience_has_a_tariff_and_the_public_one_says_nothing_of_the_others() -> None:
    found = {one.tariff["id"]: one.tariff for one in example("fast-afir")}
    assert {id_: (one["type"], one["audience"]) for id_, one in found.items()} == {
        "fast-afir-adhoc": ("AD_HOC_PAYMENT", "public"),
        "fast-afir-contract": ("REGULAR", "partner"),
        "fast-afir-fleet": ("REGULAR", "group"),
    }
    public = json.dumps(found["fast-afir-adhoc"])
    assert "0.49" not in public
    assert "fleet" not in public
    assert found["fast-afir-adhoc"]["preauthorize_amount"] == 50
    assert "preauthorize_amount" not in found["fast-afir-contract"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_texts_state_no_amounts_unless_told_to(path: Path) -> None:
    plan = read_plan(path)
    amount = re.compile(rf"\d \s*{plan.currency}")
    for one in flatten(plan):
        assert not any(amount.search(text["text"]) for text in one.tariff.get("tariff_alt_text", ()))
        assert not one.deviations
    for one in flatten(plan, amounts=True):
        assert any(amount.search(text["text"]) for text in one.tariff["tariff_alt_text"])
        assert len(one.deviations) == 1


def test_a_free_plan_is_a_free_tariff() -> None:
    (found,) = example("free")
    assert found.tariff["elements"] == [{"price_components": [{"type": "FLAT", "price": 0, "step_size": 1}]}]


def test_limits_stand_on_both_tax_bases() -> None:
    assert example("energy-bands")[0].tariff["min_price"] == {"before_taxes": 0.8264, "after_taxes": 1}


def test_occupancy_keeps_what_ocpi_cannot_say() -> None:
    assert example("idle-grace")[0].tariff["occupancy"] == {
        "per_min": 0.2,
        "grace_min": 10,
        "from": "CHARGING_END",
        "cap": 15,
        "exempt": [{"start_time": "22:00", "end_time": "07:00"}],
    }
