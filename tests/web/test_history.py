"""The archive's files are served as they stand in the store, whole and in part, and nothing else of the store is."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.store.base import Label

DAY = "status/day=2026-10-03/party=DE-DEM/part-0.parquet"


@pytest.fixture(scope="module")
def parquet(network) -> bytes:
    """A file of a day, in the store."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"evse": ["de*dem/1"] * 1000, "status": ["AVAILABLE", "CHARGING"] * 500}), sink)
    body = sink.getvalue().to_pybytes()
    network.settings.store.open().put(f"history/{DAY}", body, Label("application/vnd.apache.parquet"))
    return body


def test_a_file_is_served_whole(parquet, reader):
    found = reader.get(f"/history/{DAY}")
    assert found.content == parquet
    assert found.headers["Content-Type"] == "application/vnd.apache.parquet"
    assert found.headers["Accept-Ranges"] == "bytes"
    again = reader.get(f"/history/{DAY}", **{"If-None-Match": found.headers["ETag"]})
    assert again.status_code == 304
    assert not again.content


def test_a_reader_gets_the_part_that_it_asks_for(parquet, reader):
    footer = reader.get(f"/history/{DAY}", Range="bytes=-8")
    assert footer.status_code == 206
    assert footer.content == parquet[-8:]
    assert footer.content.endswith(b"PAR1")
    assert footer.headers["Content-Range"] == f"bytes {len(parquet) - 8}-{len(parquet) - 1}/{len(parquet)}"


def test_a_part_that_is_not_there_is_refused(parquet, reader):
    beyond = reader.get(f"/history/{DAY}", Range=f"bytes={len(parquet) + 1}-")
    assert beyond.status_code == 416
    assert beyond.json()["status_code"] == 2000


@pytest.mark.parametrize(
    "name", ["../ledger/checkpoint", "status", f"{DAY}.part", DAY.replace("DE-DEM", "de-dem"), DAY.replace("03", "04")]
)
def test_what_is_no_file_of_the_history_is_not_found(parquet, reader, name):
    assert reader.get(f"/history/{name.replace('/', '%2F') if '..' in name else name}").status_code == 404
