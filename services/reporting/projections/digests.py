"""Digests of facts, made where the facts are: of all that a report reads, in the order of their ids.

A fact's digest is the SHA-256 of its type, a line feed, when it occurred (microseconds since 2000), its position in its
service's log (both 64 bits, big-endian), whether a person did it (a byte, 1 or 0) and what it says: JSON as PostgreSQL
writes jsonb, without nulls and without fields at their default, for a contract may gain such fields. Of a
self-identification it says who and which category, never what was told: of a handful of values a digest would give away
which, and erasure would change it.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from typing import Any, TypeVar

from services.reporting.projections.history import ADMITTED_UPTO, MACHINES, UPTO, admitting
from services.reporting.projections.offsets import Offsets, Seen, parameters, upto
from shared.events.event import Event
from shared.kit.database import Database

T = TypeVar("T")

BY_PERSON = " AND ".join(f"NOT starts_with(actor, '{machine}')" for machine in MACHINES)
DIGEST = f"""
sha256(convert_to(type, 'UTF8') || '\\x0a' || timestamptz_send(occurred) || int8send(position) || boolsend({BY_PERSON})
    || convert_to(({{said}})::text, 'UTF8'))
"""
SAID = """
jsonb_strip_nulls(CASE WHEN fields = '{}' THEN data ELSE
    data - ARRAY(SELECT key FROM jsonb_each(fields) WHERE data -> key = value)
END)
"""
OF_WHOM = "jsonb_build_object('person_id', person_id, 'application_id', application_id, 'category', data -> 'category')"
# $1 are types, and $9 the fields that they have by default.
DIGESTS = f"""
SELECT uuid_send(event_id) || {DIGEST.format(said=SAID)} AS fact, event_id FROM facts
{UPTO} JOIN unnest($1::text[], $9::jsonb[]) by_default (type, fields) USING (type)
WHERE {ADMITTED_UPTO}
UNION ALL
SELECT uuid_send(event_id) || {DIGEST.format(said=OF_WHOM)}, event_id FROM self_identifications
{upto("self_identifications", 6)} WHERE type = ANY($1::text[]) AND known < $2 AND occurred < $3
ORDER BY event_id, fact
"""  # noqa: S608
# Only what is redriven comes to stand before offsets that were read.
STAND = f"""
SELECT (SELECT count(*) FROM facts {upto("facts", 1)}), (SELECT count(*) FROM self_identifications
    {upto("self_identifications", 1)})
"""  # noqa: S608
AT_ONCE = 20_000
WHOLE_S = 60
"""As long as whoever asks may take (commands/turns)."""


async def digests(database: Database, reads: Collection[type[Event]], seen: Seen) -> AsyncGenerator[bytes, None]:
    """Of many at once: each id with its digest, in the order of ids."""
    assert seen.offsets is not None
    types = [model.wire_type for model in reads]
    defaults = [json.dumps(by_default(model)) for model in reads]
    given = types, *admitting(seen.clocks), *parameters(seen.offsets), defaults
    async with database.long_transaction(whole_s=WHOLE_S) as connection:
        cursor = await connection.cursor(DIGESTS, *given)
        while rows := await cursor.fetch(AT_ONCE):
            yield b"".join(row["fact"] for row in rows)


async def undisturbed(database: Database, offsets: Offsets, read: Callable[[], Awaitable[T]]) -> T:
    """What is read in several steps; once more where something was redriven meanwhile, to before the offsets."""
    while True:
        before = await _stand(database, offsets)
        found = await read()
        if before == await _stand(database, offsets):
            return found


async def _stand(database: Database, offsets: Offsets) -> Any:
    async with database.connection() as connection:
        return await connection.fetchrow(STAND, *parameters(offsets))


def by_default(model: type[Event]) -> dict[str, Any]:
    """As JSON; what is null says nothing in any case."""
    said = model.model_construct().model_dump(mode="json")
    return {name: value for name, value in said.items() if value is not None and name in model.model_fields}
