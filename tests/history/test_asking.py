"""Questions in SQL, those of the documentation among them."""

from __future__ import annotations

import re

import duckdb
import pytest

from app.history.asking import History, HistoryError, bucket_of, folder_of
from app.history.schema import SCHEMAS, Table
from app.store.s3 import S3Store
from tests.history.conftest import DAY
from tests.shared import ROOT
from tests.store.conftest import REGION, bucket, credentials, moto_server

__all__ = ["bucket", "credentials", "moto_server"]

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
PAGE = (ROOT / "deploy/history.md").read_text()
QUERIES = re.findall(r"```sql\n(.+?)```", PAGE, re.DOTALL)


@pytest.fixture
def written(past, backend):
    past.at(20)
    backend.statuses(("E1", "OUTOFORDER", past.begin + 19 * DAY // 24))
    past.at(27)
    past.write()
    return past


def test_the_queries_of_the_documentation_have_answers(written):
    history, (price, out_of_order, bounds, delays) = written.open(), QUERIES
    for said, asked in (("2026-10-03 14:03:00+02:00", "2026-01-01 20:30:00+01:00"), ("2026-10-03", "2026-01-01")):
        price = price.replace(said, asked)
    ((*named, _, entries),) = history.ask(price).fetchall()
    assert [str(value) for value in named] == ["1", "T1", "EUR", "energy", "0.40000000", "kWh", "gross"]
    assert entries == [0, 1]
    out_of_order = out_of_order.replace("2026-10-01", "2026-01-01")
    assert [(row[0], row[2]) for row in history.ask(out_of_order).fetchall()] == [("DE*ABC*E1", 4)]
    assert [str(value) for value in history.ask(bounds).fetchone()] == [
        "DE*ABC*E1",
        "1",
        "2",
        "0.40000000",
        "0.50000000",
    ]
    assert history.ask(delays).fetchall() == [(written.open().index.last, 1, 1)]


def test_duckdb_reads_the_files_as_the_documentation_says(written, monkeypatch):
    monkeypatch.chdir(written.store._folder)
    connection = duckdb.connect()
    for view in re.findall(r"CREATE VIEW .+;", PAGE):
        connection.execute(view)
    for table in Table:
        of_view = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
        assert of_view == {*SCHEMAS[table].names, "day", "party"}
        (rows,) = connection.execute(f"SELECT count(*) FROM {table} WHERE day = DATE '2026-01-01'").fetchone()
        assert rows == sum(part.rows for part in written.open().index.parts if part.table is table)


def test_every_column_is_documented(engine):
    for table in Table:
        for name in SCHEMAS[table].names:
            assert re.search(rf"^\|.*`{name}`.*\|", PAGE, re.MULTILINE), name
            assert re.search(rf"\b{name} (varchar|timestamp|array|boolean|bigint)", PAGE), f"{name} for Trino"


@pytest.mark.parametrize(
    "query",
    [
        "COPY status TO '{folder}/stolen.csv'",
        "SELECT * FROM read_csv('{folder}/history/index.json')",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT nothing FROM status",
    ],
)
def test_a_query_that_would_do_more_than_read_is_refused(written, query):
    folder = written.store._folder
    with pytest.raises(HistoryError):
        written.open().ask(query.format(folder=folder)).fetchall()
    assert not (folder / "stolen.csv").exists()


def test_the_history_in_a_bucket(past, bucket, moto_server, credentials):
    past.store = S3Store(bucket, "charging", endpoint_url=moto_server.url, region=REGION)
    past.restart()
    past.at(27)
    past.write()
    history = History(*bucket_of(bucket, "charging", endpoint_url=moto_server.url, region=REGION))
    assert history.ask("SELECT count(*) FROM status WHERE day = DATE '2026-01-01' AND party = 'DE-ABC'").fetchone() == (
        3,
    )
    assert folder_of("s3://bucket/charging")[1] == "bucket/charging"
