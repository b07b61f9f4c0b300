"""replay: a rebuild of reporting from made-up hirings, by one process and by two, against bare reading of the log."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from itertools import islice
from uuid import uuid4

from rich.table import Table

from bench import frame, toy
from bench.hirings import hirings
from bench.usage import of_all
from deploy.local.platform import Platform
from deploy.local.state import ROOT
from services.reporting.tests.making import stream_of
from shared.events.envelope import Envelope
from shared.kit.codec import Codec
from shared.kit.context import new_id, now
from shared.kit.kafka import Kafka
from shared.kit.testing.relayed import delivery
from shared.kit.testing.topic import Topic

APPLICATIONS = frame.scaled(5_000)
TOPICS = ("ats.events", "crm.events")
PROCESSES = (1, 2)
TARGET = 0.35
MOST_MB = 512
AT_ONCE = 5_000
ROUNDS = 3


async def publish(kafka: Kafka) -> int:
    """As the relays of the services would have; returns how many events there are."""
    codec, versions, events, every = Codec(), Counter[str](), 0, hirings(APPLICATIONS)
    while batch := list(islice(every, AT_ONCE)):
        deliveries = []
        for at, event in batch:
            events, event_id, stream = events + 1, new_id(), stream_of(event)
            versions[stream] += 1
            envelope = Envelope(
                id=event_id, type=event.wire_type, source=f"urn:hirelog:{event.stream.service}", stream=stream,
                version=versions[stream], position=events, schema_version=event.schema_version, key=stream,
                occurred=min(at, now()), recorded=now(), actor="bench", correlation=uuid4(),
            )  # fmt: skip
            [body] = await codec.seal([(event_id, event)])
            deliveries.append(delivery(envelope, body))
        for topic in TOPICS:
            await Topic(kafka, topic).publish([each for each in deliveries if each.record.topic == topic])
    return events


async def rebuilt(platform: Platform, processes: int) -> tuple[float, float]:
    """How long it took, with the start of its processes, and what the largest of them held, MB."""
    began, largest = time.perf_counter(), 0.0
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.reporting", "rebuild", "--processes", str(processes), stdout=DEVNULL,
        stderr=PIPE, cwd=ROOT, env={**os.environ, **platform.service_environment("reporting")},
    )  # fmt: skip
    ended = asyncio.create_task(process.communicate())
    while not ended.done():
        largest = max([largest, *of_all(process.pid)])
        await asyncio.wait({ended}, timeout=0.2)
    if process.returncode:
        raise RuntimeError(f"the rebuild ended with {process.returncode}: {ended.result()[1].decode()[-500:]}")
    return time.perf_counter() - began, largest


async def bench(platform: Platform) -> None:
    kafka = Kafka(platform.kafka, "bench", "admin", platform.kafka_users["admin"])
    shown = frame.Bench("replay", "bare aiokafka + pydantic")
    events = await publish(kafka)
    largest: dict[int, float] = {}
    for processes in PROCESSES:

        async def ours(processes: int = processes) -> float:
            took, held = await rebuilt(platform, processes)
            largest[processes] = max(held, largest.get(processes, 0.0))
            return events / took

        what = f"{events:,} events, {processes} {'process' if processes == 1 else 'processes'}"
        at_least = TARGET if processes == 1 else None
        await shown.compare(what, ours, lambda: toy.read_bare(kafka, TOPICS), at_least, rounds=ROUNDS)
    shown.show()
    table = Table("processes", "the largest, MB", "at most")
    for processes, held in largest.items():
        table.add_row(str(processes), f"{held:,.0f}", f"{MOST_MB}")
    shown.console.print(table)
    shown.last(shown.rows[0])


def main() -> int:
    return frame.run(bench, services=("reporting",))


if __name__ == "__main__":
    sys.exit(main())
