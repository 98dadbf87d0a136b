"""The tables of the ledger: entries by their place, how far the journal was followed, and what waits for a place.

They are written under the lease of the one who seals, but for `waiting`; `rows` has the statements.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from app.registry.tables import Bytes, RowId, metadata

entry = Table(
    "ledger_entry",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),  # from 0, gapless
    Column("kind", String(16), nullable=False),
    Column("subject", String(160), nullable=False),  # `entries.subject_of`
    Column("evse_key", String(48), nullable=True),  # evse_id without separators, case-folded
    Column("published_at", BigInteger, nullable=False),
    Column("digest", Bytes, nullable=False),  # SHA-256 of what it states, without times
    Column("body", Bytes, nullable=False),
    Index(None, "subject", "place"),
    Index(None, "subject", "published_at", "place"),
    Index(None, "evse_key", "place"),
)

state = Table(
    "ledger_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("epoch", String(32), nullable=False),  # of the feed that `cursor` counts in
    Column("cursor", BigInteger, nullable=False),  # the journal up to here is logged
)

waiting = Table(
    "ledger_waiting",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),  # manifest, tariff
    Column("key", String(100), nullable=False),  # SHA-256 of the manifest; key of a tariff that became public
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=True),
    Column("occurred_at", BigInteger, nullable=True),
    Column("earliest", BigInteger, nullable=True),
)
