"""Locations without what statuses decide have a version of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("location", schema=None) as batch_op:
        for name in ("static_version", "static_at"):
            batch_op.add_column(sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE location SET static_version = version, static_at = last_updated")
    op.execute(
        "INSERT INTO block (kind, number, version) SELECT 'sites', number, version FROM block WHERE kind = 'locations'"
    )
