"""The services' databases, opened with each service's own rights."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from ops.installation import Installation, Service
from ops.terminal import NotDone
from shared.kit.database import Database
from shared.kit.faults import DATABASE_DOWN
from shared.kit.sentences import sentence


@asynccontextmanager
async def opened(service: Service) -> AsyncIterator[Database]:
    """Raises NotDone when it is down or refuses us."""
    database = Database(service.database_url, pool=2)
    try:
        yield database
    except (*DATABASE_DOWN, asyncpg.PostgresError) as error:
        raise NotDone(sentence(error, service.name)) from None
    finally:
        await database.close()


def service_named(installation: Installation, name: str) -> Service:
    """Raises NotDone."""
    try:
        return installation.services[name]
    except KeyError:
        known = ", ".join(installation.services)
        raise NotDone(f"There is no service {name}: choose from {known}.") from None


def service_of(installation: Installation, consumer: str) -> Service:
    """Consumers are named after their service. Raises NotDone."""
    service = installation.services.get(consumer.partition(".")[0])
    if service is None:
        raise NotDone(f"There is no consumer {consumer}: `./hirelog status` lists those there are.")
    return service
