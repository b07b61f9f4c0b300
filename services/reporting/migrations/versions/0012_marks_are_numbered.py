"""A mark has another number whenever it is set again: who sees to it holds no lock meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("marks", sa.Column("change", sa.BigInteger(), sa.Identity(always=True), nullable=False))


def downgrade() -> None:
    op.drop_column("marks", "change")
