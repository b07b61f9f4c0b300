"""The ledger beside the stores: acknowledged is done once, refused never, and what is unknown at most once."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import asyncpg

from ops.checks import Finding
from ops.installation import Installation
from tests.resilience.ledger import Command

# A unit is a transaction: what one command wrote, and only that, has one xmin.
UNITS = """
SELECT metadata->>'correlation' AS command, xmin::text AS unit, array_agg(stream) AS streams,
    array_agg(version) AS versions
FROM events WHERE metadata->>'actor' NOT LIKE 'service:%' GROUP BY 1, 2
"""
HEADS = "SELECT stream, max(version) AS version FROM events GROUP BY stream"
UUID_LENGTH = 36


@dataclass
class Stored:
    """Of one service: by command, what each of its units wrote; and by id, the versions of the streams of that id."""

    units: dict[str, list[dict[str, int]]] = field(default_factory=dict)
    heads: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    async def of(cls, url: str, commands: Collection[str]) -> "Stored":
        stored = cls()
        connection = await asyncpg.connect(url)
        try:
            for row in await connection.fetch(UNITS):
                if row["command"] in commands:
                    wrote: dict[str, int] = {}
                    for stream, version in zip(row["streams"], row["versions"], strict=True):
                        wrote[stream] = max(version, wrote.get(stream, 0))
                    stored.units.setdefault(row["command"], []).append(wrote)
            for row in await connection.fetch(HEADS):
                stored.heads.setdefault(row["stream"][-UUID_LENGTH:], []).append(row["version"])
        finally:
            await connection.close()
        return stored


async def check_commands(installation: Installation, ledger: Collection[Command]) -> list[Finding]:
    found: list[Finding] = []
    for service in sorted({command.service for command in ledger}):
        sent = [command for command in ledger if command.service == service]
        stored = await Stored.of(installation.services[service].database_url, {command.id for command in sent})
        for command in sent:
            found += [
                Finding(check, service, f"{command.what}, {command.outcome}: {what}", (command.id, *ids))
                for check, what, ids in _broken(command, stored)
            ]
    return found


def _broken(command: Command, stored: Stored) -> Iterator[tuple[str, str, list[str]]]:
    """What does not hold of a command, as (check, what, ids of streams)."""
    units = stored.units.get(command.id, [])
    streams = sorted({stream for unit in units for stream in unit})
    if len(units) > 1:
        yield "command.doubled", f"it took effect {len(units)} times", streams
    if units and command.outcome == "refused":
        status, slug = command.refused[-1]
        yield "command.refused", f"it took effect though it was refused with {status} {slug}", streams
    if faults := [why for why in command.unknown if why.startswith("500")]:
        yield "command.fault", f"it was answered {faults[0]}", streams
    if len(set(command.acknowledged)) > 1:
        yield "command.answers", f"it was answered differently: {sorted(set(command.acknowledged))}", streams
    for of, version in command.acknowledged[:1]:
        # Several streams may have the id: of those that it wrote, one has to be at the version that was answered.
        wrote = {reached for unit in units for stream, reached in unit.items() if stream.endswith(of)}
        if not units and not command.idle:
            yield "command.lost", f"{of} at version {version}, and no event of it is stored", [of]
        elif max(stored.heads.get(of, [0])) < version:
            yield "command.lost", f"{of} at version {version}, which it has not reached", [of]
        elif wrote and version not in wrote:
            yield "command.answers", f"{of} at version {version}, and it wrote up to {max(wrote)}", [of]
