from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from app.clock import parse_time
from app.formats.evchart.check import check
from app.formats.evchart.module import modules
from app.formats.evchart.writing import write

DATA = Path(__file__).parents[2] / "data" / "evchart"
NETWORK = {"network_provider": "example_net"}
SESSIONS = [
    NETWORK
    | {
        "station_id": "US-1",
        "port_id": "P1",
        "charger_id": "C1",
        "session_id": "S1",
        "connector_id": "1",
        "session_start": parse_time("2026-07-01T10:00:00Z"),
        "session_end": parse_time("2026-07-01T10:30:00Z"),
        "session_error": "none",
        "energy_kwh": Decimal("31.496"),
        "power_kw": Decimal("148.2"),
        "payment_method": "credit_card",
    },
    NETWORK
    | {
        "station_id": "US-1",
        "port_id": "P1",
        "charger_id": "C1",
        "session_id": "S2",
        "connector_id": "1",
        "session_start": parse_time("2026-07-01T11:00:00.250Z"),
        "session_end": parse_time("2026-07-01T11:00:40Z"),
        "session_error": "CX001",
        "energy_kwh": Decimal(0),
        "power_kw": Decimal(0),
        "payment_method": "credit_card",
    },
    NETWORK | {"station_id": "US-1", "port_id": "P2"},
]


def test_rows_are_written_as_the_federal_side_wants_them() -> None:
    (file,) = write(modules()[2], SESSIONS)
    assert (file.name, len(file.rows), file.stations) == ("module2.csv", 3, 1)
    assert file.body == (DATA / "module2.csv").read_bytes()


def test_a_large_file_is_split_and_no_station_with_it() -> None:
    rows = [NETWORK | {"station_id": f"US-{at % 5}", "port_id": f"P{at}"} for at in range(100)]
    files = write(modules()[2], rows, most=1500)
    assert [file.name for file in files] == [f"module2-{at}.csv" for at in range(1, len(files) + 1)]
    assert len(files) > 1
    assert sum(len(file.rows) for file in files) == len(rows)
    assert sum(file.stations for file in files) == 5
    assert all(len(file.body) <= 1500 and check(file.body, modules()[2]).valid for file in files)


def test_newer_columns_are_there_only_where_they_are_asked_for() -> None:
    row = NETWORK | {"station_id": "US-1", "port_id": "P1", "outage_id": 0, "outage_duration": Decimal(1)}
    row |= {"excluded_outage": True, "excluded_outage_reason": 3, "excluded_outage_notes": "two\nlines"}
    (plain,), (newer,) = write(modules()[4], [row]), write(modules()[4], [row], switched=True)
    assert b"excluded" not in plain.body
    assert newer.body.endswith(b"US-1,example_net,P1,1970-01-01T00:00:00Z,1.00,TRUE,3,two lines\n")


def test_no_rows_are_no_file() -> None:
    assert write(modules()[2], []) == []
