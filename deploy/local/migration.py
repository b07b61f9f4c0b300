"""Writes a service's next migration: what its read models have and a freshly migrated database lacks."""

import sys
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from deploy.local.platform import Platform
from deploy.local.temporary import temporary_state
from shared.kit import migrate


def main(service: str, name: str) -> None:
    scripts = Path("services", service, "migrations")
    if not name or not scripts.is_dir():
        sys.exit('usage: make migration SERVICE=ats|crm|notifier|reporting NAME="what changes"')
    with temporary_state() as directory, Platform(directory, fsync=False, kafka_heap="256m") as platform:
        url = platform.database_url(service)
        migrate.upgrade(scripts, url)
        config = migrate.config(scripts, url)
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        command.revision(config, name, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
