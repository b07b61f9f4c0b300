"""Faults that pass by themselves: waited out with growing pauses, never parked and never given up."""

import asyncio
import random

import asyncpg
import structlog
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError, RequestTimedOutError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.kit.keyring.port import KeyAbsent
from shared.kit.refusals import Conflict, ReadOnly

DATABASE_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What the driver says when the server's farewell comes in the middle of something.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    # We stood still in a transaction, and the database ended it.
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    PoolTimeout,
    OSError,
    TimeoutError,
)
KAFKA_DOWN = (KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError, RequestTimedOutError)
TRANSIENT = (*DATABASE_DOWN, *KAFKA_DOWN, KeyAbsent, Conflict, ReadOnly)

log = structlog.get_logger()


class Backoff:
    """Pauses of 0.1 s doubling to 5 s, with jitter."""

    def __init__(self, first_s: float = 0.1, most_s: float = 5.0) -> None:
        self._first, self._most = first_s, most_s
        self._pause = first_s

    def reset(self) -> None:
        self._pause = self._first

    async def wait(self, what: str, error: BaseException) -> None:
        log.warning("waiting out a fault", what=what, fault=type(error).__name__, pause_s=round(self._pause, 2))
        await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311
        self._pause = min(self._pause * 2, self._most)


def describe(error: BaseException) -> str:
    """For logs and parked records: class and message of our own errors, which hold no value; of others the class."""
    ours = type(error).__module__.startswith(("shared.", "services."))
    return f"{type(error).__name__}: {error}" if ours else type(error).__name__
