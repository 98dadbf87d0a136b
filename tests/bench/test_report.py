"""Which rows are measured at which size, and how they are told."""

from __future__ import annotations

from pathlib import Path

from tests.bench.measure import Sample
from tests.bench.report import Missing, Row, write_markdown
from tests.bench.rows import EVERY_SIZE, ROWS, chosen


def test_what_grows_is_measured_at_every_size_and_the_rest_at_that_of_the_budgets():
    asked = chosen([10_000, 200_000, 1_000_000], list(ROWS))
    assert {name for size, name in asked if size == 200_000} == set(ROWS)
    assert {name for size, name in asked if size == 1_000_000} == EVERY_SIZE
    assert chosen([2_000], ["money"]) == [(2_000, "money")]


def test_a_table_in_markdown_says_machine_and_command_and_keeps_its_columns(tmp_path: Path):
    row = Row("a | b", "s", Sample((2.0, 1.0, 3.0)), "≤ 1 s", False, "orjson", Sample((1.0,)), "why", 10_000)
    write_markdown(tmp_path / "told.md", [row, Missing("page", "no nginx", 10_000)], {"machine": "M"}, "deploy/bench")
    *about, first, second = (tmp_path / "told.md").read_text().splitlines()
    assert about[:2] == ["- machine: M", "- command: `deploy/bench`"]
    assert first == "| 10,000 | a \\| b | 2 s (1–3) | orjson: 1 s | 2 | ≤ 1 s | NO | why |"
    assert second == "| 10,000 | page | not measured |  |  |  |  | no nginx |"
