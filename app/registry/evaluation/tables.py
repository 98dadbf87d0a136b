"""The tables of evaluations. Times are milliseconds in UTC, countries those of the sites (ISO 3166-1 alpha-2)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text, text

from app.registry.tables import Bytes, RowId, metadata

evaluation = Table(
    "evaluation",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # 1: of the data, 2: of uptime
    Column("at", BigInteger, nullable=False),  # when the last whole round began
    # of the data: published_at of the last change whose delay was counted; of uptime: what was said of outages (exclusions.told)
    Column("counted_until", BigInteger, nullable=False),
)

evaluated = Table(
    "evaluated",
    metadata,
    Column(
        "location", BigInteger, primary_key=True, autoincrement=False
    ),  # its ordinal; below 0: a network (record.network)
    Column("version", BigInteger, nullable=False),  # of the location then
    Column("rules", String(32), nullable=False),  # fingerprint of the rules it was held to
    Column("at", BigInteger, nullable=False),
    Column("party", String(6), nullable=False),  # DE*ABC
    Column("country", String(2), nullable=False),
    Column("counts", Bytes, nullable=False),  # JSON: rule → [present, missing, implausible, undecided]
)

rule_day = Table(
    "rule_day",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),  # when it begins
    Column("party", String(6), primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("present", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("implausible", Integer, nullable=False),
    Column("undecided", Integer, nullable=False),
)

quality_day = Table(
    "quality_day",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("party", String(6), primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("dimension", String(16), primary_key=True),
    Column("good", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),  # of so many; the figure is good ÷ due
)

finding = Table(
    "finding",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("rule", String(64), nullable=False),
    Column("location", BigInteger, nullable=False),  # its ordinal, or a network
    Column("key", String(48), nullable=False),  # DE*ABC/L1; of a network DE*ABC
    Column("party", String(6), nullable=False),
    Column("country", String(2), nullable=False),
    Column("grade", String(16), nullable=False),
    Column("objects", Integer, nullable=False),  # stations, EVSEs … of the location that it is about
    Column("weight", Integer, nullable=False),  # the worst have most: objects, or how far below the threshold
    Column("places", Text, nullable=False),  # the first of them; empty: the location itself
    Column("what", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("fixed_at", BigInteger, nullable=True),  # None: it is open
    Index(None, "location", "fixed_at"),
    Index(None, "rule", "fixed_at", "weight"),
    Index(None, "rule", "party", "fixed_at", "weight"),
    Index(None, "rule", "country", "fixed_at", "weight"),
    Index(None, "fixed_at", "first_seen"),
)

alert_channel = Table(
    "alert_channel",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("told_until", BigInteger, nullable=False),  # the round whose findings it knows
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row
    Column("next_attempt", BigInteger, nullable=False, server_default=text("0")),
    Column("error", Text, nullable=True),
)
