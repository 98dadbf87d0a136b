"""The private tables. What a row says is encrypted; in the clear is only what retention and the order of reading need."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table

from app.registry.tables import Bytes

metadata = MetaData()

session = Table(
    "private_session",
    metadata,
    Column("id", Bytes(16), primary_key=True),  # hash of what names the session: the same twice is one row
    Column("started_at", BigInteger, nullable=False),
    Column("body", Bytes, nullable=False),  # Fernet token of a JSON SessionRecord
    Index("ix_private_session_started_at", "started_at"),
)

told = Table(
    "private_told",
    metadata,
    Column("destination", String(64), primary_key=True),
    Column("id", Bytes(16), primary_key=True),  # of the session
    Column("started_at", BigInteger, nullable=False),  # for the retention
)
"""Sessions that a destination was told, or that it will never be."""

cursor = Table(
    "private_cursor",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("list", String(32), primary_key=True),  # sessions, cdrs
    Column("value", String(255), nullable=False),
)
"""How far each list of sessions was read."""
