"""What stands is what comes out when everything derived is built anew from the log."""

import asyncio

from ops.checks import Finding
from ops.installation import Installation, Service
from ops.operation import perform
from ops.terminal import NotDone
from shared.kit.database import Database
from shared.kit.migrate import MACHINERY
from shared.kit.rebuild import digest

# What is not derived, or tells how far the deriving has come.
LEFT_OUT = ("alembic_version", *(table for table in MACHINERY if table != "principals"))
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY 1"


async def check_rebuilt(installation: Installation) -> list[Finding]:
    """Builds the tables of every service anew; they must come out as they were. Nothing may be on its way meanwhile."""
    found = await asyncio.gather(*(_of(service) for service in installation.services.values()))
    return [finding for findings in found for finding in findings]


async def _of(service: Service) -> list[Finding]:
    live = await digests(service)
    try:
        await perform(service, "rebuild")
    except NotDone as error:
        return [Finding("rebuilt.failed", service.name, str(error))]
    anew = await digests(service)
    return [
        Finding("rebuilt.differs", service.name, f"{table} is not what the log makes of it", (table,))
        for table in sorted(live.keys() | anew.keys())
        if live.get(table) != anew.get(table)
    ]


async def digests(service: Service) -> dict[str, str]:
    """A fingerprint of each derived table."""
    database = Database(service.database_url, 1)
    try:
        async with database.connection() as connection:
            tables = [row["tablename"] for row in await connection.fetch(TABLES, list(LEFT_OUT))]
        return {table: await digest(database, table) for table in tables}
    finally:
        await database.close()
