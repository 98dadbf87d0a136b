"""Questions in SQL to the history in a store: DuckDB over the files that the index names. It reads, and can do nothing else.

Files are read by Arrow, from a folder or a bucket, so that DuckDB needs no extension, and is denied files and network.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import dataset, fs

from app.errors import ChargefeedError, StoreError
from app.history.index import Index, read_index
from app.history.schema import INDEX, PARTITIONS, SCHEMAS, Table

_WORDS = frozenset({"status", "reason"})
"""Columns of few values, which Arrow hands over as the dictionaries that stand in the files."""


class HistoryError(ChargefeedError):
    """A question could not be answered."""


def folder_of(where: str) -> tuple[fs.FileSystem, str]:
    """A folder, or `s3://bucket/prefix`, whose credentials come from the environment."""
    if not where.startswith("s3://"):
        return fs.LocalFileSystem(), str(Path(where).expanduser().absolute())
    return bucket_of(*where.removeprefix("s3://").partition("/")[::2])


def bucket_of(
    bucket: str, prefix: str, *, endpoint_url: str | None = None, region: str | None = None
) -> tuple[fs.FileSystem, str]:
    options = {"endpoint_override": endpoint_url, "region": region}
    filesystem = fs.S3FileSystem(**{name: value for name, value in options.items() if value is not None})
    return filesystem, f"{bucket}/{prefix}".rstrip("/")


class History:
    """Views `status` and `prices`: all columns of the files, with `day` and `party`."""

    def __init__(self, filesystem: fs.FileSystem, folder: str) -> None:
        """Raises StoreError where there is no history."""
        self.index = _index(filesystem, folder)
        self._connection = duckdb.connect(
            config={"enable_external_access": "false", "python_enable_replacements": "false"}
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")  # it would stand among the answers
        for table in Table:
            self._connection.register(table, _files(filesystem, folder, self.index, table))
        self._connection.execute("SET lock_configuration = true")

    def lend(self, name: str, table: pa.Table) -> None:
        """For questions to name beside the history."""
        self._connection.register(name, table)

    def ask(self, query: str) -> duckdb.DuckDBPyConnection:
        """The answer, to be fetched. Raises HistoryError for a query that DuckDB refuses."""
        try:
            return self._connection.execute(query)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            remedy = "`chargefeed audit sql` alone shows tables and columns"
            raise HistoryError(str(error), remedy=remedy) from error


def _index(filesystem: fs.FileSystem, folder: str) -> Index:
    try:
        with filesystem.open_input_stream(f"{folder}/{INDEX}") as file:
            return read_index(file.read())
    except FileNotFoundError as error:
        remedy = "The worker writes the first day some hours after it is over"
        raise StoreError("there is no history", where=f"{folder}/{INDEX}", remedy=remedy) from error
    except OSError as error:
        raise StoreError(str(error), where=f"{folder}/{INDEX}", remedy="Check address and credentials") from error


def _files(filesystem: fs.FileSystem, folder: str, index: Index, table: Table) -> dataset.Dataset:
    words = _WORDS.intersection(SCHEMAS[table].names)
    columns = [
        one.with_type(pa.dictionary(pa.int32(), one.type)) if one.name in words else one for one in SCHEMAS[table]
    ]
    return dataset.FileSystemDataset.from_paths(
        [f"{folder}/{part.path}" for part in index.parts if part.table is table],
        schema=pa.schema([*PARTITIONS, *columns]),
        format=dataset.ParquetFileFormat(dictionary_columns=words),
        filesystem=filesystem,
        partitions=[
            (dataset.field("day") == pa.scalar(part.day, pa.date32())) & (dataset.field("party") == part.party)
            for part in index.parts
            if part.table is table
        ],
    )
