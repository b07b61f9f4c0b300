"""`./hirelog status`: how each service is, what is on its way, what is parked."""

from typing import Annotated, Any

import typer
from rich.table import Table

from ops.installation import Installation
from ops.state import ConsumerState, ServiceState, state_of
from ops.terminal import Json, duration, run, say, table, write_json

Strict = Annotated[bool, typer.Option("--strict", help="End with 1 unless all are ready and nothing is parked.")]


def status(as_json: Json = False, strict: Strict = False) -> None:
    """Services, lag of each consumer, events not yet on Kafka, parked sequences."""
    services = run(_gathered(), as_json)
    problems = [problem for service in services for problem in service.problems]
    if as_json:
        write_json(_document(services, problems))
    else:
        say(_services(services), "", _consumers(services), *_wrong(services, problems))
    wrong = any(not s.ready or any(c.parked_sequences or c.parked_records for c in s.consumers) for s in services)
    if problems or (strict and wrong):
        raise typer.Exit(1)


async def _gathered() -> list[ServiceState]:
    return await state_of(Installation.read())


def _document(services: list[ServiceState], problems: list[str]) -> dict[str, Any]:
    return {
        "services": [
            {
                "name": s.name, "url": s.url, "ready": s.ready, "wrong": s.wrong,
                "outbox": {"events": s.outbox.events, "age_s": round(s.outbox.age_s, 3)} if s.outbox else None,
            }
            for s in services
        ],
        "consumers": [
            {
                "consumer": c.name, "service": s.name, "topic": c.topic, "stopped": c.stopped,
                "lag": c.lag, "lag_exact": c.lag_exact,
                "watermark_age_s": None if c.age_s is None else round(c.age_s, 3),
                "parked_sequences": c.parked_sequences, "parked_records": c.parked_records,
            }
            for s in services for c in s.consumers
        ],
        "problems": problems,
    }  # fmt: skip


def _services(services: list[ServiceState]) -> Table:
    made = table("Services", "service", "state", "not on Kafka", "since", numbers=frozenset({"not on Kafka", "since"}))
    for service in services:
        outbox = service.outbox
        counted = ("?", "?") if outbox is None else (f"{outbox.events:,}", duration(outbox.age_s))
        made.add_row(service.name, "ready" if service.ready else "NOT READY", *counted)
    return made


def _consumers(services: list[ServiceState]) -> Table:
    columns = ("consumer", "topic", "lag", "age", "parked keys", "records", "state")
    made = table("Consumers", *columns, numbers=frozenset(columns[2:6]))
    for consumer in (c for s in services for c in s.consumers):
        made.add_row(
            consumer.name, consumer.topic, _lag(consumer), duration(consumer.age_s), str(consumer.parked_sequences),
            str(consumer.parked_records), "runs" if consumer.stopped is None else "NOT WELL",
        )  # fmt: skip
    return made


def _lag(consumer: ConsumerState) -> str:
    if consumer.lag is None:
        return "?"
    return f"{consumer.lag:,}" if consumer.lag_exact else f"≤ {consumer.lag:,}"


def _wrong(services: list[ServiceState], problems: list[str]) -> list[str]:
    found = [f"{s.name}: {part}: {why}" for s in services for part, why in s.wrong.items()] + problems
    if any(c.parked_sequences or c.parked_records for s in services for c in s.consumers):
        found.append("Some events are parked: `./hirelog parked list` says which and why.")
    return ["", *found] if found else []
