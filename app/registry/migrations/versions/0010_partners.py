"""Partners that register by OCPI's credentials"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "partner",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("invited", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("next_hash", sa.String(length=64), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("encoding", sa.String(length=8), nullable=True),
        sa.Column("version", sa.String(length=16), nullable=True),
        sa.Column("versions_url", sa.Text(), nullable=True),
        sa.Column("endpoints", sa.LargeBinary(), nullable=True),
        sa.Column("roles", sa.LargeBinary(), nullable=True),
        sa.Column("hub", sa.String(length=6), nullable=True),
        sa.Column("registered_at", sa.BigInteger(), nullable=True),
        sa.Column("rotated_at", sa.BigInteger(), nullable=True),
        sa.Column("contacted_at", sa.BigInteger(), nullable=True),
        sa.Column("blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_partner")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_partner_token_hash")),
    )
