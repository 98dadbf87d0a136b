"""What EVSEs offer, so that they are found by connector, power, payment and price; since when locations are public"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # The running worker fills them (`registry.filling`).
    op.create_table(
        "offer",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_offer")),
    )
    # In the order in which they are read together, so that nobody holds one and waits for the other.
    op.add_column("location", sa.Column("public_since", sa.BigInteger(), nullable=True))
    op.add_column("evse", sa.Column("offer", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_evse_offer"), "evse", ["offer"])
