"""The two tables: a row is an interval of one day (UTC). Stable: columns are only ever added, with a new SCHEMA_VERSION.

Whose row it is, and of which day, stands in the path: `history/status/day=2026-10-03/party=DE-ABC/part-0.parquet`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import StrEnum

import pyarrow as pa

from app.clock import Millis, from_millis, to_millis

SCHEMA_VERSION = 1
DAY: Millis = 86_400_000
FOLDER = "history/"
INDEX = f"{FOLDER}index.json"


class Table(StrEnum):
    STATUS = "status"
    PRICES = "prices"


TIME = pa.timestamp("ms", tz="UTC")
MONEY = pa.decimal128(18, 8)


def _needed(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


_OF = [
    _needed("evse", pa.string()),  # its key, for ever: country*party/uid, in lower case
    pa.field("evse_id", pa.string()),  # as printed on the charger
    _needed("location_id", pa.string()),
]
_WHEN = [
    _needed("valid_from", TIME),
    _needed("valid_until", TIME),  # not included
    pa.field("published_at", TIME),
]
COMPONENT = pa.struct(
    [
        _needed("component", pa.string()),
        _needed("amount", MONEY),
        _needed("per", pa.string()),
        _needed("taxes", pa.string()),
        pa.field("vat_percent", MONEY),
        pa.field("while_charging", pa.bool_()),
        pa.field("now", pa.bool_()),
        pa.field("block", pa.int32()),
        pa.field("when", pa.string()),
    ]
)
SCHEMAS = {
    Table.STATUS: pa.schema(
        [
            *_OF,
            _needed("status", pa.string()),
            pa.field("reason", pa.string()),
            pa.field("detail", pa.string()),
            *_WHEN,
            _needed("since", TIME),
            pa.field("occurred_at", TIME),
            pa.field("earliest", TIME),
            _needed("received_at", TIME),
            pa.field("origin", pa.string()),
            _needed("late", pa.bool_()),
        ]
    ),
    Table.PRICES: pa.schema(
        [
            *_OF,
            _needed("connector_id", pa.string()),
            _needed("tariff_id", pa.string()),
            _needed("is_default", pa.bool_()),
            pa.field("payment_means", pa.list_(pa.string())),
            _needed("currency", pa.string()),
            _needed("components", pa.list_(pa.field("element", COMPONENT, nullable=False))),
            *_WHEN,
            _needed("seq", pa.int64()),
            _needed("ledger_entries", pa.list_(pa.field("element", pa.int64(), nullable=False))),
        ]
    ),
}
PARTITIONS = pa.schema([_needed("day", pa.date32()), _needed("party", pa.string())])


def path_of(table: Table, day: date, party: str) -> str:
    """`party` is DE-ABC."""
    return f"{FOLDER}{table}/day={day}/party={party}/part-0.parquet"


def begin_of(day: date) -> Millis:
    return to_millis(datetime.combine(day, time(), UTC))


def day_of(at: Millis) -> date:
    return from_millis(at).date()
