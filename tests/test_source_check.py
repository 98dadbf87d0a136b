"""`chargefeed check --source`: inventory, statuses and prices of three sources, and what is left over on each side."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli

DATA = Path(__file__).parent / "data" / "joining"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Written just now, since statuses are as old as their file."""
    for file in DATA.iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    return tmp_path / "config.yaml"


def check(config: Path, *arguments: str) -> tuple[int, list[list[str]]]:
    result = CliRunner().invoke(cli, ["check", "--config", str(config), *arguments])
    return result.exit_code, [line.split("\t") for line in result.stdout.splitlines()]


def steps(rows: list[list[str]], step: str) -> list[str]:
    """What is said in a step, with the lines that belong to it."""
    found, inside = [], False
    for row in rows:
        inside = row[0] == step or (inside and row[0] == "")
        found += [f"{row[2]}: {row[3]}" if row[3] and not row[0] else row[2]] if inside else []
    return found


def test_statuses_are_shown_with_what_they_are_mapped_to_and_what_no_side_has(config: Path) -> None:
    code, rows = check(config, "--source", "live")
    assert code == 1
    assert ["connects to", "ok", "statuses", str(config.parent / "statuses.csv")] in rows
    assert [row[2] for row in rows if row[0] == "status"] == [
        "AVAILABLE → AVAILABLE",
        "CHARGING → CHARGING",
        "SINGING → UNKNOWN",
        "WORKING → AVAILABLE",
    ]
    [strange] = [row for row in rows if row[0] == "partly"]
    assert strange[2] == "1 times: no OCPI status: read as UNKNOWN"
    assert strange[3].startswith("statuses.csv:5 column status DE*XYZ*E900 (value SINGING); write one of ")
    assert steps(rows, "does not join") == [
        "2 statuses of EVSEs that no inventory has",
        "DE*ABC*E1033: near: DE*ABC*E103",
        "DE*XYZ*E900",
        "2 EVSEs of the inventory of which no source says a status",
        "DE*ABC*E103: near: DE*ABC*E1033",
        "DE*ABC*E104",
    ]
    assert not (config.parent / "data").exists(), "it writes no database"


def test_prices_are_compared_with_what_connectors_name(config: Path) -> None:
    code, rows = check(config, "--source", "prices")
    assert code == 1
    assert steps(rows, "does not join") == [
        "1 tariffs that connectors name and no source has",
        "nightly",
        "1 EVSEs without a price",
        "DE*ABC*E102",
        "1 facts or prices of the overlay about nothing that an inventory has",
        "prices.csv:5 DE*ABC*E1O3: near: DE*ABC*E103",
    ]


def test_what_joins_is_0(config: Path) -> None:
    settings = config.read_text().replace("status_map: {", "evse_ids: ids.csv, status_map: {SINGING: BLOCKED, ")
    config.write_text(settings.replace("[prices.csv]", "[]"))
    (config.parent / "ids.csv").write_text(
        "charger,connector,evse_id\nDE*ABC*E1033,,DE*ABC*E103\nDE*XYZ*E900,,DE*ABC*E104\n"
    )
    code, rows = check(config, "--source", "live")
    assert (code, rows[-1]) == (0, ["joined", "ok", "", "nothing is left over"])


def test_a_source_that_cannot_be_read_says_why_and_is_not_compared(config: Path) -> None:
    (config.parent / "inventory.csv").unlink()
    _, rows = check(config, "--source", "inventory")
    assert [row[:2] for row in rows] == [["connects to", "problem"], ["read locations", "problem"]]
    code, rows = check(config, "--source", "live")
    assert code == 1
    [absent] = [row for row in rows if row[0] == "not compared"]
    assert absent[3].startswith("inventory: locations: source inventory, ")


def test_a_name_that_no_source_has(config: Path) -> None:
    result = CliRunner().invoke(cli, ["check", "--config", str(config), "--source", "lvie"])
    assert str(result.exception) == "no source is called `lvie`. There are: inventory, live, prices"


def test_check_of_all_says_what_does_not_join(config: Path) -> None:
    code, rows = check(config)
    [joins] = [row for row in rows if row[0] == "joins"]
    assert (code, joins[1]) == (1, "problem")
    assert joins[2].startswith("2 statuses of EVSEs that no inventory has: DE*ABC*E1033, DE*XYZ*E900; 2 EVSEs of")


def test_a_source_that_pushes_is_tried_and_has_nothing_to_read(config: Path) -> None:
    pushes = (
        "{type: webhook, name: hooks, path: /hooks/status, token: open, describes: {fields: {evse: id, status: state}}}"
    )
    config.write_text(config.read_text().replace("overlay:", f"  - {pushes}\noverlay:"))
    _, rows = check(config, "--source", "hooks")
    assert [
        "hears statuses",
        "ok",
        "listens at http://127.0.0.1:9010",
        "they come as they are told: nothing was read",
    ] in rows
