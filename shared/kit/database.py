"""SQLAlchemy's pool, handing out the driver's own connections for the hand-written statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


class Database:
    """One service's own database. `engine` is for composed queries, `connection` and `transaction` for hot ones."""

    def __init__(self, url: str, pool: int = 10) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=False,
            # Every use below ends its own transaction; the pool's ROLLBACK on return would be one more round trip.
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection in autocommit."""
        async with self.engine.connect() as pooled:
            raw = await pooled.get_raw_connection()
            driver = raw.driver_connection
            assert isinstance(driver, asyncpg.Connection)
            try:
                yield driver
            finally:
                if driver.is_closed():
                    await pooled.invalidate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection inside a transaction: committed when the block ends, rolled back when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        await self.engine.dispose()
