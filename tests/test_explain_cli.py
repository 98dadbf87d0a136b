"""`chargefeed tariff explain`, as a person or a script runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.settings import shipped

PLANS = shipped("config") / "plans"
DATA = Path(__file__).parent / "data"
Answer = tuple[int, list[str], str]


@pytest.fixture
def explain(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """(exit code, lines, errors)"""

    def command(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["tariff", "explain", *map(str, arguments)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out.replace("\xa0", " ").splitlines(), said.err

    return command


def test_a_plan_is_told_in_short_and_in_full(explain: Callable[..., Answer]) -> None:
    code, lines, errors = explain(PLANS / "city-occupancy.yaml")
    assert (code, errors) == (0, "")
    assert lines == [
        "city-occupancy: 0.50 €/kWh; from minute 240 on 0.10 €/min, not 20:00–08:00, at most 12 €; incl. 19% VAT",
        "The same price with and without a contract.",
        "Energy: 0.50 €/kWh.",
        "Occupancy fee: 0.10 €/min from minute 240 on, except from 20:00 to 08:00, at most 12 €.",
        "All prices include 19% VAT.",
        "All times are local time (Europe/Berlin).",
    ]


def test_all_languages_follow_one_another(explain: Callable[..., Answer]) -> None:
    _, lines, _ = explain(PLANS / "free.yaml", "--language", "all")
    firsts = [line for line in lines if line.startswith("free:")]
    assert firsts == [
        "free: kostenlos",
        "free: free",
        "free: gratis",
        "free: gratuit",
        "free: gratuito",
        "free: gratis",
    ]


def test_ocpi_of_any_version_is_told(explain: Callable[..., Answer], tmp_path: Path) -> None:
    body = json.loads((DATA / "tariffs" / "watt-hours.json").read_text())
    for name in ("country_code", "party_id", "tax_included"):
        del body[name]
    (tmp_path / "tariff.json").write_text(json.dumps({"data": [body]}))
    code, lines, _ = explain(tmp_path / "tariff.json", "--language", "fr")
    assert code == 0
    assert lines[0].endswith("hors taxes éventuelles")


def test_one_of_several_is_named(explain: Callable[..., Answer]) -> None:
    _, lines, _ = explain(PLANS / "fast-afir.yaml", "--tariff", "FAST-afir-contract", "--language", "de")
    assert lines[0].startswith("fast-afir-contract: 0,49 €/kWh, kostenlos für die ersten 2 kWh")
    assert len([line for line in lines if line.startswith("fast-afir")]) == 1


def test_a_time_asks_what_it_costs_then_and_after(explain: Callable[..., Answer]) -> None:
    plan = PLANS / "peak-holidays.yaml"
    _, lines, _ = explain(plan, "--at", "2027-01-05T18:00", "--tariff", "city-peak-contract")
    assert lines == [
        "city-peak-contract:",
        "Now: 0.49 €/kWh; incl. 19% VAT.",
        "Until 5 January 2027, 22:00 (Europe/Berlin).",
        "Then: 0.39 €/kWh; incl. 19% VAT.",
    ]


def test_an_announced_change_is_what_comes_then(explain: Callable[..., Answer]) -> None:
    _, lines, _ = explain(PLANS / "peak-holidays.yaml", "--at", "2027-06-30T23:00")
    assert lines[:4] == [
        "city-peak-adhoc:",
        "Now: 0.59 €/kWh; 0.50 € per session; at most 100 € per session; incl. 19% VAT.",
        "Until 1 July 2027, 00:00 (Europe/Berlin).",
        "Then: 0.62 €/kWh; 0.50 € per session; at most 100 € per session; incl. 19% VAT.",
    ]
    assert [line for line in lines if line.endswith(":")] == [
        "city-peak-adhoc:",
        "city-peak-contract:",
        "city-peak-gold:",
    ]


def test_the_time_zone_named_comes_before_the_plan_s(explain: Callable[..., Answer]) -> None:
    _, lines, _ = explain(PLANS / "city-occupancy.yaml", "--time-zone", "Europe/Lisbon")
    assert lines[-1] == "All times are local time (Europe/Lisbon)."


def test_an_auditor_gets_every_date(explain: Callable[..., Answer]) -> None:
    tariffs = DATA / "explain" / "tariffs.json"
    _, lines, _ = explain(tariffs, "--tariff", "on-dates", "--dates")
    assert "on 29 March 2027 and on 1 May 2027" in lines[2]
    _, lines, _ = explain(tariffs, "--tariff", "on-dates")
    assert "on 5 days between 1 January 2027 and 1 May 2027" in lines[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((PLANS / "free.yaml", "--language", "pl"), "--language: no texts in 'pl': known are de, en, es, fr, it, nl"),
        ((PLANS / "free.yaml", "--time-zone", "Mars"), "--time-zone: 'Mars' is no time zone"),
        ((PLANS / "free.yaml", "--tariff", "x"), "no tariff 'x'. It has free"),
        ((PLANS / "free.yaml", "--at", "soon"), "--at: 'soon' is no time in Europe/Berlin"),
        ((PLANS / "peak-holidays.yaml", "--at", "2031-01-01"), "--at: no tariff is valid at 2031-01-01"),
        ((DATA / "tariffs" / "evening.json", "--at", "2027-01-01"), "Give --time-zone, as Europe/Berlin"),
        ((DATA / "plans" / "refused" / "negative-price.yaml",), "negative-price.yaml:8: `everyone.energy`: -0.10"),
        (("nowhere.json",), "cannot be read"),
        (("nowhere.yaml",), "no such file"),
    ],
)
def test_an_error_says_what_to_do(explain: Callable[..., Answer], arguments: tuple[str | Path, ...], says: str) -> None:
    code, lines, errors = explain(*arguments)
    assert (code, lines) == (2, [])
    assert says in errors
