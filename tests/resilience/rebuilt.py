"""What stands is what comes out when everything derived is read from the log again, from its beginning."""

import asyncio

from ops.checks import Finding
from ops.installation import Installation, Service
from ops.operation import perform
from ops.terminal import NotDone


async def check_rebuilt(installation: Installation) -> list[Finding]:
    """Has each service replay the log into tables beside the live ones and compare them; the live ones stay."""
    found = await asyncio.gather(*(_of(service) for service in installation.services.values()))
    return [finding for findings in found for finding in findings]


async def _of(service: Service) -> list[Finding]:
    try:
        replayed = await perform(service, "verify")
    except NotDone as why:
        return [Finding("rebuilt.failed", service.name, str(why))]
    return [
        Finding(
            "rebuilt.differs", service.name,
            f"{table['differing']} row(s) of {table['table']} are not what the log makes of them",
            (table["table"], *table["ids"]),
        )
        for table in replayed["tables"] if not table["equal"]
    ]  # fmt: skip
