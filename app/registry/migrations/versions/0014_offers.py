"""What EVSEs offer, so that they are found by connector, power, payment and price; since when locations are public"""

from collections.abc import Iterator
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

from app.registry.offer_rows import filled

revision = "0014"
down_revision = "0013"

AT_ONCE = 1000


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_offer")),
    )
    op.add_column("evse", sa.Column("offer", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_evse_offer"), "evse", ["offer"])
    op.add_column("location", sa.Column("public_since", sa.BigInteger(), nullable=True))
    note_publicity(op.get_bind())
    filled(op.get_bind(), public_bodies(op.get_bind()))


def public_bodies(connection: sa.Connection) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Ordinal, key and body, a part at a time."""
    location = sa.table("location", *map(sa.column, ("ordinal", "key")), sa.column("public", sa.Boolean()))
    body = sa.table("location_body", sa.column("location"), sa.column("body"))
    query = sa.select(location.c.ordinal, location.c.key, body.c.body).join(body, body.c.location == location.c.ordinal)
    query = query.where(location.c.public).order_by(location.c.ordinal).limit(AT_ONCE)
    last = -1
    while rows := connection.execute(query.where(location.c.ordinal > last)).all():
        for row in rows:
            yield row.ordinal, row.key, orjson.loads(row.body)
        last = rows[-1].ordinal


def note_publicity(connection: sa.Connection) -> None:
    """By the journal; of what became public before it begins: its begin."""
    names = ("ordinal", "what", "was_public", "public", "published_at")
    journal = sa.table("journal", *map(sa.column, names))
    location = sa.table("location", *map(sa.column, ("ordinal", "public", "public_since")))
    begin = connection.execute(sa.select(sa.func.coalesce(sa.func.min(journal.c.published_at), 0))).scalar_one()
    connection.execute(sa.update(location).where(location.c.public.is_(sa.true())).values(public_since=begin))
    became = sa.select(journal.c.ordinal, sa.func.max(journal.c.published_at).label("at"))
    became = became.where(
        journal.c.what == "location", journal.c.public.is_(sa.true()), journal.c.was_public.is_(sa.false())
    )
    rows = [{"_ordinal": ordinal, "_at": at} for ordinal, at in connection.execute(became.group_by(journal.c.ordinal))]
    if rows:
        mine = sa.and_(location.c.ordinal == sa.bindparam("_ordinal"), location.c.public.is_(sa.true()))
        connection.execute(sa.update(location).where(mine).values(public_since=sa.bindparam("_at")), rows)
