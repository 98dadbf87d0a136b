"""`chargefeed tariff lint`, as a person or a script runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.settings import shipped
from tests.tariffs.lint.cases import body, location

Answer = tuple[int, list[list[str]], str]
LINT = Path(__file__).parent / "data" / "tariffs" / "lint"
PLANS = shipped("config") / "plans"


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """(exit code, rows of cells, errors)"""

    def command(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["tariff", "lint", *(str(argument) for argument in arguments)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), [line.split("\t") for line in said.out.splitlines()], said.err

    return command


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def file(name: str, document: object) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(document, indent=1, default=float))
        return path

    return file


def price(**changes: object) -> dict[str, object]:
    return {**body({"elements": [{"ENERGY": 0.5}, {"FLAT": 1}]}), "last_updated": "2026-01-01T00:00:00Z", **changes}


def test_a_finding_has_its_file_and_line_its_article_and_a_remedy(
    lint: Callable[..., Answer], write: Callable[..., Path]
) -> None:
    path = write("prices.json", {"data": [price(id="A"), price(id="B", type="REGULAR")]})
    code, rows, errors = lint(path, "--power", "150", "--commissioned", "2024-05-01")
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if '"FLAT"' in text) - 1
    assert (code, errors) == (1, "")
    assert rows == [
        [
            "breach",
            "afir-5-4-session-fee",
            f"{path}:{line}",
            "A",
            "elements[1].price_components[0]",
            "a fee of 1 EUR per session",
            "Put what the session costs into the price per kWh",
            "Regulation (EU) 2023/1804, Art. 5(4), first subparagraph (reading)",
        ],
        [f"{path}: 1 breach in 2 tariffs"],
    ]


def test_without_a_breach_it_ends_with_0(lint: Callable[..., Answer], write: Callable[..., Path]) -> None:
    code, rows, _ = lint(write("prices.json", price()), "--power", "22")
    assert (code, rows[-1][0].partition(": ")[2]) == (0, "nothing found in 1 tariff")
    code, rows, _ = lint(write("prices.json", price()), "--power", "150")
    assert (code, [row[0] for row in rows[:-1]]) == (0, ["cannot tell"])


def test_what_reading_repairs_or_refuses_is_found_too(lint: Callable[..., Answer], write: Callable[..., Path]) -> None:
    path = write("prices.json", [price(id="A", type=None), price(id="B", currency="EURO")])
    code, rows, _ = lint(path, "--power", "22")
    assert code == 1
    assert [(row[0], row[1], row[3], row[4]) for row in rows[:-1]] == [
        ("warning", "ocpi-null", "A", "type"),
        ("breach", "ocpi-schema", "B", "currency"),
    ]
    assert rows[-1] == [f"{path}: 1 warning, 1 breach in 2 tariffs"]


def test_the_tariffs_of_a_plan(lint: Callable[..., Answer]) -> None:
    plan = PLANS / "peak-holidays.yaml"
    code, rows, _ = lint(plan, "--power", "150", "--commissioned", "2025-01-01", "--at", "2026-12-01")
    assert code == 1
    assert [row[:4] for row in rows[:-1]] == [
        ["breach", "afir-5-4-session-fee", str(plan), "city-peak-adhoc"],
        ["breach", "afir-5-4-session-fee", str(plan), "city-peak-adhoc-270701"],
    ]


def test_locations_say_where_a_tariff_is_used(lint: Callable[..., Answer], write: Callable[..., Path]) -> None:
    prices = write("prices.json", [price(id="A"), price(id="B")])
    places = write("places.json", [location([["A"], ["A"], ["GONE"]])])
    code, rows, _ = lint(prices, "--locations", places, "--commissioned", "2025-01-01")
    assert code == 1
    assert [(row[0], row[1], row[3]) for row in rows[:-1]] == [
        ("warning", "network-unused-tariff", "B"),
        ("breach", "network-unknown-tariff", "LOC"),
        ("breach", "afir-5-4-session-fee", "A"),
    ]
    assert rows[1][2].startswith(f"{places}:")
    assert rows[2][5] == "a fee of 1 EUR per session (at DE*ABC/LOC/E0/1 and 1 more)"


def test_json_has_all_that_is_known(
    lint: Callable[..., Answer], write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("prices.json", price())
    with pytest.raises(SystemExit):
        main(["tariff", "lint", str(path), "--json", "--power", "150"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found.pop("where").startswith(f"{path}:")
    assert found == {
        "rule": "afir-5-4-session-fee",
        "grade": "cannot tell",
        "key": "de*abc/t1",
        "path": "elements[1].price_components[0]",
        "what": "a fee of 1 EUR per session: no matter unless in operation since 2024-04-13 or later",
        "remedy": "Say EVSE.commissioned_on at the source or in the overlay",
        "missing": ["EVSE.commissioned_on"],
        "title": "From 50 kW on, an ad hoc session has no price of its own",
        "source": "Regulation (EU) 2023/1804, Art. 5(4), first subparagraph",
        "strength": "reading",
    }


def test_a_state_is_written_behind_its_country(lint: Callable[..., Answer], write: Callable[..., Path]) -> None:
    path = write("prices.json", price(currency="USD", elements=body({"elements": [{"TIME": 12}]})["elements"]))
    _, rows, _ = lint(path, "--country", "us-ca", "--installed", "2024-01-01", "--not-funded")
    assert [row[:2] for row in rows[1:-1]] == [["breach", "ca-4002-11-time"], ["breach", "ca-4002-11-energy"]]


def test_tariffs_that_name_no_operator_are_asked_by_no_law(
    lint: Callable[..., Answer], write: Callable[..., Path]
) -> None:
    nameless = {
        name: value for name, value in price().items() if name in ("id", "currency", "elements", "last_updated")
    }
    path = write("prices.json", nameless)
    _, _, errors = lint(path, "--as", "ocpi-2.1.1")
    assert errors == "note: tariffs that name no operator: no law was asked; give --country\n"
    code, rows, errors = lint(
        path, "--as", "ocpi-2.1.1", "--country", "DE", "--power", "150", "--commissioned", "2025-01-01"
    )
    assert (code, errors, rows[0][1]) == (1, "", "afir-5-4-session-fee")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--country", "Germany"],
            "chargefeed: --country: 'GERMANY' is no country. Write it as DE, or US-CA for a state",
        ),
        (["--as", "ocpi-9"], "chargefeed: cannot read 'ocpi-9'. Use one of ocpi-2.1.1, ocpi-2.2.1, ocpi-2.3.0"),
    ],
)
def test_a_wrong_argument_is_named(
    lint: Callable[..., Answer], write: Callable[..., Path], arguments: list[str], said: str
) -> None:
    code, _, errors = lint(write("prices.json", price()), *arguments)
    assert (code, errors.strip()) == (2, said)


def test_a_file_that_holds_no_tariff_is_named(lint: Callable[..., Answer], write: Callable[..., Path]) -> None:
    path = write("prices.json", [1])
    code, _, errors = lint(path)
    assert code == 2
    assert errors.startswith(f"chargefeed: {path}: no OCPI object")
