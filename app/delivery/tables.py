"""The tables of deliveries: how each destination is doing, what is due there, what it holds, and the last attempts.

They are written under the destination's lease; `states` and `queue` have the statements.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, String, Table, Text, text

from app.registry.tables import Bytes, RowId, metadata

delivery = Table(
    "delivery",
    metadata,
    Column("destination", String(64), primary_key=True),
    Column("target", Text, nullable=False),  # `Destination.target` and `rules` that all was sent by
    Column("rules", Text, nullable=False),
    Column("epoch", String(32), nullable=False),  # of the feed that `cursor` counts in
    Column("cursor", BigInteger, nullable=False),  # what came up to here has been delivered or is due
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row
    Column("failing_since", BigInteger, nullable=True),
    Column("refused", Boolean, nullable=False, server_default=text("false")),  # by its last answer a person has to look
    Column("next_attempt", BigInteger, nullable=False, server_default=text("0")),
    Column("succeeded_at", BigInteger, nullable=True),
    Column("error", Text, nullable=True),
    Column("snapshot_at", BigInteger, nullable=True),  # or load; None: one is due
    Column("deltas", Integer, nullable=False, server_default=text("0")),  # since then
)

dirty = Table(
    "delivery_dirty",
    metadata,
    Column("destination", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),  # locations, tariffs
    Column("key", String(100), primary_key=True),
    Column("evse", String(36), primary_key=True),  # uid whose status changed; empty: anything else
    Column("phase", SmallInteger, nullable=False),  # the order of sending, `queue.LOCATION` …
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("published_at", BigInteger, nullable=True),  # of the first change; None: no change, it is sent anew
    Column("occurred_at", BigInteger, nullable=True),
    Column("whole", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt", BigInteger, nullable=False, server_default=text("0")),  # the same in all rows of an object
    Column("error", Text, nullable=True),
    Index(None, "destination", "phase", "first_seq"),
)

held = Table(
    "delivery_object",
    metadata,
    Column("destination", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("memory", Bytes, nullable=True),  # `Receipt.memory`; None: the destination holds nothing of it
    Column("problems", Bytes, nullable=True),  # JSON list of Problem
    Column("refused", Boolean, nullable=False, server_default=text("false")),
    Column("checked_at", BigInteger, nullable=False),  # when it was last sent or compared
    Index(None, "destination", "checked_at"),
)

attempt = Table(
    "delivery_attempt",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("destination", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", String(100), nullable=False),
    Column("evse", String(36), nullable=False),
    Column("seq", BigInteger, nullable=False),  # of the first change
    Column("occurred_at", BigInteger, nullable=True),
    Column("published_at", BigInteger, nullable=True),
    Column("at", BigInteger, nullable=False),
    Column("outcome", String(16), nullable=False),  # delivered, refused, failed
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=True),
    Index(None, "destination", "id"),
)
