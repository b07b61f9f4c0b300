"""kept, its words and marks; facts are found by job, and by the person who is left of two."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ALIASES = sa.text("type IN ('ats.candidate.merged', 'crm.prospect.linked')")
TRANSFERRED = sa.text("type = 'ats.application.transferred'")
TO_JOB = sa.text("(data ->> 'to_job')")
OF_BOTH = sa.text("job_id IS NOT NULL AND person_id IS NOT NULL")
# Of whom facts stand there already, what is kept is still to be folded.
MARK = """
INSERT INTO marks (kind, id) SELECT DISTINCT 'person', person_id FROM facts WHERE type = 'ats.application.submitted'
"""


def upgrade() -> None:
    op.create_index("facts_job_id_idx", "facts", ["job_id"], postgresql_where=OF_BOTH)
    op.create_index("facts_to_job_idx", "facts", [TO_JOB], postgresql_where=TRANSFERRED)
    op.create_index("facts_survivor_idx", "facts", ["person_id"], postgresql_where=ALIASES)
    op.create_table(
        "kept",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("lives", sa.LargeBinary(), nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.Column("change", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_index("kept_change_idx", "kept", ["change"], unique=True)
    op.create_table(
        "kept_words",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "marks",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.execute(MARK)


def downgrade() -> None:
    op.drop_table("marks")
    op.drop_table("kept_words")
    op.drop_table("kept")
    op.drop_index("facts_survivor_idx", "facts")
    op.drop_index("facts_to_job_idx", "facts")
    op.drop_index("facts_job_id_idx", "facts")
