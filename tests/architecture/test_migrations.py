"""Every service's migrations go up, down and up again, and lead to exactly what its read models declare."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic import command

from deploy.local.platform import Platform
from shared.kit import migrate
from tests.conftest import SERVICES

ROOT = Path(__file__).resolve().parents[2]
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"


@contextmanager
def thread() -> Iterator[ThreadPoolExecutor]:
    """Alembic runs a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


async def empty_database(platform: Platform, service: str) -> str:
    name = f"migrated_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(platform.admin_database_url())
    await admin.execute(f'CREATE DATABASE "{name}" OWNER "{service}"')
    await admin.close()
    return platform.database_url(name, service)


async def tables(url: str) -> int:
    connection = await asyncpg.connect(url)
    found: int = await connection.fetchval(TABLES)
    await connection.close()
    return found


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_lead_up_and_down_and_match_the_read_models(platform: Platform, service: str) -> None:
    config = migrate.config(ROOT / "services" / service / "migrations", await empty_database(platform, service))
    url: str = config.attributes["url"]
    with thread() as pool:
        pool.submit(command.upgrade, config, "head").result()
        whole = await tables(url)
        # Raises when the declared read models and the migrated tables differ.
        pool.submit(command.check, config).result()
        pool.submit(command.downgrade, config, "base").result()
        assert await tables(url) == 0
        pool.submit(command.upgrade, config, "head").result()
    assert await tables(url) == whole > 0


async def test_the_keyrings_migrations_lead_up_and_down(platform: Platform) -> None:
    scripts = ROOT / "shared/kit/keyring/migrations"
    config = migrate.config(scripts, await empty_database(platform, "keyring"))
    with thread() as pool:
        for lead, to, left in (
            (command.upgrade, "head", 1),
            (command.downgrade, "base", 0),
            (command.upgrade, "head", 1),
        ):
            pool.submit(lead, config, to).result()
            assert await tables(config.attributes["url"]) == left


async def test_the_keyring_lets_its_users_destroy_but_never_delete(platform: Platform) -> None:
    user = await asyncpg.connect(platform.database_url("keyring", "crm"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await user.execute("DELETE FROM keys")
    await user.close()
