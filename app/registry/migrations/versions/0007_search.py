"""What public locations are found by, and entries of the ledger by the time they were published"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # The running worker fills it (`registry.filling`).
    op.create_table(
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
