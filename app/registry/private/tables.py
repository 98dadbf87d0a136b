"""The private tables. What a row says is encrypted; in the clear is only what retention and the order of reading need."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table

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

token = Table(
    "private_token",
    metadata,
    Column("mark", Bytes(32), primary_key=True),  # of its type and uid (`keys`)
    Column("party", String(6), primary_key=True),  # whose it is, `NL*ABC`
    Column("partner", String(64), nullable=False),  # who brought it
    Column("created_at", BigInteger, nullable=False),
    Column("last_updated", BigInteger, nullable=False),  # as the partner says
    Column("body", Bytes, nullable=False),  # sealed OCPI Token
)
"""Tokens of partners whose drivers charge here."""

claim = Table(
    "private_claim",
    metadata,
    Column("mark", Bytes(32), primary_key=True),  # of a token's type and uid, or of an authorisation's reference
    Column("partner", String(64), nullable=False),
    Column("party", String(6), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Bytes, nullable=False),  # sealed: what was said with it
)
"""Who answered for a driver last, and by which reference: that is whom the session is told."""

relayed = Table(
    "private_relayed",
    metadata,
    Column("id", Bytes(16), primary_key=True),  # hash of module, owner and id: the same twice is one row
    Column("module", String(8), nullable=False),  # sessions, cdrs
    Column("partner", String(64), nullable=False),
    Column("party", String(6), nullable=False),  # the partner's, whose token it was
    Column("created_at", BigInteger, nullable=False),
    Column("last_updated", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=True),  # when it is sent (again); None: it arrived, is refused or is pulled
    Column("failures", Integer, nullable=False),
    Column("body", Bytes, nullable=False),  # sealed Session or CDR
    Column("outcome", Bytes, nullable=True),  # sealed: what became of it
    Index("ix_private_relayed_list", "partner", "module", "created_at"),
    Index("ix_private_relayed_due", "due_at"),
)
"""Sessions and CDRs for partners."""

command = Table(
    "private_command",
    metadata,
    Column("id", Bytes(32), primary_key=True),  # mark of who asks for what, to be answered where
    Column("partner", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=True),  # when the result, or that there is none, is told; None: it is
    Column("failures", Integer, nullable=False),
    Column("body", Bytes, nullable=False),  # sealed: where to answer, and what
)
"""Commands of partners, until their results are told."""
