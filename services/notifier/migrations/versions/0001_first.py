"""The machinery's tables."""

from shared.kit.migrate import create_v1, drop_v1

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_v1()


def downgrade() -> None:
    drop_v1()
