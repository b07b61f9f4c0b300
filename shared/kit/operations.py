"""What operators have a service's own process do: each operation tells its progress and result as lines of JSON."""

import asyncio
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shared.kit.catch_up import catch_up
from shared.kit.comparison import Compared, compare_projection, compare_read_models
from shared.kit.consumer import Consumer
from shared.kit.effects import Projection, Share
from shared.kit.faults import TRANSIENT, describe
from shared.kit.parking import TakenMeanwhile, key_of, redrive, redrive_alone, sequences, text_of
from shared.kit.rebuild import rebuild_projection, rebuild_read_models, rebuild_share
from shared.kit.relay import compare_with_kafka
from shared.kit.sentences import sentence
from shared.kit.shares import Shares
from shared.kit.wiring import Wired

LOCK = "operations"
STEP_S = 0.1
REMAINING = """
SELECT last_error FROM parked WHERE consumer = $1 AND topic = $2 AND key = $3 AND reason <> 'not-an-event'
ORDER BY partition, "offset"
"""

Result = dict[str, Any]


class Refused(Exception):
    """The operation can't be done as asked; the sentence says what to do instead."""


@dataclass(frozen=True)
class Operation:
    """`run` gives the result, with `wrong` true in it where something is not as it should be."""

    run: Callable[[Wired, Namespace], Awaitable[Result]]
    arguments: Callable[[ArgumentParser], None]


async def perform(wired: Wired, name: str, arguments: Namespace) -> int:
    """Prints {"progress": {what, done, total}} now and then, at last {"result": ...} or {"error": sentence}."""
    try:
        result = await OPERATIONS[name].run(wired, arguments)
        _print({"result": result})
        return int(result.get("wrong", False))
    except Refused as refused:
        _print({"error": str(refused)})
    except Exception as error:
        _print({"error": sentence(error, wired.store.service)})
    finally:
        await wired.close()
    return 1


class Progress:
    """Tells at most ten times a second, and the end."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = asyncio.get_running_loop().time()
        if done >= total or now - self._told >= STEP_S:
            self._told = now
            _print({"progress": {"what": what.partition("~")[0], "done": done, "total": total}})


async def rebuild(wired: Wired, arguments: Namespace) -> Result:
    """Everything that is derived from the log, anew beside the live tables; the service may run meanwhile."""
    models = [model.table.name for model in wired.store.all_read_models()]
    projections = _projections(wired)
    rebuilt: Result = {
        "read_models": models,
        "projections": [{"consumer": c.name, "tables": list(effect.tables)} for c, effect in projections],
        "dry_run": arguments.dry_run,
    }
    if arguments.dry_run:
        return rebuilt
    async with wired.store.database.locking() as lock:
        await lock(LOCK, False)
        progress = Progress()
        await rebuild_read_models(wired.store, progress)
        for consumer, effect in projections:
            others = Shares(wired.store.service, consumer.name, arguments.processes, progress)
            await rebuild_projection(
                consumer.name, consumer.topics, wired.kafka, wired.store.database, effect, progress, arguments.resume,
                others if arguments.processes > 1 else None,
            )  # fmt: skip
    return rebuilt


async def rebuild_part(wired: Wired, arguments: Namespace) -> Result:
    """A share of a step of a rebuild, whose process has started this one."""
    [(consumer, effect)] = [pair for pair in _projections(wired) if pair[0].name == arguments.consumer]
    share = Share(arguments.number, arguments.of)
    await rebuild_share(
        consumer.name, consumer.topics, wired.kafka, wired.store.database, effect, arguments.step, share, Progress()
    )
    return {}


async def verify(wired: Wired, arguments: Namespace) -> Result:
    """Compares what is derived from the log with its replay; changes nothing."""
    compared: list[Compared] = []
    parked: list[Result] = []
    async with wired.store.database.locking() as lock:
        await lock(LOCK, False)
        progress = Progress()
        if wired.store.all_read_models():
            compared += await compare_read_models(wired.store, progress)
        for consumer, effect in _projections(wired):
            replayed = await compare_projection(
                consumer.name, consumer.topics, wired.kafka, wired.store.database, effect, progress
            )
            compared += replayed.tables
            parked.append({"consumer": consumer.name, "live": replayed.parked, "replay": replayed.parked_in_replay})
    tables = [{**asdict(table), "equal": table.equal} for table in compared]
    return {"tables": tables, "parked": parked, "wrong": not all(table.equal for table in compared)}


async def redrive_parked(wired: Wired, arguments: Namespace) -> Result:
    """A key's sequence, a single record, or all sequences of a consumer."""
    consumer = _consumer(wired, arguments.consumer)
    # Without a look at Kafka the store takes no event; a reaction's would be refused.
    await compare_with_kafka(wired.store, wired.kafka)
    if wired.store.closed_because is not None:
        raise Refused(wired.store.closed_because)
    if arguments.record:
        redriven = [await _alone(wired, consumer, arguments.topic, arguments.record)]
    else:
        if arguments.topic is None:
            found = await sequences(wired.store.database, consumer.name)
        else:
            found = [(arguments.topic, key_of(arguments.key or ""))]
        progress, redriven = Progress(), []
        for done, (topic, key) in enumerate(found, start=1):
            redriven.append(await _sequence(wired, consumer, topic, key))
            progress(consumer.name, done, len(found))
    return {
        "consumer": consumer.name,
        "redriven": redriven,
        "wrong": any(one["error"] is not None or one["left"] for one in redriven),
    }


async def _sequence(wired: Wired, consumer: Consumer, topic: str, key: bytes) -> Result:
    database, settled, error = wired.store.database, 0, None
    try:
        settled = await redrive(database, consumer.name, consumer.effect, topic, key)
    except (TakenMeanwhile, *TRANSIENT) as passing:
        error = sentence(passing, wired.store.service)
    except Exception as failure:
        error = describe(failure)
    async with database.connection() as connection:
        left = await connection.fetch(REMAINING, consumer.name, topic, key)
    if settled and left and error is None:
        error = left[0]["last_error"]
    return {"topic": topic, "key": text_of(key), "settled": settled, "left": len(left), "error": error}


async def _alone(wired: Wired, consumer: Consumer, topic: str, record: str) -> Result:
    partition, offset = map(int, record.split("@"))
    error = None
    try:
        await redrive_alone(wired.store.database, consumer.name, consumer.effect, topic, partition, offset)
    except (LookupError, TakenMeanwhile, *TRANSIENT) as passing:
        raise Refused(sentence(passing, wired.store.service)) from None
    except Exception as failure:
        error = describe(failure)
    settled = int(error is None)
    return {"topic": topic, "record": record, "settled": settled, "left": 1 - settled, "error": error}


async def take_back(wired: Wired, arguments: Namespace) -> Result:
    """After a restore from an older copy: what Kafka holds of the service's own events and the database lacks."""
    found = await catch_up(wired.store, wired.kafka, wired.restored, Progress(), arguments.dry_run)
    await compare_with_kafka(wired.store, wired.kafka)
    return {
        "compared": found.compared,
        "events": found.events,
        "streams": len(found.streams),
        "dry_run": arguments.dry_run,
        "closed": wired.store.closed_because,
    }


def _consumer(wired: Wired, name: str) -> Consumer:
    for consumer in wired.consumers:
        if consumer.name == name:
            return consumer
    known = ", ".join(consumer.name for consumer in wired.consumers)
    raise Refused(f"{wired.store.service} has no consumer {name}: choose from {known}.")


def _projections(wired: Wired) -> list[tuple[Consumer, Projection]]:
    return [(c, c.effect) for c in wired.consumers if isinstance(c.effect, Projection)]


def _rebuild_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--processes", type=int, default=1, help="how many share the work")
    parser.add_argument("--resume", action="store_true", help="go on with one that was killed")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be rebuilt")


def _part_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("consumer")
    parser.add_argument("step", choices=("read", "fold"))
    parser.add_argument("number", type=int)
    parser.add_argument("of", type=int)


def _redrive_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("consumer")
    parser.add_argument("topic", nargs="?", help="with a key: that sequence; without both: all sequences")
    parser.add_argument("key", nargs="?", help="as text, or in hexadecimal behind 0x")
    parser.add_argument("--record", help="PARTITION@OFFSET of a record that belongs to no sequence")


def _catch_up_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="tell what would come back")


OPERATIONS: Mapping[str, Operation] = {
    "rebuild": Operation(rebuild, _rebuild_arguments),
    "rebuild-part": Operation(rebuild_part, _part_arguments),
    "verify": Operation(verify, lambda parser: None),
    "catch-up": Operation(take_back, _catch_up_arguments),
    "redrive": Operation(redrive_parked, _redrive_arguments),
}


def _print(line: Result) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
