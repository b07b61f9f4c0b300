"""Reads facts for a metric: only the types that it needs, cut by both clocks."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import asyncpg

from services.reporting.metrics.clocks import KNOWLEDGE, Clocks, corrections
from services.reporting.metrics.fact import Fact
from services.reporting.projections import self_identifications
from services.reporting.projections.offsets import Offsets, Seen, parameters, upto
from shared.events.correction import OccurrenceCorrected
from shared.events.event import Event, registry
from shared.events.personal import Sealed
from shared.kit.codec import Codec
from shared.kit.computing import compute
from shared.kit.database import Database
from shared.kit.refusals import Refusal

COLUMNS = "event_id, type, position, occurred, known, actor, data::text AS data"
# The same rule as Clocks.cut; facts are not worth fetching that it would leave out.
_ADMITTED = """
known < $2 AND (occurred < $3 OR type = ANY($4::text[]) OR event_id IN (
    SELECT (data ->> 'event_id')::uuid FROM facts {upto} WHERE type = ANY($5::text[]) AND known < $2
))
"""
ADMITTED = _ADMITTED.format(upto="")
UPTO = upto("facts", 6)
ADMITTED_UPTO = _ADMITTED.format(upto=UPTO)
LOAD = f"SELECT {COLUMNS} FROM facts WHERE type = ANY($1::text[]) AND {ADMITTED}"  # noqa: S608
LOAD_UPTO = f"SELECT {COLUMNS} FROM facts {UPTO} WHERE type = ANY($1::text[]) AND {ADMITTED_UPTO}"  # noqa: S608
# Beyond that an answer takes a minute and a gigabyte: the table is looked at first, and counted only where it is large.
MOST = 400_000
# Between two answers: whom they concern is folded at each step, so that more would not be done within its time.
MOST_BETWEEN = 100_000
CLOSER = "compare two moments that lie closer together"
SIZE = "SELECT reltuples FROM pg_class WHERE oid = 'facts'::regclass"
COUNT = """
SELECT count(*) FROM (SELECT FROM facts WHERE type = ANY($1::text[]) AND known < $2 AND occurred < $3 LIMIT $4) few
"""
# What one of two answers counts and the other does not, with all that corrects it: $2 and $3 are when they knew, $4 and
# $5 the earlier and the later as_of. Of what is new that has occurred by then, and what is said of the past, such as a
# correction, with what it corrects.
BETWEEN = f"""
WITH moved AS (
    SELECT event_id AS by, (data ->> 'event_id')::uuid AS event_id, (data ->> 'new')::timestamptz AS new FROM facts
    WHERE type = ANY($6::text[]) AND type = ANY($1::text[]) AND known < $2 AND $4::timestamptz < $5
), differs AS (
    SELECT event_id FROM facts WHERE type = ANY($1::text[]) AND known >= $2 AND known < $3
    AND (occurred < $5 OR type = ANY($11::text[]))
    UNION SELECT (data ->> 'event_id')::uuid FROM facts
    WHERE type = ANY($6::text[]) AND type = ANY($1::text[]) AND known >= $2 AND known < $3
    UNION SELECT event_id FROM facts WHERE type = ANY($1::text[]) AND known < $2 AND occurred >= $4 AND occurred < $5
    UNION SELECT event_id FROM moved WHERE new >= $4 AND new < $5
)
SELECT {COLUMNS} FROM facts {upto("facts", 7)} WHERE type = ANY($1::text[]) AND known < $3 AND event_id IN (
    SELECT event_id FROM differs UNION SELECT by FROM moved WHERE event_id IN (SELECT event_id FROM differs)
) LIMIT $10
"""  # noqa: S608
SEALED = Codec()
# How actors begin that are nobody.
MACHINES = ("timer:", "service:", "import")
LAST = "SELECT occurred, known FROM facts ORDER BY known DESC, occurred DESC LIMIT 1"


@dataclass(frozen=True)
class Freshness:
    """The event last taken from the log: when it occurred, and when Kafka took it."""

    occurred: datetime
    known: datetime


class TooMuch(Refusal):
    status, slug, title = 422, "too-much", "This would take too long"
    next_step = "ask for an earlier as_of, or fold the facts elsewhere: /v1/facts gives all of them"


class History:
    def __init__(self, database: Database, codec: Codec = SEALED) -> None:
        self._database, self._codec = database, codec

    async def load(self, types: Collection[type[Event]], seen: Seen) -> list[Fact]:
        """In no order. Nothing at all where it takes keys and there is no keyring.

        Raises TooMuch, KeyAbsent, Damaged.
        """
        wanted = [model.wire_type for model in types]
        apart = self_identifications.TYPES.intersection(wanted)
        if apart and not self._codec.opens:
            return []
        query, places = (LOAD, []) if seen.offsets is None else (LOAD_UPTO, parameters(seen.offsets))
        async with self._database.connection() as connection:
            if await connection.fetchval(SIZE) > MOST:
                await self._assert_few(connection, wanted, seen.clocks)
            rows = await connection.fetch(query, wanted, *admitting(seen.clocks), *places)
        # Tens of thousands at once: the loop goes on serving and consuming meanwhile.
        facts = await compute(lambda: [fact_of(row) for row in rows if row["event_id"] not in seen.without])
        if not apart:
            return facts
        told = self_identifications.load(self._database, self._codec, seen)
        return facts + [fact async for some in told for fact in some]

    async def between(
        self, types: Collection[type[Event]], first: Clocks, second: Clocks, offsets: Offsets
    ) -> list[Fact]:
        """Those before these offsets that one of the answers counts and the other does not, in no order, with what
        corrects them; of what people told only who did, and when. Raises TooMuch.
        """
        wanted, amends = [model.wire_type for model in types], [model.wire_type for model in corrections()]
        given = first.known_at, second.known_at, *sorted((first.as_of, second.as_of))
        places, limit = parameters(offsets), MOST_BETWEEN + 1
        async with self._database.connection() as connection:
            rows = await connection.fetch(BETWEEN, wanted, *given, amends, *places, limit, knowledge())
            facts = await compute(lambda: [fact_of(row) for row in rows])
            if self_identifications.TYPES.intersection(wanted):
                facts += await self_identifications.between(connection, *given, *places, limit)
        if len(facts) > MOST_BETWEEN:
            raise TooMuch(f"More than {MOST_BETWEEN:,} events are between the two", CLOSER)
        return facts

    async def _assert_few(self, connection: asyncpg.Connection, wanted: Sequence[str], clocks: Clocks) -> None:
        found = await connection.fetchval(COUNT, wanted, clocks.known_at, clocks.as_of, MOST + 1)
        if found > MOST:
            raise TooMuch(f"More than {MOST:,} events have to be folded for it")

    async def freshness(self) -> Freshness | None:
        """None before the first event."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(LAST)
        return Freshness(**row) if row else None


def admitting(clocks: Clocks) -> Sequence[Any]:
    """The parameters of ADMITTED."""
    return clocks.known_at, clocks.as_of, knowledge(), [model.wire_type for model in corrections()]


def knowledge() -> list[str]:
    """Types of what is known of the past, whenever it was said."""
    return [model.wire_type for model in (*KNOWLEDGE, *corrections()) if model is not OccurrenceCorrected]


def fact_of(row: asyncpg.Record) -> Fact:
    event = as_event(registry.get(row["type"]).model, row["data"])
    by_person = not row["actor"].startswith(MACHINES)
    return Fact(row["event_id"], event, row["position"], row["occurred"], row["known"], by_person=by_person)


def as_event(model: type[Event], data: str) -> Event:
    """The event of a fact; the personal fields that a model insists on read as Sealed, without even a ciphertext."""
    if sealed := _sealed(model):
        return model.model_validate({**sealed, **json.loads(data)})
    return model.model_validate_json(data)


@cache
def _sealed(model: type[Event]) -> dict[str, Sealed]:
    fields = registry.get(model.wire_type).personal[model.schema_version]
    return {field.path[0]: Sealed("") for field in fields if model.model_fields[field.path[0]].is_required()}
