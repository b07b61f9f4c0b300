"""SQLAlchemy's pool, handing out the driver's own connections for the hand-written statements."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy import Row, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

LOCK_POOL = 8
Lock = Callable[[str, bool], Awaitable[None]]


class Database:
    """One service's own database: `rows` for composed queries, `connection` and `transaction` for hot statements."""

    def __init__(self, url: str, pool: int = 10) -> None:
        self._engine = _engine(url, pool)
        # Apart from the others: who holds a lock needs further connections, and must not wait for who waits for it.
        self._locks = _engine(url, LOCK_POOL)

    async def rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """The rows of a composed query. Raises the driver's own errors, as the other two do."""
        with _drivers_own_errors():
            async with self._engine.connect() as connection:
                rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return rows

    @asynccontextmanager
    async def locking(self) -> AsyncIterator[Lock]:
        """Takes advisory locks by name, exclusive or shared, and holds them until the block ends.

        Taking one raises LockNotAvailableError after 5 s.
        """
        async with self._borrowed(self._locks) as connection:

            async def lock(name: str, shared: bool) -> None:
                kind = "_shared" if shared else ""
                await connection.execute(f"SELECT pg_advisory_lock{kind}(hashtextextended($1, 0))", name)

            try:
                await connection.execute("SET lock_timeout = '5s'")
                yield lock
            finally:
                if not connection.is_closed():
                    await connection.execute("SELECT pg_advisory_unlock_all()")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection in autocommit."""
        async with self._borrowed(self._engine) as connection:
            yield connection

    @asynccontextmanager
    async def _borrowed(self, engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
        async with AsyncExitStack() as given_back:
            with _drivers_own_errors():
                pooled = await engine.connect()
            given_back.push_async_callback(pooled.close)
            driver = (await pooled.get_raw_connection()).driver_connection
            assert isinstance(driver, asyncpg.Connection)
            try:
                yield driver
            except (asyncio.CancelledError, asyncpg.InternalClientError):
                # Cancelled between BEGIN and its answer, it would go back inside a transaction; confused, as it is.
                await pooled.invalidate()
                raise
            finally:
                if not pooled.invalidated and driver.is_closed():
                    await pooled.invalidate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection inside a transaction: committed when the block ends, rolled back when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        await self._engine.dispose()
        await self._locks.dispose()


@contextmanager
def _drivers_own_errors() -> Iterator[None]:
    """SQLAlchemy wraps what the driver raises; everybody here knows the driver's errors, and only those."""
    try:
        yield
    except DBAPIError as error:
        raise (error.orig.__cause__ if error.orig else None) or error from None


def _engine(url: str, pool: int) -> AsyncEngine:
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        # Every use ends its own transaction; the pool's ROLLBACK on return would be one more round trip.
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
    )
