"""What public locations are found by, and entries of the ledger by the time they were published"""

import orjson
import sqlalchemy as sa
from alembic import op

from app.registry.search import search_row

revision = "0007"
down_revision = "0006"

AT_ONCE = 1000


def upgrade() -> None:
    found = op.create_table(
        "location_search",
        sa.Column("location", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=True),
        sa.Column("y", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["location"], ["location.ordinal"], name=op.f("fk_location_search_location")),
        sa.PrimaryKeyConstraint("location", name=op.f("pk_location_search")),
    )
    columns = ["subject", "published_at", "place"]
    op.create_index(op.f("ix_ledger_entry_subject_published_at_place"), "ledger_entry", columns)
    fill(op.get_bind(), found)


def fill(connection: sa.Connection, found: sa.Table) -> None:
    """With the public locations that are there, a part at a time."""
    location = sa.table("location", sa.column("ordinal"), sa.column("public", sa.Boolean()))
    body = sa.table("location_body", sa.column("location"), sa.column("body"))
    query = sa.select(location.c.ordinal, body.c.body).join(body, body.c.location == location.c.ordinal)
    query = query.where(location.c.public).order_by(location.c.ordinal).limit(AT_ONCE)
    last = -1
    while rows := connection.execute(query.where(location.c.ordinal > last)).all():
        connection.execute(sa.insert(found), [search_row(row.ordinal, orjson.loads(row.body)) for row in rows])
        last = rows[-1].ordinal
