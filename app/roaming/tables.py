"""The tables of partners: how each registration stands, and who can be reached through a hub."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, String, Table, Text, text

from app.registry.tables import Bytes, metadata

partner = Table(
    "partner",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=True, unique=True),  # SHA-256 of the token that it shows us
    Column(
        "invited", Boolean, nullable=False, server_default=text("false")
    ),  # that token is just for registering (token A)
    Column("next_hash", String(64), nullable=True),  # of the one it gets in a handshake that we have begun
    Column("token", Bytes, nullable=True),  # Fernet token of the one we show it; None: it is not registered
    Column("encoding", String(8), nullable=True),  # how it wants that one: base64, raw
    Column("version", String(16), nullable=True),
    Column("versions_url", Text, nullable=True),
    Column("endpoints", Bytes, nullable=True),  # JSON: module → URL, of its receiver interfaces and `credentials`
    Column("roles", Bytes, nullable=True),  # JSON: its parties, `NL*ABC`
    Column("hub", String(6), nullable=True),  # its own party, where it is a hub
    Column("registered_at", BigInteger, nullable=True),
    Column("rotated_at", BigInteger, nullable=True),  # when the tokens were last exchanged
    Column("contacted_at", BigInteger, nullable=True),  # when it last asked something, to the minute
    Column("blocked", Boolean, nullable=False, server_default=text("false")),
)

hub_client = Table(
    "hub_client",
    metadata,
    Column("partner", String(64), primary_key=True),  # the hub, as the settings call it
    Column("party", String(6), primary_key=True),  # `NL*ABC`
    Column("role", String(16), nullable=False),
    Column("status", String(16), nullable=False),  # CONNECTED, OFFLINE, PLANNED, SUSPENDED
    Column("last_updated", String(30), nullable=False),  # as the hub says it
)
