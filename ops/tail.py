"""`./hirelog tail`: the log in words, from its end, from an offset or from a moment on."""

import json
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest, nsmallest
from typing import Annotated, Any
from uuid import UUID

import typer
from aiokafka import ConsumerRecord, TopicPartition

from ops.decoded import Decoded, decode, taken
from ops.installation import Installation
from ops.terminal import Json, NotDone, run, say, write_json
from ops.times import moment
from ops.topics import event_topics
from shared.events.event import registry
from shared.kit.kafka import Kafka, NoRight
from shared.kit.topics import Offsets, bounds, coming, standing

FEW = 20

Topics = Annotated[list[str] | None, typer.Option("--topic", help="Those that hold events unless some are named.")]
Type = Annotated[str | None, typer.Option("--type", help="A wire type, or how it begins: ats.offer.")]
Person = Annotated[str | None, typer.Option(help="Records under a person's key, or that name the person.")]
Correlation = Annotated[str | None, typer.Option(help="Everything that one request led to.")]
FromOffset = Annotated[int | None, typer.Option(min=0, help="From this offset of each partition on.")]
Since = Annotated[str | None, typer.Option(help="From then on: 2026-11-26T10:00 (UTC), or 2h for two hours ago.")]
Follow = Annotated[bool, typer.Option(help="Go on with what comes, until Ctrl-C; JSON is one document a line then.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many: the last ones, or the first ones from a start.")]


@dataclass(frozen=True)
class Wanted:
    """What is shown; everything where nothing is asked for."""

    wire_type: str | None = None
    person: str | None = None
    correlation: str | None = None

    def holds(self, decoded: Decoded) -> bool:
        event = decoded.get("event")
        if event is None:
            return self.wire_type is None and self.correlation is None and self.person in (None, decoded["key"])
        return (
            self._is_type(event["type"])
            and self.correlation in (None, event["correlation"])
            and (self.person in (None, decoded["key"]) or _names(decoded["body"], self.person))
        )

    def _is_type(self, wire_type: str) -> bool:
        # A whole type is not the beginning of another: accepted is not accepted-without-seat.
        return self.wire_type in (None, wire_type) or f"{wire_type}.".startswith(f"{str(self.wire_type).rstrip('.')}.")


def tail(
    topic: Topics = None, wire_type: Type = None, person: Person = None, correlation: Correlation = None,
    from_offset: FromOffset = None, since: Since = None, follow: Follow = False, limit: Limit = FEW,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Shows events as they stand on Kafka. What is personal stays sealed; what is no event is shown as it is."""

    def show(decoded: Decoded) -> None:
        write_json(decoded) if as_json else say(*_lines(decoded))

    async def work() -> None:
        wanted = _wanted(wire_type, person, correlation)
        kafka = Installation.read().kafka
        beginnings, start, ends = await _bounds(kafka, topic or event_topics(), from_offset, since)
        if start is None:
            shown = await _latest(kafka, wanted, limit, beginnings, ends)
        elif follow:
            shown, ends = [], start
        else:
            shown = await _first(kafka, wanted, limit, start)
        if as_json and not follow:
            write_json({"records": shown})
            return
        for decoded in shown:
            show(decoded)
        if not shown and not follow:
            say("There is no such record.")
        if follow:
            async for decoded in _matching(coming(kafka, ends), wanted):
                show(decoded)

    run(work(), as_json)


def _wanted(wire_type: str | None, person: str | None, correlation: str | None) -> Wanted:
    for name, value in (("--person", person), ("--correlation", correlation)):
        try:
            UUID(value or str(UUID(int=0)))
        except ValueError:
            raise NotDone(f"{value!r} is no id, as {name} needs one: ids are UUIDs.") from None
    if wire_type is not None and not any(Wanted(wire_type)._is_type(known) for known in registry.all()):
        raise NotDone(f"No event type is or begins with {wire_type!r}: shared/events/CATALOGUE.md lists them.")
    return Wanted(wire_type, person and str(UUID(person)), correlation and str(UUID(correlation)))


async def _bounds(
    kafka: Kafka, topics: list[str], from_offset: int | None, since: str | None
) -> tuple[Offsets, Offsets | None, Offsets]:
    """Beginnings, where to start (None: at the last ones), ends. Raises NotDone."""
    if from_offset is not None and since is not None:
        raise NotDone("--from-offset and --since exclude each other: give one of them.")
    try:
        beginnings, found, ends = await bounds(kafka, topics, moment(since, datetime.now(UTC)) if since else None)
    except NoRight:
        known = ", ".join(event_topics())
        raise NotDone(f"There is no topic {' or '.join(topics)} that we may read: choose from {known}.") from None
    if from_offset is None:
        return beginnings, found if since else None, ends
    if from_offset > (highest := max(ends.values())):
        raise NotDone(f"No partition of {', '.join(topics)} reaches offset {from_offset}: the highest is {highest}.")
    return beginnings, {p: min(max(beginnings[p], from_offset), ends[p]) for p in ends}, ends


async def _first(kafka: Kafka, wanted: Wanted, limit: int, start: Offsets) -> list[Decoded]:
    found = [decoded async for decoded in _matching(standing(kafka, _topics(start), start), wanted, limit, nsmallest)]
    return sorted(found, key=_taken)


async def _latest(kafka: Kafka, wanted: Wanted, limit: int, beginnings: Offsets, ends: Offsets) -> list[Decoded]:
    """Reads back from the end, further and further, until there are enough or nothing more."""
    width = 4 * limit
    while True:
        start = {p: max(beginnings[p], ends[p] - width) for p in ends}
        oldest: dict[TopicPartition, int] = {}
        records = _before(standing(kafka, _topics(ends), start), ends, oldest)
        found = [decoded async for decoded in _matching(records, wanted, limit, nlargest)]
        cut = [partition for partition in ends if start[partition] > beginnings[partition]]
        # What is older than the oldest that was read of one partition may have company there that was not read.
        if len(found) >= limit and all(p in oldest for p in cut):
            certain = max((taken(oldest[p]) for p in cut), default="")
            if min(decoded["taken"] for decoded in found) >= certain:
                return sorted(found, key=_taken)
        if not cut:
            return sorted(found, key=_taken)
        width *= 8


async def _before(
    records: AsyncIterator[ConsumerRecord], ends: Offsets, oldest: dict[TopicPartition, int]
) -> AsyncIterator[ConsumerRecord]:
    """Those before the ends; notes when Kafka took the first of each partition."""
    async for record in records:
        partition = TopicPartition(record.topic, record.partition)
        oldest.setdefault(partition, record.timestamp)
        if record.offset < ends[partition]:
            yield record


async def _matching(
    records: AsyncIterator[ConsumerRecord], wanted: Wanted, limit: int | None = None,
    best: Callable[..., list[Decoded]] = nsmallest,
) -> AsyncIterator[Decoded]:  # fmt: skip
    """As they come, or with a limit the best of them by time, however many there are."""
    kept: list[Decoded] = []
    async for record in records:
        decoded = decode(record)
        if not wanted.holds(decoded):
            continue
        if limit is None:
            yield decoded
            continue
        kept.append(decoded)
        if len(kept) >= 2 * limit:
            kept = best(limit, kept, key=_taken)
    for decoded in best(limit, kept, key=_taken) if limit is not None else ():
        yield decoded


def _topics(offsets: Offsets) -> list[str]:
    return sorted({partition.topic for partition in offsets})


def _taken(decoded: Decoded) -> tuple[str, str, int]:
    place, _, offset = decoded["at"].rpartition("@")
    return decoded["taken"], place, int(offset)


def _names(body: Any, person: str | None) -> bool:
    parts: Collection[Any] = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return body == person or any(_names(part, person) for part in parts)


def _lines(decoded: Decoded) -> list[str]:
    taken = f"{decoded['taken'][:19].replace('T', ' ')}"
    event = decoded.get("event")
    body = decoded["body"] if "garbage" in decoded else json.dumps(decoded["body"], ensure_ascii=False)
    if event is None:
        return [f"{decoded['at']}  {taken}  NOT AN EVENT: {decoded['garbage']}", f"  key {decoded['key']}  {body}"]
    return [
        f"{decoded['at']}  {taken}  {event['type']}" + "  DAMAGED: the body is not JSON" * ("garbage" in decoded),
        f"  {event['stream']} version {event['version']}, by {event['actor']}, correlation {event['correlation']}",
        f"  {body}",
    ]
