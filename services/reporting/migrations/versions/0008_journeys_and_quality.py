"""facts: found by person, by the other id of a person, and by stream; standing and unknown_events."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ALIAS = sa.text("(coalesce(data ->> 'merged', data ->> 'candidate'))")
ALIASES = sa.text("type IN ('ats.candidate.merged', 'crm.prospect.linked')")


def upgrade() -> None:
    op.create_index("facts_stream_version_idx", "facts", ["stream", "version"])
    op.create_index(
        "facts_person_id_occurred_idx",
        "facts",
        ["person_id", "occurred"],
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_index("facts_alias_idx", "facts", [ALIAS], postgresql_where=ALIASES)
    op.create_table(
        "standing",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("looked", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
    )
    op.create_table(
        "unknown_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("occurred", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        sa.UniqueConstraint("topic", "partition", "offset", name="unknown_events_topic_partition_offset_key"),
    )


def downgrade() -> None:
    op.drop_table("unknown_events")
    op.drop_table("standing")
    op.drop_index("facts_alias_idx", "facts")
    op.drop_index("facts_person_id_occurred_idx", "facts")
    op.drop_index("facts_stream_version_idx", "facts")
