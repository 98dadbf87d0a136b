from __future__ import annotations

from decimal import Decimal

import pytest

from app.clock import parse_time
from app.errors import ChargefeedError
from app.formats.session_table import read_sessions
from app.model.session import SessionRecord
from tests.shared import ROOT

TABLE = (ROOT / "tests" / "data" / "sessions" / "table.csv").read_bytes()


def test_rows_become_sessions_and_columns_that_are_not_known_are_not_read() -> None:
    table = read_sessions(TABLE, "table.csv", "file")
    first, second = table.records
    began, ended = (parse_time(f"2026-07-01T{time}:00Z") for time in ("15:00", "15:30"))
    more = {"session_id": "S1", "location_id": "L1", "connector": "1", "payment": "credit_card"}
    expected = SessionRecord(
        "file", "P1", began, ended, Decimal("31.5"), peak_kw=Decimal("148.2"), errors=("CX001",), **more
    )
    assert first == expected
    assert (second.ended_at, second.energy_kwh, second.errors, second.payment) == (None, None, (), None)
    assert "TRACE" not in repr(table)


def test_what_is_wrong_is_said_with_line_and_column() -> None:
    said = [
        (problem.where, problem.path, problem.what) for problem in read_sessions(TABLE, "table.csv", "file").problems
    ]
    assert said == [
        ("table.csv:1", "card_number", "the column is not read"),
        ("table.csv:4", "port_id", "is blank: the row is left out"),
        ("table.csv:5", "session_start", "is no time: the row is left out"),
        ("table.csv:6", "energy_kwh", "is no number: the row is left out"),
    ]


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(ChargefeedError, match=r"locations\.csv:1: a table of sessions needs `session_start`"):
        read_sessions(b"id,name\n1,x\n", "locations.csv", "file")
