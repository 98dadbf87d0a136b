"""`chargefeed tariff price`, as a person or a script runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.settings import shipped

DATA = Path(__file__).parent / "data" / "tariffs"
Answer = tuple[int, list[list[str]], str]


@pytest.fixture
def price(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """(exit code, rows of cells, errors)"""

    def command(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["tariff", "price", *(str(argument) for argument in arguments)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), [line.split("\t") for line in said.out.splitlines()], said.err

    return command


def test_three_figures_are_priced_in_plain_lines(price: Callable[..., Answer]) -> None:
    session = ("--kwh", "20", "--minutes", "60", "--parked", "40")
    code, rows, errors = price(DATA / "parking-in-quarters.json", *session)
    assert (code, errors) == (0, "")
    assert rows == [
        ["0", "FLAT", "1", "0.5 EUR/session", "20 %", "0.5", "0.6"],
        ["0", "ENERGY", "20 kWh", "0.25 EUR/kWh", "10 %", "5", "5.5"],
        ["0", "PARKING_TIME", "45 min", "2 EUR/h", "20 %", "1.5", "1.8"],
        ["", "total", "", "EUR", "", "7.00", "7.90"],
    ]


def test_the_start_is_the_wall_clock_at_the_location(price: Callable[..., Answer]) -> None:
    session = ("--kwh", "1", "--minutes", "35", "--start", "2026-07-01T16:35")
    for zone in ("Europe/Berlin", "America/New_York"):
        _, rows, _ = price(DATA / "evening.json", *session, "--time-zone", zone)
        assert rows[-1][5] == "1.30"


def test_a_limit_that_applies_has_its_line(price: Callable[..., Answer]) -> None:
    _, rows, _ = price(DATA / "maximum.json", "--kwh", "50", "--minutes", "60")
    assert rows[-2:] == [["", "max_price", "", "", "", "10", "11"], ["", "total", "", "EUR", "", "10.00", "11.00"]]


def test_a_cdr_is_priced_by_its_own_tariff_where_it_was_and_beside_what_it_states(
    price: Callable[..., Answer],
) -> None:
    code, rows, _ = price(DATA / "cdr.json")
    assert code == 0
    assert rows[-2:] == [["", "total", "", "EUR", "", "1.15", ""], ["", "stated", "", "", "", "1.15", "1.37"]]


def test_a_session_is_priced_by_a_tariff_of_another_file(price: Callable[..., Answer]) -> None:
    _, rows, _ = price(DATA / "parking-in-quarters.json", "--session", DATA / "session.json")
    assert rows[-1][5:] == ["3.00", "3.40"]


def test_2_1_1_names_are_understood(price: Callable[..., Answer], tmp_path: Path) -> None:
    body = json.loads((DATA / "cdr.json").read_text())
    body["stop_date_time"] = body.pop("end_date_time")
    body |= {"location": body.pop("cdr_location"), "total_cost": 1.15}
    del body["country_code"], body["party_id"]
    for name in ("country_code", "party_id", "tax_included"):
        del body["tariffs"][0][name]
    (tmp_path / "cdr.json").write_text(json.dumps(body))
    _, rows, _ = price(tmp_path / "cdr.json")
    assert rows[-2][5:] == ["1.15", ""]
    assert rows[-1][5:] == ["1.15", ""]


def test_the_version_decides_what_a_missing_vat_means(price: Callable[..., Answer]) -> None:
    totals = [
        price(DATA / "watt-hours.json", "--kwh", "4", "--minutes", "1", "--as", f"ocpi-{version}")[1][-1][5:]
        for version in ("2.3.0", "2.2.1")
    ]
    assert totals == [["1.00", ""], ["1.00", "1.00"]]


def test_one_of_several_tariffs_is_named(price: Callable[..., Answer], tmp_path: Path) -> None:
    both = [json.loads((DATA / f"{name}.json").read_text()) for name in ("maximum", "power-bands")]
    (tmp_path / "page.json").write_text(json.dumps({"data": both, "status_code": 1000}))
    session = ("--kwh", "1", "--minutes", "60")
    code, _, errors = price(tmp_path / "page.json", *session)
    assert code == 2
    assert "2 tariffs are valid at the start: maximum, power-bands" in errors
    _, rows, _ = price(tmp_path / "page.json", *session, "--tariff", "POWER-bands")
    assert rows[-1][5] == "0.20"


def test_a_cdr_that_cannot_be_read_whole_is_not_priced(price: Callable[..., Answer], tmp_path: Path) -> None:
    body = json.loads((DATA / "cdr.json").read_text())
    body["charging_periods"][1]["dimensions"][0]["volume"] = "some"
    (tmp_path / "cdr.json").write_text(json.dumps(body))
    code, rows, errors = price(tmp_path / "cdr.json")
    assert (code, rows) == (2, [])
    assert "charging_periods[1].dimensions[0].volume" in errors


@pytest.mark.parametrize(
    ("file", "arguments", "says"),
    [
        ("maximum.json", [], "Give --kwh and --minutes, or --session FILE"),
        ("maximum.json", ["--kwh", "much", "--minutes", "1"], "--kwh: 'much' is no number"),
        ("maximum.json", ["--kwh", "1", "--minutes", "1", "--start", "soon"], "--start: 'soon' is no time"),
        ("maximum.json", ["--kwh", "1", "--minutes", "1", "--tariff", "x"], "no tariff 'x'. It has maximum"),
        ("evening.json", ["--kwh", "1", "--minutes", "1"], "Give --time-zone, as Europe/Berlin"),
        ("evening.json", ["--kwh", "1", "--minutes", "1", "--time-zone", "Mars"], "'Mars' is no time zone"),
        ("maximum.json", ["--as", "ocpi-9"], "Use one of ocpi-"),
        ("session.json", [], "no tariff in it"),
        ("worked-examples.json", ["--kwh", "1", "--minutes", "1"], "worked-examples.json"),
        ("nowhere.json", [], "cannot be read"),
    ],
)
def test_an_error_says_what_to_do(price: Callable[..., Answer], file: str, arguments: list[str], says: str) -> None:
    code, rows, errors = price(DATA / file, *arguments)
    assert (code, rows) == (2, [])
    assert says in errors


def test_a_price_plan_is_priced_by_the_tariff_it_becomes(price: Callable[..., Answer]) -> None:
    plan = shipped("config") / "plans" / "fast-afir.yaml"
    session = ("--kwh", "30", "--minutes", "45", "--start", "2026-11-27T12:00")
    code, rows, errors = price(plan, *session, "--tariff", "fast-afir-adhoc")
    assert (code, errors, rows[-1][-1]) == (0, "", "17.70")
    code, _, errors = price(plan, *session)
    assert code != 0
    assert "fast-afir-adhoc" in errors, "says which there are to choose from"
