"""The stores beside what follows from them: the facts of reporting, the read models, the applications of hand-overs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg

from ops.checks import Finding
from ops.installation import Installation
from services.ats.main import READ_MODELS as OF_ATS
from services.crm.main import READ_MODELS as OF_CRM
from shared.kit.read_models import ReadModel

AT_ONCE = 2_000
EVENTS = "SELECT id, stream, version FROM events ORDER BY id"
FACTS = "SELECT event_id AS id, stream, version FROM facts WHERE topic = $1 ORDER BY event_id"
ROWS = """
SELECT coalesce(e.id, r.id) AS id, e.version AS stored, r.version AS shown
FROM (SELECT substr(stream, $2) AS id, max(version) AS version FROM events WHERE category = $1 GROUP BY 1) e
FULL JOIN (SELECT "{key}"::text AS id, version FROM "{table}") r USING (id)
WHERE e.version IS DISTINCT FROM r.version ORDER BY 1
"""
HANDED_OVER = """
SELECT data->>'hand_over_id' AS id, data->>'person_id' AS person, data->>'job_id' AS job, stream,
    metadata->>'correlation' AS command
FROM events WHERE type = 'crm.prospect.handed-over' ORDER BY position
"""
APPLICATIONS = "SELECT hand_over::text AS hand_over, person_id::text AS person, job_id::text AS job FROM applications"


async def check_facts(installation: Installation) -> list[Finding]:
    """Each stored event is one fact of reporting, at its stream's version; row beside row, in the order of ids."""
    reporting = installation.services["reporting"].database_url
    found: list[Finding] = []
    for service in ("ats", "crm", "notifier"):
        async with AsyncExitStack() as opened:
            events = await _ordered(opened, installation.services[service].database_url, EVENTS)
            facts = await _ordered(opened, reporting, FACTS, f"{service}.events")
            event, fact = await anext(events, None), await anext(facts, None)
            while event or fact:
                if event and fact and event["id"] == fact["id"]:
                    if tuple(event) != tuple(fact):
                        found.append(_fact(service, "facts.differs", "is another fact than was stored", event))
                    event, fact = await anext(events, None), await anext(facts, None)
                elif fact is None or (event and event["id"] < fact["id"]):
                    found.append(_fact(service, "facts.lacks", "is stored and no fact of reporting", event))
                    event = await anext(events, None)
                else:
                    found.append(_fact(service, "facts.unknown", "is a fact of reporting and not stored", fact))
                    fact = await anext(facts, None)
    return found


def _fact(service: str, check: str, what: str, row: Any) -> Finding:
    return Finding(check, service, f"version {row['version']} {what}", (str(row["id"]), row["stream"]))


async def _ordered(opened: AsyncExitStack, url: str, query: str, *values: object) -> AsyncIterator[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    opened.push_async_callback(connection.close)
    await opened.enter_async_context(connection.transaction(readonly=True))
    return aiter(connection.cursor(query, *values, prefetch=AT_ONCE))


async def check_read_models(installation: Installation) -> list[Finding]:
    """A row for each stream, at the stream's version."""
    models: dict[str, tuple[ReadModel[Any], ...]] = {"ats": OF_ATS, "crm": OF_CRM}
    found = []
    for service, of_service in models.items():
        connection = await asyncpg.connect(installation.services[service].database_url)
        try:
            for model in of_service:
                stream, table = model.aggregate.stream, model.table
                query = ROWS.format(key=table.primary_key.columns[0].name, table=table.name)
                for row in await connection.fetch(query, stream.category, len(stream.name("")) + 1):
                    what = f"{table.name} shows version {row['shown']}, its stream is at {row['stored']}"
                    found.append(Finding("read-model.row", service, what, (stream.name(row["id"]),)))
        finally:
            await connection.close()
    return found


async def check_hand_overs(installation: Installation) -> list[Finding]:
    """One application for each; or the one by which that person had come to that job by themselves."""
    crm = await _all(installation, "crm", HANDED_OVER)
    applications = await _all(installation, "ats", APPLICATIONS)
    came = {(row["person"], row["job"]) for row in applications}
    times: dict[str, int] = {}
    for row in applications:
        if row["hand_over"] is not None:
            times[row["hand_over"]] = times.get(row["hand_over"], 0) + 1
    found = []
    for row in crm:
        many = times.get(row["id"], 0)
        if many > 1 or (many == 0 and (row["person"], row["job"]) not in came):
            check, what = "hand-over.doubled" if many else "hand-over.lost", f"{many} applications follow from it"
            found.append(Finding(check, "ats", what, (row["id"], row["stream"], row["command"])))
    return found


async def _all(installation: Installation, service: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(installation.services[service].database_url)
    try:
        found: list[asyncpg.Record] = await connection.fetch(query)
    finally:
        await connection.close()
    return found
