"""Facts keep who did it: of those that stand there already nobody can tell before a rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
TABLES = ("facts", "self_identifications")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("actor", sa.String(), nullable=False, server_default="unknown"))
        op.alter_column(table, "actor", server_default=None)


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "actor")
