"""Who can be reached through a hub (HubClientInfo)"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "hub_client",
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=6), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_updated", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("partner", "party", name=op.f("pk_hub_client")),
    )
