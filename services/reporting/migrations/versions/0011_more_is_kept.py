"""More metrics are kept by person, and how far back it holds by what each of them reads: all is folded anew."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ANEW = (
    "TRUNCATE kept, kept_words, marks",
    "INSERT INTO marks (kind, id) SELECT DISTINCT 'person', person_id FROM facts WHERE person_id IS NOT NULL",
)


def upgrade() -> None:
    op.alter_column("kept", "lives", new_column_name="life", existing_type=sa.LargeBinary())
    for statement in ANEW:
        op.execute(statement)


def downgrade() -> None:
    op.alter_column("kept", "life", new_column_name="lives", existing_type=sa.LargeBinary())
    for statement in ANEW:
        op.execute(statement)
