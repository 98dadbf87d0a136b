"""What evidence costs: a year of statuses in Parquet files condensed for the first time and judged, a day more, and the page of
what the law asks.

The files have the shape that the archive writes: a row is an interval cut at midnight. DuckDB makes up what they say.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pyarrow as pa
import requests
from pyarrow import parquet

from app.clock import Millis, format_time, to_millis
from app.compliance.evaluation import Evaluator
from app.compliance.judging import RuleBook
from app.compliance.profile import read_profiles
from app.compliance.uptime.judging import uptimes
from app.compliance.uptime.sheet import Population, read_sheet
from app.compliance.uptime.window import windows
from app.history.asking import History, folder_of
from app.history.downtimes import DowntimeFiles
from app.history.index import Index, Part
from app.history.schema import DAY, INDEX, SCHEMAS, Table, begin_of, path_of
from app.process import spare_collector
from app.registry.database import open_engine, reading, writing
from app.registry.downtime import follow
from app.registry.past import newest_point
from app.registry.views import View
from app.shipped import shipped
from tests.bench.measure import Sample, seconds
from tests.bench.report import Missing, Row
from tests.bench.servers import chargefeed
from tests.bench.workbench import AT, CLOCK, Workbench

YEAR_S, YEAR_MB = 120, 2000
PAGE_MS = 300
FIRST, DAYS = date(2025, 10, 1), 365
PERIOD, PARTY = "2026-09", "XX-ALL"
OUTAGES, CHANGES = 5, 68
"""Percent of days: with an outage of two hours, and with a change."""
# An EVSE has one row on a quiet day, two on one with a change, three on one with an outage.
_DAY = f"""
    WITH days AS (
        SELECT evse, hash(evse, {{day}}) % 100 AS kind, (hash({{day}}, evse) % 79200000)::BIGINT AS begun FROM points
    ), rows AS (
        SELECT evse, 0 AS a, CASE WHEN kind < {CHANGES} THEN begun ELSE {DAY} END AS z, 'AVAILABLE' AS status FROM days
        UNION ALL SELECT evse, begun, CASE WHEN kind < {OUTAGES} THEN begun + 7200000 ELSE {DAY} END,
            CASE WHEN kind < {OUTAGES} THEN 'OUTOFORDER' ELSE 'CHARGING' END FROM days WHERE kind < {CHANGES}
        UNION ALL SELECT evse, begun + 7200000, {DAY}, 'AVAILABLE' FROM days WHERE kind < {OUTAGES}
    )
    SELECT evse, NULL::VARCHAR AS evse_id, 'L' AS location_id, status, NULL::VARCHAR AS reason, NULL::VARCHAR AS detail,
        {{begin}} + a AS valid_from, {{begin}} + z AS valid_until, {{begin}} + a AS published_at, {{begin}} + a AS since,
        NULL::BIGINT AS occurred_at, NULL::BIGINT AS earliest, {{begin}} + a AS received_at, 'observed' AS origin, false AS late
    FROM rows ORDER BY evse, a
"""


def evidence(bench: Workbench) -> Iterator[Row | Missing]:
    database = bench.copy("evidence")
    folder = bench.folder / f"history-{bench.evses}"
    days = DAYS if bench.evses >= AT else 7
    rows = _written(database, folder, days)
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        condensed, whole, used, ports, outages, peak = pool.apply(_year, (database, folder))
    share = bench.evses / AT * days / DAYS
    budget = YEAR_S * share
    what = f"uptime of {ports:,} ports over {days} days, {rows:,} rows of Parquet"
    notes = f"{condensed:.1f} s to condense once, {whole - condensed:.1f} s to judge {outages:,} outages, {used:.0f} s of CPU"
    yield Row(what, "s", Sample((whole,)), budget=f"≤ {budget:.3g} s", met=_met(whole, budget, share), notes=notes)
    yield Row("memory of that", "MB", Sample((peak,)), budget=f"≤ {YEAR_MB} MB", met=peak <= YEAR_MB)
    took, changes = _one_day(database, days)
    yield Row(f"one day more: {changes:,} statuses", "s", Sample((took,)), budget="none", met=None)
    yield _page(bench, database)


def _met(took: float, budget: float, share: float) -> bool | None:
    """A small network tells nothing of the budget."""
    return took <= budget if share == 1 else None


def _year(database: Path, folder: Path) -> tuple[float, float, float, int, int, float]:
    """Seconds to condense, in all, and of processors; ports, outages, peak MB. In a process of its own."""
    begin, used = time.perf_counter(), time.process_time()
    spare_collector()
    engine = open_engine(f"sqlite:///{database}")
    follow(engine, lambda: DowntimeFiles(History(*folder_of(str(folder)))))
    condensed = time.perf_counter() - begin
    sheet = read_sheet("us_nevi").model_copy(update={"population": Population()})
    now = to_millis(datetime(2026, 10, 1, tzinfo=UTC))
    ports = sum(1 for _ in uptimes(engine, sheet, windows(sheet, PERIOD), now, View()))
    whole, used = time.perf_counter() - begin, time.process_time() - used
    with reading(engine) as connection:
        outages = connection.exec_driver_sql("SELECT count(*) FROM downtime").scalar() or 0
    return condensed, whole, used, ports, outages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _written(database: Path, folder: Path, days: int) -> int:
    """Files of so many days before the end of the window, for every EVSE; how many rows."""
    first = FIRST + timedelta(days=DAYS - days)
    engine = open_engine(f"sqlite:///{database}")
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE history SET at = ?", (begin_of(first),))
        keys = [key for (key,) in connection.exec_driver_sql("SELECT key FROM evse")]
        newest = newest_point(connection)
    engine.dispose()
    files = duckdb.connect()
    files.register("points", pa.table({"evse": keys}))
    parts = [_part(files, folder, first + timedelta(days=number)) for number in range(days)]
    last = parts[-1].day
    index = Index(epoch="", followed=newest, begins=first, last=last, generated=format_time(0), parts=tuple(parts))
    (folder / INDEX).write_bytes(index.to_bytes())
    return sum(part.rows for part in parts)


def _part(files: duckdb.DuckDBPyConnection, folder: Path, day: date) -> Part:
    path = path_of(Table.STATUS, day, PARTY)
    part = Part(path=path, table=Table.STATUS, day=day, party=PARTY, rows=0, size=0, sha256="")
    file = folder / path
    if file.exists():
        return part.model_copy(update={"rows": parquet.read_metadata(file).num_rows})
    file.parent.mkdir(parents=True)
    answer = files.sql(_DAY.format(day=day.toordinal(), begin=begin_of(day))).to_arrow_table()
    parquet.write_table(answer.cast(SCHEMAS[Table.STATUS]), file, compression="zstd")
    return part.model_copy(update={"rows": answer.num_rows})


def _one_day(database: Path, days: int) -> tuple[float, int]:
    """CHANGES percent of the EVSEs change; seconds to follow, and how many statuses."""
    at: Millis = begin_of(FIRST + timedelta(days=DAYS)) + DAY // 2
    engine = open_engine(f"sqlite:///{database}")
    with writing(engine) as connection:
        columns = "evse, at, status, priority, queued, received_at"
        changed = f"SELECT id, {at} + id, 'INOPERATIVE', 0, false, {at} FROM evse WHERE id % 100 < {CHANGES}"
        changes = connection.exec_driver_sql(f"INSERT INTO history ({columns}) {changed}").rowcount
    begin = time.perf_counter()
    follow(engine)
    took = time.perf_counter() - begin
    engine.dispose()
    return took, changes


def _page(bench: Workbench, database: Path) -> Row:
    """Everything is held to the rules before, as a worker does."""
    engine = open_engine(f"sqlite:///{database}")
    evaluator = Evaluator(engine, RuleBook(read_profiles(shipped("config") / "profiles", None)), CLOCK)
    evaluated = seconds(lambda: _evaluate(evaluator))
    engine.dispose()
    with chargefeed(bench.folder, database, ("web",)) as servers:
        page = f"{servers.url}/compliance"
        took = seconds(lambda: requests.get(page, timeout=60).raise_for_status()) * 1000
    notes = f"{evaluated:.0f} s for a worker to hold all locations to the rules before"
    what, budget = "report page, first request of a process", f"≤ {PAGE_MS} ms"
    return Row(what, "ms", Sample((took,)), budget=budget, met=_met(took, PAGE_MS, bench.evses / AT), notes=notes)


def _evaluate(evaluator: Evaluator) -> None:
    while evaluator.step().finished is None:
        pass
