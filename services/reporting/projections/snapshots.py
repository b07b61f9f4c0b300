"""snapshots, and those of adverse impact: a row each; sealed_facts: digests of what each was computed from."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, LargeBinary, String, Table, Uuid

from services.reporting.domain.snapshot import ADVERSE_IMPACT_SNAPSHOT, SNAPSHOT, Snapshot
from services.reporting.metrics.sealing import KEPT, Digests
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
DIGESTS = Table(
    "sealed_facts", metadata, Column("id", Uuid, primary_key=True), Column("digests", LargeBinary, nullable=False)
)
ID = 16
KEEP = "INSERT INTO sealed_facts (id, digests) VALUES ($1, $2)"
LOOK_UP = "SELECT digests FROM sealed_facts WHERE id = $1"


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


async def keep(database: Database, snapshot: UUID, digests: Mapping[UUID, bytes]) -> None:
    """The ids, each with the beginning of its digest."""
    packed = b"".join(event.bytes + digest[:KEPT] for event, digest in digests.items())
    await database.execute(KEEP, snapshot, packed)


async def kept(database: Database, snapshot: UUID) -> Digests | None:
    """None where a database that was restored since does not have them any more."""
    async with database.connection() as connection:
        packed = await connection.fetchval(LOOK_UP, snapshot)
    if packed is None:
        return None
    each = range(0, len(packed), ID + KEPT)
    return {UUID(bytes=packed[at : at + ID]): packed[at + ID : at + ID + KEPT] for at in each}
