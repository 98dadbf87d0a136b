"""Plans of tariffs"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Until now no source knew plans, so none is lacking.
    with op.batch_alter_table("tariff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan", sa.String(length=100), nullable=True))
        batch_op.create_index(batch_op.f("ix_tariff_plan"), ["plan"], unique=False)
