"""Brings a database to its newest schema with Alembic; each service keeps its own versions."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.kit.tables import MACHINERY, V1_TABLES, V2_TABLES

V1 = Path(__file__).with_name("migrations_v1.sql")
V2 = Path(__file__).with_name("migrations_v2.sql")


def create_v1() -> None:
    """For a service's first migration: the machinery's tables."""
    run_script(V1.read_text())


def drop_v1() -> None:
    _drop(V1_TABLES)


def create_v2() -> None:
    run_script(V2.read_text())


def drop_v2() -> None:
    _drop(V2_TABLES)
    op.execute(text("ALTER TABLE timers ADD COLUMN payload json NOT NULL DEFAULT '{}'"))


def _drop(tables: Sequence[str]) -> None:
    for table in reversed(tables):
        op.execute(text(f"DROP TABLE {table}"))


def run_script(script: str) -> None:
    """Runs the statements of a plain script (no semicolon inside a statement)."""
    lines = (line for line in script.splitlines() if not line.startswith("--"))
    for statement in "\n".join(lines).split(";"):
        if statement.strip():
            op.execute(text(statement))


def config(scripts: Path, url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(scripts))
    made.attributes["url"] = url
    return made


def upgrade(scripts: Path, url: str) -> None:
    command.upgrade(config(scripts, url), "head")


def environment(metadata: MetaData) -> None:
    """The whole of a service's migrations/env.py. `metadata` holds the service's own read models."""

    def run(connection: Connection) -> None:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=lambda name, kind, _: kind != "table" or name not in MACHINERY,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()

    async def connect() -> None:
        url: str = context.config.attributes["url"]
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=pool.NullPool)
        async with engine.connect() as connection:
            # Two processes of one service may start together: the second waits and finds nothing to do.
            await connection.execute(text("SELECT pg_advisory_lock(72616)"))
            await connection.commit()
            await connection.run_sync(run)
            await connection.commit()
        await engine.dispose()

    asyncio.run(connect())
