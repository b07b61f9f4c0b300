"""append-limit: a command's whole transaction through the store, against one bare INSERT per transaction."""

import sys
from functools import partial
from uuid import uuid4

import asyncpg

from bench import frame
from bench.commands import CLIENTS, command, rate, writable
from deploy.local.platform import Platform
from shared.kit.database import Database

BARE = "INSERT INTO bare (id, data) VALUES ($1, $2)"
TARGETS = {8: 0.5}


async def bench(platform: Platform) -> None:
    url = platform.database_url("ats")
    database = Database(url, pool=max(CLIENTS))
    ours = command(writable(database), events=1)
    pool = await asyncpg.create_pool(url, min_size=max(CLIENTS), max_size=max(CLIENTS))
    await pool.execute("CREATE TABLE bare (id uuid PRIMARY KEY, data json NOT NULL)")

    async def theirs() -> None:
        await pool.execute(BARE, uuid4(), '{"name":"bench"}')

    shown = frame.Bench("append-limit", "bare INSERT")
    for clients in CLIENTS:
        await shown.compare(
            f"{clients} clients",
            partial(rate, ours, clients),
            partial(rate, theirs, clients),
            TARGETS.get(clients),
            "tx/s",
        )
    shown.show()
    shown.last(shown.row("8 clients"))
    await pool.close()
    await database.close()


def main() -> int:
    return frame.run(bench, services=("ats",))


if __name__ == "__main__":
    sys.exit(main())
