"""What stands in the files of a day, and when they are written again."""

from __future__ import annotations

from hashlib import sha256

import pytest
from pyarrow import parquet
from sqlalchemy import update

from app.errors import LeaseLost
from app.history.index import read_index
from app.history.schema import INDEX, SCHEMAS, Table
from app.model.batch import StatusRecord
from app.registry.database import writing
from app.registry.leases import Leases
from app.registry.tables import feed_head
from tests.registry.backend import DAY, HOUR, connector, evse, location, tariff

SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
STATUSES = "SELECT status, valid_from, valid_until, since FROM status WHERE day = '{}' ORDER BY evse, valid_from"
PRICES = "SELECT components[1].amount::DOUBLE, valid_from, valid_until FROM prices WHERE day = '{}' ORDER BY valid_from"


def statuses(past, day="2026-01-01"):
    return past.ask(STATUSES.format(day))


def test_a_day_is_its_intervals_once_it_is_over_and_statuses_had_time_to_come(past):
    past.at(26.9)
    past.write()
    assert not past.files()
    past.at(27)
    past.write()
    assert statuses(past) == [("AVAILABLE", 8, 9, 8), ("CHARGING", 9, 10, 9), ("AVAILABLE", 10, 24, 10)]
    assert past.ask(PRICES.format("2026-01-01")) == [(0.5, 8, 19), (0.4, 19, 24)]
    past.at(51)
    past.write()
    assert statuses(past, "2026-01-02") == [("AVAILABLE", 24, 48, 10)]
    assert past.ask(PRICES.format("2026-01-02")) == [(0.4, 24, 30), (0.5, 30, 43), (0.4, 43, 48)]


@SQLITE
def test_a_row_says_whose_it_is_and_where_it_is_proved(past):
    past.at(27)
    past.write()
    named = "day::VARCHAR, party, evse, evse_id, location_id"
    (one, *_) = past.ask(f"SELECT {named}, connector_id, tariff_id, currency, seq, ledger_entries FROM prices")
    assert one[:8] == ("2026-01-01", "DE-ABC", "de*abc/e1", "DE*ABC*E1", "L1", "1", "T1", "EUR")
    entries = past.log.entries()
    assert [entries[place]["kind"] for place in one[9]] == ["tariff", "connectors"]
    assert one[8] == entries[one[9][1]]["seq"]
    component = {"component": "energy", "per": "kWh", "taxes": "gross", "vat_percent": 19}
    (said,) = past.ask("SELECT DISTINCT components[1] FROM prices WHERE components[1].amount = 0.5")[0]
    assert {name: said[name] for name in component} == component


@SQLITE
def test_the_index_names_every_file_with_its_hash_and_the_files_have_the_documented_schema(past):
    past.at(27)
    past.write()
    files = past.files()
    index = read_index(files.pop(INDEX))
    assert {part.path: part.sha256 for part in index.parts} == {
        path: sha256(body).hexdigest() for path, body in files.items()
    }
    for part in index.parts:
        found = parquet.ParquetFile(past.store._folder / part.path)
        assert found.schema_arrow == SCHEMAS[part.table]
        assert found.metadata.num_rows == part.rows


@SQLITE
def test_a_day_that_is_written_twice_is_the_same_bytes(past):
    past.at(27)
    past.write()
    once = past.files()
    past.store.delete(INDEX)
    past.restart()
    past.write()
    assert past.files() == once
    assert not any(step.written for step in past.write())


def test_a_status_that_is_only_repeated_goes_on(past, backend):
    for hour in (12, 26, 30):
        backend.events(StatusRecord("E1", "AVAILABLE", past.at(hour)))
    past.at(75)
    past.write()
    assert statuses(past)[-1] == ("AVAILABLE", 10, 24, 10)
    assert statuses(past, "2026-01-02") == [("AVAILABLE", 24, 48, 10)]
    assert statuses(past, "2026-01-03") == [("AVAILABLE", 48, 72, 10)]


def test_a_late_status_has_every_day_that_it_reaches_written_again(past, backend):
    past.at(75)
    past.write()
    untouched = past.files()
    past.at(76)
    backend.events(StatusRecord("E1", "OUTOFORDER", past.begin + 20 * HOUR, queued=True))
    (step,) = past.write()
    assert [str(day) for day in sorted(step.rewritten)] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert statuses(past)[-1] == ("OUTOFORDER", 20, 24, 20)
    assert statuses(past, "2026-01-03") == [("OUTOFORDER", 48, 72, 20)]
    assert past.ask("SELECT late, occurred_at, received_at FROM status WHERE status = 'OUTOFORDER'")[0] == (
        True,
        20,
        76,
    )
    changed = {path for path, body in past.files().items() if body != untouched[path]}
    assert changed == {INDEX, *(part.path for part in past.open().index.parts if part.table is Table.STATUS)}
    assert not any(step.rewritten for step in past.write())


@SQLITE
def test_days_of_an_earlier_life_of_the_feed_are_not_written_again(past, backend):
    past.at(27)
    past.write()
    once = past.files()
    with writing(past.log.engine) as connection:
        connection.execute(update(feed_head).values(epoch="restored"))
    past.restart()
    past.at(51)
    past.write()
    backend.events(StatusRecord("E1", "OUTOFORDER", past.begin + 20 * HOUR, queued=True))
    (step,) = past.write()
    assert [str(day) for day in step.rewritten] == ["2026-01-02"]
    assert past.files().items() >= {path: body for path, body in once.items() if path != INDEX}.items()


def test_a_location_is_there_while_it_is_public_and_at_no_other_time(past, backend):
    past.at(11)
    backend.locations(
        location("L1", evse("E1", connector(tariff_ids=["T1"]))), location("H1", evse("E-HIDDEN"), publish=False)
    )
    past.at(12)
    backend.locations(location("H1", evse("E-HIDDEN"), publish=False))
    past.at(13)
    both = evse("E1", connector(tariff_ids=["T1"]))
    backend.locations(location("L1", both, publish=False), location("H1", evse("E-HIDDEN"), publish=False))
    past.at(14)
    backend.statuses(("E1", "BLOCKED"))
    past.at(15)
    backend.locations(location("L1", both), location("H1", evse("E-HIDDEN"), publish=False))
    past.at(27)
    past.write()
    rows = statuses(past)
    assert [row[:3] for row in rows[:3]] == [("AVAILABLE", 8, 9), ("CHARGING", 9, 10), ("AVAILABLE", 10, 13)]
    assert all(begin >= 15 for _, begin, _, _ in rows[3:])
    assert (0.5, 8, 13) in past.ask(PRICES.format("2026-01-01"))
    assert not any(b"hidden" in body.lower() for body in past.files().values())


@SQLITE
def test_a_tariff_for_contracts_has_no_rows_and_one_that_begins_by_day_has(past, backend):
    past.at(11)
    backend.tariffs(
        tariff("SECRET", type="REGULAR"), tariff("NEW", start_date_time="2026-01-01T16:00:00Z"), complete=False
    )
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["SECRET", "NEW"]))))
    past.at(27)
    past.write()
    assert past.ask("SELECT tariff_id, valid_from, valid_until FROM prices ORDER BY 2") == [
        ("T1", 8, 11),
        ("NEW", 16, 24),
    ]


@SQLITE
def test_what_has_been_kept_for_long_enough_is_deleted(past):
    past.keep[Table.STATUS] = 2 * DAY
    past.at(75)
    past.write()
    kept = {table: [part.day.day for part in past.open().index.parts if part.table is table] for table in Table}
    assert kept == {Table.STATUS: [2, 3], Table.PRICES: [1, 2, 3]}
    assert not any("status/day=2026-01-01" in path for path in past.files())


@SQLITE
def test_a_day_waits_for_the_ledger(past):
    past.at(27)
    past.archive.step(past.lease)
    assert not past.files()


@SQLITE
def test_who_lost_the_lease_writes_nothing(past):
    past.at(27)
    past.log.seal()
    Leases(past.log.engine, "one").release(past.lease)
    with pytest.raises(LeaseLost):
        past.archive.step(past.lease)
    assert not past.files()
