"""snapshots, and those of adverse impact: a row each; sealed_facts: which parts of the facts each was computed from."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, LargeBinary, String, Table, Uuid

from services.reporting.domain.snapshot import ADVERSE_IMPACT_SNAPSHOT, SNAPSHOT, Snapshot
from services.reporting.metrics.sealing import NAME, Part
from services.reporting.projections import metadata
from shared.kit.database import Database
from shared.kit.read_models import ReadModel


def _table(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("metric", String, nullable=False),
        Column("definition", Integer, nullable=False),
        Column("as_of", DateTime(timezone=True), nullable=False),
        Column("known_at", DateTime(timezone=True), nullable=False),
    )


TABLE, OF_ADVERSE_IMPACT = _table("snapshots"), _table("adverse_impact_snapshots")
# No read model: what names the fact that differs is not in the log, where millions of ids have no place.
# What two have in common, as those of one schedule have most, is there once.
SEALED = Table(
    "sealed_facts", metadata, Column("id", Uuid, primary_key=True), Column("parts", LargeBinary, nullable=False)
)
PARTS = Table(
    "sealed_parts", metadata, Column("name", LargeBinary, primary_key=True), Column("kept", LargeBinary, nullable=False)
)
KEEP = "INSERT INTO sealed_facts (id, parts) VALUES ($1, $2)"
# In one order, or two might wait for each other.
KEEP_PARTS = """
INSERT INTO sealed_parts (name, kept) SELECT * FROM unnest($1::bytea[], $2::bytea[]) each (name, kept) ORDER BY name
ON CONFLICT DO NOTHING
"""
LOOK_UP = "SELECT parts FROM sealed_facts WHERE id = $1"
LOOK_UP_PARTS = "SELECT name, kept FROM sealed_parts WHERE name = ANY($1::bytea[])"


def row(state: Snapshot) -> dict[str, Any]:
    sealed = state.sealed
    return {
        "id": state.id,
        "metric": sealed.metric,
        "definition": sealed.definition,
        "as_of": sealed.as_of,
        "known_at": sealed.known_at,
    }


SNAPSHOTS: ReadModel[Snapshot] = ReadModel(SNAPSHOT, TABLE, row)
ADVERSE_IMPACT_SNAPSHOTS: ReadModel[Snapshot] = ReadModel(ADVERSE_IMPACT_SNAPSHOT, OF_ADVERSE_IMPACT, row)


async def keep(database: Database, snapshot: UUID, names: Iterable[bytes]) -> None:
    await database.execute(KEEP, snapshot, b"".join(names))


async def keep_parts(database: Database, parts: Iterable[Part]) -> None:
    await database.execute(KEEP_PARTS, *map(list, zip(*parts, strict=True)))


async def kept(database: Database, snapshot: UUID) -> list[bytes] | None:
    """The names of its parts; None where a database that was restored since does not have them any more."""
    async with database.connection() as connection:
        names = await connection.fetchval(LOOK_UP, snapshot)
    return None if names is None else [names[at : at + NAME] for at in range(0, len(names), NAME)]


async def kept_parts(database: Database, names: Collection[bytes]) -> dict[bytes, bytes]:
    """By name, as far as they are there."""
    async with database.connection() as connection:
        return {row["name"]: row["kept"] for row in await connection.fetch(LOOK_UP_PARTS, list(names))}
