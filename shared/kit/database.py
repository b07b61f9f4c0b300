"""SQLAlchemy's pool, handing out the driver's own connections for the hand-written statements."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, Literal

import asyncpg
from sqlalchemy import Row, Select, text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

LOCK_POOL = 8
# A process that stands still in a transaction holds its locks, and a position in the log: the database ends it.
IDLE_IN_TRANSACTION_MS = 15_000
TRANSACTION_MS = 60_000
"""A transaction in all, whatever it waits for. For PostgreSQL nobody is idle who has prepared a statement and not
executed it, since the driver sends no Sync between both: who stands still there would keep their locks for ever.
"""
# A clock that runs is not set anew unless it was stopped.
LONG = """
SET LOCAL transaction_timeout = 0; SET LOCAL transaction_timeout = '{whole_s}s';
SET LOCAL idle_in_transaction_session_timeout = '{idle_s}s'
"""
Lock = Callable[[str, bool], Awaitable[None]]


class Database:
    """One service's own database: `rows` for composed queries, `connection` and `transaction` for hot statements."""

    def __init__(self, url: str, pool: int = 10) -> None:
        self._engine = _engine(url, pool)
        # Apart from the others: who holds a lock needs further connections, and must not wait for who waits for it.
        self._locks = _engine(url, LOCK_POOL)

    async def rows(self, query: Select[Any], within_ms: int | None = None) -> Sequence[Row[Any]]:
        """The rows of a composed query. Raises the driver's own errors, as the other two do.

        QueryCanceledError where the database could not answer within this time.
        """
        with _drivers_own_errors():
            async with self._engine.connect() as connection:
                if within_ms is not None:
                    await connection.execution_options(isolation_level="READ COMMITTED")
                    await connection.execute(text(f"SET LOCAL statement_timeout = {within_ms}"))
                rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return rows

    @asynccontextmanager
    async def locking(self) -> AsyncIterator[Lock]:
        """Takes advisory locks by name, exclusive or shared, and holds them until the block ends.

        Taking one raises LockNotAvailableError after 5 s.
        """
        async with _Borrowed(self._locks) as connection:

            async def lock(name: str, shared: bool) -> None:
                kind = "_shared" if shared else ""
                await connection.execute(f"SELECT pg_advisory_lock{kind}(hashtextextended($1, 0))", name)

            try:
                await connection.execute("SET lock_timeout = '5s'")
                yield lock
            finally:
                if not connection.is_closed():
                    await connection.execute("SELECT pg_advisory_unlock_all()")

    async def execute(self, statement: str, *arguments: Any) -> None:
        """One statement, which is a transaction of its own."""
        async with self.connection() as connection:
            await connection.execute(statement, *arguments)

    def connection(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """A connection in autocommit."""
        return _Borrowed(self._engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection inside a transaction: committed when the block ends, rolled back when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def long_transaction(
        self, isolation: Literal["read_committed", "repeatable_read"] = "read_committed", idle_s: int = 0,
        whole_s: int = 0,
    ) -> AsyncIterator[asyncpg.Connection]:  # fmt: skip
        """For operators' work: it may wait between its statements, and last, for so long; 0: as long as it takes."""
        async with self.connection() as connection, connection.transaction(isolation=isolation):
            await connection.execute(LONG.format(whole_s=whole_s, idle_s=idle_s))
            yield connection

    async def close(self) -> None:
        await self._engine.dispose()
        await self._locks.dispose()


class _Borrowed:
    """The driver's connection out of a pool, and back into it. On the hottest path of all: hence no generators."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __aenter__(self) -> asyncpg.Connection:
        with _drivers_own_errors():
            while True:
                self._pooled = await self._engine.raw_connection()
                driver = self._pooled.driver_connection
                assert isinstance(driver, asyncpg.Connection)
                if not driver.is_closed():
                    self._driver = driver
                    return driver
                # Cut off while it lay in the pool; the next one out of its place is new.
                self._pooled.invalidate()
                self._pooled.close()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Cancelled between BEGIN and its answer, it would go back inside a transaction; confused, as it is.
        unusable = isinstance(error, asyncio.CancelledError | asyncpg.InternalClientError)
        if unusable or self._driver.is_closed():
            self._pooled.invalidate()
        self._pooled.close()


@contextmanager
def _drivers_own_errors() -> Iterator[None]:
    """SQLAlchemy wraps what the driver raises; everybody here knows the driver's errors, and only those."""
    try:
        yield
    except DBAPIError as error:
        raise (error.orig.__cause__ if error.orig else None) or error from None
    except AsyncAdapt_asyncpg_dbapi.Error as error:
        raise error.__cause__ or error from None


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
        connect_args={
            "server_settings": {
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                "transaction_timeout": str(TRANSACTION_MS),
            }
        },
    )
