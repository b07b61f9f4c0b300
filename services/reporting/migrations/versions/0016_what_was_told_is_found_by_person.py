"""Self-identifications are found by the person."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index("self_identifications_person_id_idx", "self_identifications", ["person_id"])


def downgrade() -> None:
    op.drop_index("self_identifications_person_id_idx", table_name="self_identifications")
