"""One Parquet file, written row group by row group into a temporary file: a day of a million EVSEs never is in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from app.history.schema import SCHEMA_VERSION, SCHEMAS, Table

ROWS = 50_000
"""In a row group."""


@dataclass(frozen=True, slots=True)
class Spool:
    file: BinaryIO
    rows: int
    size: int
    sha256: str


@contextmanager
def spooled(table: Table, rows: Iterable[tuple[Any, ...]]) -> Iterator[Spool]:
    """The same rows give the same bytes."""
    schema = SCHEMAS[table].with_metadata({"chargefeed.schema_version": str(SCHEMA_VERSION)})
    remaining, number = iter(rows), 0
    with TemporaryFile() as file:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            while group := list(islice(remaining, ROWS)):
                columns = zip(*group, strict=True)
                arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
                number += len(group)
        size = file.tell()
        file.seek(0)
        yield Spool(file, number, size, file_digest(file, "sha256").hexdigest())
