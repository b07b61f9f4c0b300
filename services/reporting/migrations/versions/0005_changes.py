"""The facts in the order of their last change, for who reads on from where they stood."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("facts", sa.Column("change", sa.BigInteger(), sa.Identity(always=True), nullable=False))
    op.create_index("facts_change_idx", "facts", ["change"], unique=True)


def downgrade() -> None:
    op.drop_column("facts", "change")
