"""`chargefeed tariff flatten`: what a person and a script get."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import main
from app.settings import shipped
from app.tariffs.flatten import tariffs
from app.tariffs.flatten.tariffs import Flattened
from app.tariffs.plan.language import Plan

PLANS = shipped("config") / "plans"


def flatten(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["tariff", "flatten", *map(str, arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_prints_the_tariff_the_losses_and_the_worst_example(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = flatten(capsys, PLANS / "city-occupancy.yaml")
    tariff, end = json.JSONDecoder().raw_decode(out)
    losses, worst = out[end:].strip().splitlines()
    assert (code, err, tariff["id"]) == (0, "", "city-occupancy")
    assert losses.split("\t")[:4] == ["city-occupancy", "cap", "66 EUR", ""]
    assert worst == (
        "city-occupancy: worst of 540 sessions: Mon 2027-01-04 00:10, "
        "41.667 kWh in 250 min and 900 min parked: plan 32.83, tariff 87.83 EUR"
    )


def test_says_where_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = flatten(capsys, PLANS / "north-america.yaml")
    assert out.strip().splitlines()[-2:] == [
        "corridor\tnone\t\t\tsays all of the plan",
        "corridor: 540 sessions cost the same by plan and tariff, to the cent",
    ]


def test_gives_the_tariffs_alone_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = flatten(capsys, PLANS / "fast-afir.yaml", "--json")
    assert (code, [one["id"] for one in json.loads(out)]) == (
        0,
        ["fast-afir-adhoc", "fast-afir-contract", "fast-afir-fleet"],
    )


def test_names_the_deviation_it_was_told_to_make(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = flatten(capsys, PLANS / "free.yaml", "--amounts")
    assert "0 EUR per kWh." in out
    assert err.startswith("deviation: free: tariff_alt_text states amounts")


def test_ends_with_1_where_a_difference_is_not_covered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = tariffs.flatten

    def silent(plan: Plan, *, amounts: bool = False) -> list[Flattened]:
        return [replace(one, losses=()) for one in honest(plan, amounts=amounts)]

    monkeypatch.setattr(tariffs, "flatten", silent)
    code, out, _ = flatten(capsys, PLANS / "city-occupancy.yaml")
    assert code == 1
    assert "more than the losses allow" in out


def test_a_wrong_plan_ends_with_2_and_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(__file__).parent / "data/plans/refused/negative-price.yaml"
    code, out, err = flatten(capsys, path)
    assert (code, out) == (2, "")
    assert err.startswith(f"chargefeed: {path}:8: `everyone.energy`: -0.10 is negative")


def test_a_wrong_time_zone_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = flatten(capsys, PLANS / "free.yaml", "--time-zone", "Berlin")
    assert (code, err.strip()) == (2, "chargefeed: --time-zone: 'Berlin' is no time zone. Name it as in Europe/Berlin")
