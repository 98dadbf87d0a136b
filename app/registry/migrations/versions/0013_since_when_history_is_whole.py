"""Since when the history of statuses is whole"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    with op.batch_alter_table("feed_head", schema=None) as batch_op:
        batch_op.add_column(sa.Column("history_from", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
