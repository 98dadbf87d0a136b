"""Locations without what statuses decide have a version of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Not as a batch: that would make the table anew, and others refer to it.
    for name in ("static_version", "static_at"):
        op.add_column("location", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE location SET static_version = version, static_at = last_updated")
    op.execute(
        "INSERT INTO block (kind, number, version) SELECT 'sites', number, version FROM block WHERE kind = 'locations'"
    )
