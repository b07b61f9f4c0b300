"""Seats and approvals are kept beside persons, and feedback with them, until a day that is told: all is folded anew."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

OPENING, ACCEPTED = sa.text("(data ->> 'opening_id')"), sa.text("type = 'ats.offer.accepted'")
PANEL = sa.text("(data -> 'panel')")
ARRANGED = sa.text("type IN ('ats.interview.scheduled', 'ats.interview.rescheduled')")
DUE = sa.text("until IS NOT NULL")
EMPTY = "TRUNCATE kept, kept_words, marks"
PERSONS = "INSERT INTO marks (kind, id) SELECT DISTINCT 'person', person_id FROM facts WHERE person_id IS NOT NULL"
OPENINGS = """
INSERT INTO marks (kind, id)
SELECT DISTINCT 'opening', (data ->> 'opening_id')::uuid FROM facts WHERE type = 'ats.opening.opened'
"""
APPROVALS = """
INSERT INTO marks (kind, id)
SELECT DISTINCT 'approval', (data ->> 'approval_id')::uuid FROM facts WHERE type = 'ats.approval.requested'
"""


def upgrade() -> None:
    op.create_index("facts_opening_idx", "facts", [OPENING], postgresql_where=ACCEPTED)
    op.create_index("facts_panel_idx", "facts", [PANEL], postgresql_where=ARRANGED, postgresql_using="gin")
    op.execute(EMPTY)
    op.alter_column("kept", "person", new_column_name="subject", existing_type=sa.Uuid())
    op.add_column("kept", sa.Column("kind", sa.String(), nullable=False))
    op.drop_constraint("kept_pkey", "kept")
    op.create_primary_key("kept_pkey", "kept", ["kind", "subject"])
    op.add_column("kept", sa.Column("until", sa.DateTime(timezone=True)))
    op.create_index("kept_until_idx", "kept", ["until"], postgresql_where=DUE)
    for statement in (PERSONS, OPENINGS, APPROVALS):
        op.execute(statement)


def downgrade() -> None:
    op.execute(EMPTY)
    op.drop_index("kept_until_idx", "kept")
    op.drop_column("kept", "until")
    op.drop_constraint("kept_pkey", "kept")
    op.create_primary_key("kept_pkey", "kept", ["subject"])
    op.drop_column("kept", "kind")
    op.alter_column("kept", "subject", new_column_name="person", existing_type=sa.Uuid())
    op.drop_index("facts_panel_idx", "facts")
    op.drop_index("facts_opening_idx", "facts")
    op.execute(PERSONS)
