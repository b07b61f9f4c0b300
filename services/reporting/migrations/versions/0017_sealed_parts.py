"""Of the facts that snapshots were computed from is kept once what they have in common.

Digests are made by another rule now: what was kept of snapshots before tells nothing any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.drop_table("sealed_facts")
    op.create_table(
        "sealed_facts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sealed_parts",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("sealed_parts")
    op.drop_table("sealed_facts")
    op.create_table(
        "sealed_facts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
