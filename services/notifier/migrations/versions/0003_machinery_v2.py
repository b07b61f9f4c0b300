"""The machinery's tables, version 2."""

from shared.kit.migrate import create_v2, drop_v2

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_v2()


def downgrade() -> None:
    drop_v2()
