"""The registry's tables. Times are milliseconds in UTC, bodies are canonical JSON bytes, keys are case-folded ids."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class Bytes(LargeBinary):
    """Bytes as both drivers take and give them; SQLAlchemy's own type would wrap each value in a memoryview."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        return None

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        return None


# SQLite numbers a row by itself only where the key is exactly INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

feed_head = Table(
    "feed_head",
    metadata,
    Column("id", SmallInteger, primary_key=True),  # always 1: the row that commits lock
    Column("epoch", String(32), nullable=False),  # random id of this feed's life; a restored backup gets a new one
    Column("revision", BigInteger, nullable=False),  # counts every write transaction, also those that journal nothing
    Column("seq", BigInteger, nullable=False),  # last sequence of the journal
    Column("published_at", BigInteger, nullable=False),
    Column("oldest", BigInteger, nullable=False),  # first sequence the journal still holds
    Column("locations", BigInteger, nullable=False),  # next ordinal
    Column("tariffs", BigInteger, nullable=False),  # next ordinal
    Column("overlay", String(32), nullable=True),  # fingerprint of the overlay that all locations were merged with
    # before it `history` has just what later times need (registry/pruning.py), and takes nothing more
    Column("history_from", BigInteger, nullable=False, server_default=text("0")),
)

contribution = Table(
    "contribution",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),  # locations, tariffs
    Column("key", String(100), primary_key=True),
    Column("raw_hash", Bytes(16), nullable=False),
    Column("body", Bytes, nullable=True),  # None where the record was refused
    Column("problems", Bytes, nullable=True),  # JSON list of Problem
    Column("refused", Boolean, nullable=False, server_default=text("false")),  # the last record, so `body` is older
    Column("received_at", BigInteger, nullable=False),
    Column("missing_since", BigInteger, nullable=True),
)

location = Table(
    "location",
    metadata,
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(100), nullable=False, unique=True),
    Column("country_code", String(2), nullable=False),
    Column("party_id", String(3), nullable=False),
    Column("id", String(36), nullable=False),
    Column("country", String(3), nullable=False),  # alpha-3, of the site
    Column("time_zone", String(255), nullable=False),
    Column("source", String(64), nullable=False),
    Column("public", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),  # highest sequence of all that its fragments read
    Column("last_updated", BigInteger, nullable=False),
    # stamp of the last change by time alone
    Column("boundary_at", BigInteger, nullable=False, server_default=text("0")),
    # the same of the location without what statuses decide (kind `sites`); a price that moves by time alone counts too
    Column("static_version", BigInteger, nullable=False, server_default=text("0")),
    Column("static_at", BigInteger, nullable=False, server_default=text("0")),
    Column(
        "public_since", BigInteger, nullable=True
    ),  # stamp with which it last became public; None: it is not, or `filling` is to tell
    Index(None, "last_updated"),
    Index(None, "boundary_at"),
)

# Apart from `location`, so that a change of status, which comes a thousand times as often, never writes a body again.
location_body = Table(
    "location_body",
    metadata,
    Column("location", BigInteger, ForeignKey("location.ordinal"), primary_key=True, autoincrement=False),
    Column("body", Bytes, nullable=False),  # canonical JSON without what `evse.part` says
    Column("provenance", Bytes, nullable=True),  # JSON: path → overlay file:line
)

# Of public locations alone: what they are found by (`search`).
location_search = Table(
    "location_search",
    metadata,
    Column("location", BigInteger, ForeignKey("location.ordinal"), primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),  # folded words
    Column("title", Text, nullable=False),  # name and city, for people
    Column("x", Integer, nullable=True),  # on the map, in its units; None: coordinates are not known
    Column("y", Integer, nullable=True),
)

# What EVSEs offer, each once however many offer it (`offers`).
offer = Table(
    "offer",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # made of the body
    Column("body", Bytes, nullable=False),  # JSON
)

evse = Table(
    "evse",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("location", BigInteger, ForeignKey("location.ordinal"), nullable=False),
    Column("uid", String(36), nullable=False),
    Column("key", String(100), nullable=False),  # country*party/uid, case-folded
    Column("uid_key", String(36), nullable=False),  # uid, case-folded
    Column("evse_id", String(48), nullable=True),
    Column("evse_key", String(48), nullable=True),  # evse_id without separators, case-folded
    Column("removed", Boolean, nullable=False, server_default=text("false")),
    Column("missing_since", BigInteger, nullable=True),
    Column("missing_pulls", Integer, nullable=False, server_default=text("0")),
    Column("held", BigInteger, nullable=True),  # id in `held`: its loss waits for a person
    # what is published now
    Column("status", String(16), nullable=False),
    Column("reason", String(16), nullable=True),  # None: a source said so; stale, missing, removed, schedule
    Column("part", Bytes, nullable=False),  # JSON: the fields of the EVSE that its status decides
    Column("stamp", BigInteger, nullable=False),  # published_at of `part`
    # the newest observation (registry/status.py orders them)
    Column("said", String(16), nullable=True),
    Column("said_at", BigInteger, nullable=True),
    Column("said_by", String(64), nullable=True),
    Column("priority", SmallInteger, nullable=False, server_default=text("0")),
    Column("occurred_at", BigInteger, nullable=True),
    Column("earliest", BigInteger, nullable=True),
    Column("origin", String(16), nullable=True),
    Column("received_at", BigInteger, nullable=True),
    Column("detail", Bytes, nullable=True),  # JSON: status_detail
    Column("polled", Boolean, nullable=False, server_default=text("false")),  # `said_by` gave it in a poll of statuses
    Column("offer", BigInteger, nullable=True),  # number in `offer`; None: its location is not public
    UniqueConstraint("key"),
    Index(None, "uid_key"),
    Index(None, "evse_key"),
    Index(None, "location"),
    Index(None, "said_by"),
    Index(None, "missing_since"),
    Index(None, "held"),
    Index(None, "offer"),
)

history = Table(
    "history",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("evse", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # when the status holds from
    Column("status", String(16), nullable=False),
    Column("reason", String(16), nullable=True),
    Column("source", String(64), nullable=True),
    Column("priority", SmallInteger, nullable=False),
    Column("queued", Boolean, nullable=False),
    Column("occurred_at", BigInteger, nullable=True),
    Column("earliest", BigInteger, nullable=True),
    Column("origin", String(16), nullable=True),
    Column("backend_at", BigInteger, nullable=True),
    Column("received_at", BigInteger, nullable=False),
    Column(
        "published_at", BigInteger, nullable=True
    ),  # stamp of the commit that brought it; None: before revision 0006
    Column("detail", Bytes, nullable=True),
    Index(None, "evse", "at"),
)

price_history = Table(
    "price_history",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("evse", BigInteger, nullable=False),
    Column("connector", String(36), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("tariff_ids", Bytes, nullable=False),  # JSON list
    Index(None, "evse", "connector", "at"),
)

tariff = Table(
    "tariff",
    metadata,
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(100), nullable=False, unique=True),
    Column("country_code", String(2), nullable=False),
    Column("party_id", String(3), nullable=False),
    Column("id", String(36), nullable=False),
    Column("source", String(64), nullable=False),
    Column("public", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("last_updated", BigInteger, nullable=False),
    Column("deleted_at", BigInteger, nullable=True),
    Column("body", Bytes, nullable=False),
    Column("plan", String(100), nullable=True),  # key of the price plan it is of
    Index(None, "last_updated"),
    Index(None, "plan"),
)

location_tariff = Table(
    "location_tariff",
    metadata,
    Column("tariff", String(100), primary_key=True),  # key of a tariff that may not be known yet, or of a plan
    Column("location", BigInteger, primary_key=True),
    Index(None, "location"),
)

boundary = Table(
    "boundary",
    metadata,
    Column("kind", String(16), primary_key=True),  # tariffs, ended, schedule
    Column("key", String(100), primary_key=True),  # of the tariff, of the location
    Column("at", BigInteger, nullable=False),
    Index(None, "at"),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("what", String(16), nullable=False),  # location, status, tariff, boundary
    Column("key", String(100), nullable=False),
    Column("ordinal", BigInteger, nullable=False),  # of the location or tariff
    Column("evse_uid", String(36), nullable=True),
    Column("source", String(64), nullable=False),
    Column("was_public", Boolean, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("before", Bytes, nullable=True),
    Column("after", Bytes, nullable=True),
    Column("occurred_at", BigInteger, nullable=True),
    Column("earliest", BigInteger, nullable=True),
    Column("origin", String(16), nullable=True),
    Column("backend_at", BigInteger, nullable=True),
    Column("received_at", BigInteger, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Index(None, "published_at"),
)

block = Table(
    "block",
    metadata,
    Column("kind", String(16), primary_key=True),  # locations, sites, tariffs
    Column("number", BigInteger, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Index(None, "version"),
)

held = Table(
    "held",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("source", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # locations, tariffs
    Column("keys", Bytes, nullable=False),  # JSON list: what is gone whole
    Column("evses", Integer, nullable=False),  # how many
    Column("held_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # held, released, discarded
    Column("decided_at", BigInteger, nullable=True),
    Index(None, "source", "state"),
)

source_state = Table(
    "source_state",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("cursor", Text, nullable=True),
    Column("attempted_at", BigInteger, nullable=True),
    Column("succeeded_at", BigInteger, nullable=True),
    Column("completed_at", BigInteger, nullable=True),  # last complete batch
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row
    Column("error", Text, nullable=True),
    Column("records", BigInteger, nullable=False, server_default=text("0")),
    Column("problems", Bytes, nullable=True),  # JSON list: those of no single record, and unmatched ids
    Column("stale", Boolean, nullable=False, server_default=text("false")),  # its statuses are UNKNOWN by age
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("source", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload", Bytes, nullable=False),
    Column("received_at", BigInteger, nullable=False),
)

received = Table(
    "received",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("body", Bytes, nullable=False),  # in whatever form the source writes
)
"""What push sources were given, object by object, where they are told of parts of them."""

lease = Table(
    "lease",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(100), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # by the database's clock
)

# Each unbroken span in which an EVSE was neither AVAILABLE, CHARGING nor RESERVED: what `history` says, condensed
# (registry/downtime.py).
downtime = Table(
    "downtime",
    metadata,
    Column("evse", BigInteger, primary_key=True, autoincrement=False),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=True),  # None: it lasts
    Column("status", String(16), nullable=False),
    Column("reason", String(16), nullable=True),  # as in `history`
    Column("detail", Bytes, nullable=True),  # of the message it began with
    sqlite_with_rowid=False,
)

downtime_head = Table(
    "downtime_head",
    metadata,
    Column("id", SmallInteger, primary_key=True),  # always 1
    # row of `history` up to which everything is condensed
    Column("followed", BigInteger, nullable=False, server_default=text("0")),
)

# When a source had said nothing for longer than its time to live, whether or not chargefeed ran then to notice.
silence = Table(
    "silence",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
)

# What a person says of a span: why an outage does not count, or what was when nobody looked. Never deleted.
exclusion = Table(
    "exclusion",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("level", String(16), nullable=False),  # port, location, party, source
    Column("key", String(100), nullable=False),  # `evse.key`, `location.key`, us*abc, name of the source
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("says", String(32), nullable=False),  # a cause of compliance/uptime/figures.py, or `up`, `outage`
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("evidence", Text, nullable=True),
    Column("entered_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=True),
    Column("revoked_by", Text, nullable=True),
    Column("revoked_why", Text, nullable=True),
    Index(None, "level", "key"),
)
