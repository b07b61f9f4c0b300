"""append: a command's whole transaction through the store, against the recorder of the library `eventsourcing`."""

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment

from bench import frame
from bench.commands import CLIENTS, SECONDS, command, rate, writable
from deploy.local.platform import Platform
from shared.kit.database import Database
from shared.kit.log_reader import LogReader
from shared.kit.store import EventStore

TARGETS = {1: 1.0, 8: 2.0, 32: 2.2}
SEVERAL = 3
TAILED_S = 3.0
STATE = b'{"plan_id":"0192f0c1-2345-7890-abcd-ef0123456782","version":1,"name":"bench","stages":["hired"]}'


@contextmanager
def recorder(url: str, schema: str, functions: bool) -> Iterator[PostgresApplicationRecorder]:
    """Theirs, for events alone. Without its database functions it takes a table lock, which keeps readers right."""
    parts = urlsplit(url)
    settings = {
        "POSTGRES_DBNAME": parts.path[1:], "POSTGRES_HOST": parts.hostname or "", "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": parts.username or "", "POSTGRES_PASSWORD": parts.password or "", "POSTGRES_SCHEMA": schema,
        "POSTGRES_POOL_SIZE": str(max(CLIENTS) + 1), "POSTGRES_MAX_OVERFLOW": "0",
        "POSTGRES_ENABLE_DB_FUNCTIONS": "yes" if functions else "no",
    }  # fmt: skip
    with PostgresFactory(Environment("Bench", settings)) as factory:
        made = factory.application_recorder()
        assert isinstance(made, PostgresApplicationRecorder)
        yield made


def their_rate(recorder: PostgresApplicationRecorder, clients: int, events: int, seconds: float = SECONDS) -> float:
    """Transactions a second over a fixed time; it is made for threads, so it gets one for each client."""
    done = [0] * clients
    began = time.monotonic()

    def work(client: int) -> None:
        while time.monotonic() < began + seconds:
            stream = uuid4()
            recorder.insert_events([StoredEvent(stream, number, "bench", STATE) for number in range(1, events + 1)])
            done[client] += 1

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began)


def their_lost(recorder: PostgresApplicationRecorder) -> str:
    """Events that a reader who follows the log while eight clients write has passed over, of how many."""
    read, over = 0, threading.Event()
    first = (recorder.max_notification_id() or 0) + 1
    last = first - 1

    def follow() -> None:
        nonlocal read, last
        while True:
            final = over.is_set()
            found = recorder.select_notifications(last + 1, 1_000)
            read += len(found)
            last = found[-1].id if found else last
            if final and not found:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    written = round(their_rate(recorder, 8, 1, TAILED_S) * TAILED_S)
    over.set()
    reader.join()
    stored = len(recorder.select_notifications(first, 10 * written + 1_000))
    return f"{stored - read:,} of {stored:,}"


async def our_lost(store: EventStore) -> str:
    """The same of our reader."""
    reader, read, over = LogReader(store.database), 0, False
    async with store.database.connection() as connection:
        first = last = await connection.fetchval("SELECT coalesce(max(position), 0) FROM events")

    async def follow() -> None:
        nonlocal read, last
        while True:
            final = over
            rows = await reader.read(last, 1_000)
            read += len(rows)
            last = rows[-1]["position"] if rows else last
            if final and not rows:
                return

    following = asyncio.create_task(follow())
    step = command(store, events=1)
    for _ in range(round(TAILED_S / SECONDS)):
        await rate(step, 8)
    over = True
    await following
    async with store.database.connection() as connection:
        stored = await connection.fetchval("SELECT count(*) FROM events WHERE position > $1", first)
    return f"{stored - read:,} of {stored:,}"


async def compared(shown: frame.Bench, store: EventStore, peer: PostgresApplicationRecorder, beside: str) -> None:
    """A row for each number of clients and events. `beside` names a mode that no target is set against."""
    for events in (1,) if beside else (1, SEVERAL):
        for clients in CLIENTS:
            await shown.compare(
                f"{clients} clients, {events} event{'s' if events > 1 else ''}{beside}",
                partial(rate, command(store, events), clients),
                partial(asyncio.to_thread, their_rate, peer, clients, events),
                None if beside else TARGETS[clients],
                "tx/s",
            )


async def bench(platform: Platform) -> None:
    url = platform.database_url("ats")
    database = Database(url, pool=max(CLIENTS) + 1)
    store = writable(database)
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE SCHEMA safe; CREATE SCHEMA functions")
    await connection.close()
    shown = frame.Bench("append", "eventsourcing 9.5")
    with recorder(url, "safe", functions=False) as safe, recorder(url, "functions", functions=True) as quick:
        await compared(shown, store, safe, "")
        await compared(shown, store, quick, ", its functions")
        lost = {
            "ours": await our_lost(store),
            "theirs, safe": await asyncio.to_thread(their_lost, safe),
            "theirs, functions": await asyncio.to_thread(their_lost, quick),
        }
    shown.show()
    for side, count in lost.items():
        shown.console.print(f"passed over by a reader while 8 clients write: {side}: {count}")
    shown.last(shown.row("8 clients, 1 event"))
    await database.close()


def main() -> int:
    return frame.run(bench, services=("ats",))


if __name__ == "__main__":
    sys.exit(main())
