"""facts: one row for each event, with both clocks and without any personal field."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, Column, Identity, Index, Uuid, text

import shared.events  # noqa: F401
from services.reporting.metrics.people import person_of
from services.reporting.projections.fact_rows import fact_table, write
from services.reporting.projections.marks import mark
from shared.events.ats.team_member import TeamMemberEvent
from shared.events.event import Event, registry
from shared.events.personal import Path
from shared.kit.effects import Delivery
from shared.kit.http.access import write_principal

TOPICS = ("ats.events", "crm.events", "notifier.events")
TYPES = frozenset(t for t, contract in registry.all().items() if contract.model.stream.kafka_topic in TOPICS)
TABLES = ("facts", "principals", "unknown_events")
CONSUMER = "reporting.facts"
# Two ids of one human: the event is in the stream of one, and this field of it names the other.
ALIAS = "coalesce(data ->> 'merged', data ->> 'candidate')"
ALIASES = "'ats.candidate.merged', 'crm.prospect.linked'"
TRANSFERRED = "ats.application.transferred"
TO_JOB = "data ->> 'to_job'"
# Who took a seat, and whom an interviewer met.
ACCEPTED = "ats.offer.accepted"
OPENING = "data ->> 'opening_id'"
ARRANGED = "'ats.interview.scheduled', 'ats.interview.rescheduled'"
PANEL = "data -> 'panel'"

TABLE = fact_table(
    "facts",
    Column("person_id", Uuid),
    Column("application_id", Uuid),
    Column("job_id", Uuid),
    # The order in which facts came and changed, for who reads them on and on.
    Column("change", BigInteger, Identity(always=True), nullable=False),
    Index("facts_type_occurred_idx", "type", "occurred"),
    Index("facts_known_occurred_idx", "known", "occurred"),
    Index("facts_change_idx", "change", unique=True),
    Index("facts_stream_version_idx", "stream", "version"),
    Index("facts_person_id_occurred_idx", "person_id", "occurred", postgresql_where=text("person_id IS NOT NULL")),
    Index("facts_job_id_idx", "job_id", postgresql_where=text("job_id IS NOT NULL AND person_id IS NOT NULL")),
    Index("facts_to_job_idx", text(f"({TO_JOB})"), postgresql_where=text(f"type = '{TRANSFERRED}'")),
    Index("facts_opening_idx", text(f"({OPENING})"), postgresql_where=text(f"type = '{ACCEPTED}'")),
    Index(
        "facts_panel_idx", text(f"({PANEL})"), postgresql_using="gin", postgresql_where=text(f"type IN ({ARRANGED})")
    ),
    Index("facts_survivor_idx", "person_id", postgresql_where=text(f"type IN ({ALIASES})")),
    Index("facts_alias_idx", text(f"({ALIAS})"), postgresql_where=text(f"type IN ({ALIASES})")),
)


async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
    """A batch of one partition, in its order."""
    changed = await write(connection, TABLE, batch, _told)
    await mark(connection, (event for _, event in batch), changed)
    for delivery, event in batch:
        if isinstance(event, TeamMemberEvent):
            await write_principal(connection, event.member_id, delivery.envelope.version, *event.access)


def _told(_: Delivery, event: Event) -> Mapping[str, Any]:
    data = impersonal(event)
    ids = {"person_id": person_of(event), "application_id": data.get("application_id"), "job_id": data.get("job_id")}
    return {**ids, "data": json.dumps(data)}


def impersonal(event: Event) -> dict[str, Any]:
    """The event's fields as this version knows them, without those that are encrypted."""
    data = event.model_dump(mode="json", include=set(type(event).model_fields))
    for field in registry.get(event.wire_type).personal[event.schema_version]:
        _drop(data, field.path)
    return data


def _drop(node: Any, path: Path) -> None:
    if node is None:
        return
    if path[0] == "*":
        for item in node:
            _drop(item, path[1:])
    elif len(path) == 1:
        node.pop(path[0], None)
    else:
        _drop(node.get(path[0]), path[1:])
