"""`./hirelog parked`: what could not be handled, handled again or taken out for good."""

import getpass
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from ops.databases import opened, service_of
from ops.installation import Installation
from ops.operation import Bar, perform
from ops.parked_records import Chosen, Waiting, chosen, waiting
from ops.terminal import DryRun, Json, NotDone, run, say, write_json
from shared.kit.discarded import discard as take_out
from shared.kit.parking import NothingParked
from shared.kit.sentences import sentence

app = typer.Typer(help="Events that wait for an operator, each with all that follow it under its key.")

Consumer = Annotated[str, typer.Argument(metavar="CONSUMER")]
Key = Annotated[str | None, typer.Argument(metavar="[KEY]", help="As `list` shows it.")]
Topic = Annotated[str | None, typer.Option(help="Needed only where a key is parked on several.")]
Record = Annotated[str | None, typer.Option(help="A record that belongs to no sequence, like 'crm.events[3]@17'.")]
All = Annotated[bool, typer.Option("--all", help="All sequences of the consumer.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the record.")]


@app.command("list")
def show_list(
    consumer: Annotated[str | None, typer.Option(help="Only this one's.")] = None, as_json: Json = False
) -> None:
    """The sequences and single records that wait, the longest waiting first."""

    async def work() -> list[Waiting]:
        return await waiting(Installation.read(), consumer)

    found = run(work(), as_json)
    if as_json:
        write_json({"parked": [asdict(one) for one in found]})
    elif found:
        say(*(line for one in found for line in _lines(one)))
    else:
        say("Nothing is parked.")


@app.command()
def show(
    consumer: Consumer, key: Key = None, topic: Topic = None, record: Record = None, as_json: Json = False
) -> None:
    """Each record of a sequence, whole: bytes that are no text are shown in hexadecimal behind 0x."""
    found = run(_chosen(consumer, key, topic, record), as_json)
    if as_json:
        write_json({"consumer": consumer, "topic": found.topic, "records": found.records})
        return
    for one in found.records:
        handler = f" by {one['handler']}" if one["handler"] else ""
        say(f"{one['at']}  key {one['key']}", f"  parked {one['parked_at'][:19]}: {one['reason']}{handler}")
        if one["first_error"]:
            say(f"  first error: {one['first_error']}", f"  last error:  {one['last_error']}")
        say(*(f"  {name}: {value}" for name, value in one["headers"]), f"  body: {one['body']}", "")


@app.command()
def redrive(
    consumer: Consumer, key: Key = None, topic: Topic = None, record: Record = None, everything: All = False,
    dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Handles a sequence again, in its order, until it is done or fails again; the service may run meanwhile."""
    if dry_run:
        planned = run(_planned(consumer, key, topic, record, everything), as_json)
        if as_json:
            write_json({"consumer": consumer, "dry_run": True, "would_redrive": planned})
        else:
            say(*(f"Would redrive {one['key'] or one['record']}: {_records(one['records'])}." for one in planned))
        return
    result = run(_redriven(consumer, key, topic, record, everything, as_json), as_json)
    if as_json:
        write_json({"consumer": consumer, "dry_run": False, "redriven": result["redriven"]})
    else:
        say(*map(_outcome, result["redriven"]) if result["redriven"] else [f"{consumer} has no sequence parked."])
    if result["wrong"]:
        raise typer.Exit(1)


@app.command()
def discard(
    consumer: Consumer, reason: Reason, key: Key = None, topic: Topic = None, record: Record = None,
    dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Takes the first record of a sequence, or a single one, out for good; it is kept, with the reason and your name.

    Its version then counts as seen: redrive those behind it.
    """
    found = run(_chosen(consumer, key, topic, record), as_json)
    outcome = _would_discard(found.records) if dry_run else run(_discarded(found, reason), as_json)
    if as_json:
        write_json({"consumer": consumer, "dry_run": dry_run, "reason": reason, "by": _who(), **outcome})
        return
    say(f"{'Would discard' if dry_run else 'Discarded'} {outcome['record']}.")
    if outcome["left"]:
        say(f"{_records(outcome['left'])} behind it: `./hirelog parked redrive {consumer} {key}`.")


def _lines(one: Waiting) -> list[str]:
    """A key stands whole on its line, so that it can be copied."""
    since = f"{one.since:%Y-%m-%d %H:%M}"
    errors = [f"  first error: {one.first_error}"] if one.first_error else []
    if one.last_error != one.first_error:
        errors.append(f"  last error:  {one.last_error}")
    of = one.record or f"{one.key} on {one.topic}"
    return [f"{one.consumer}  {of}", f"  {one.records} parked since {since} (UTC), the first: {one.reason}", *errors]


async def _chosen(consumer: str, key: str | None, topic: str | None, record: str | None) -> Chosen:
    return await chosen(Installation.read(), consumer, key, topic, record)


async def _planned(
    consumer: str, key: str | None, topic: str | None, record: str | None, everything: bool
) -> list[dict[str, Any]]:
    if everything:
        sequences = await waiting(Installation.read(), consumer)
        return [{"topic": s.topic, "key": s.key, "record": None, "records": s.records} for s in sequences if s.key]
    one = await _chosen(consumer, key, topic, record)
    return [{"topic": one.topic, "key": key, "record": record, "records": len(one.records)}]


async def _redriven(
    consumer: str, key: str | None, topic: str | None, record: str | None, everything: bool, silent: bool
) -> dict[str, Any]:
    if everything:
        if key is not None or record is not None:
            raise NotDone("--all takes every sequence of the consumer: leave the key and --record away.")
        await waiting(Installation.read(), consumer)
        arguments: list[str] = []
        service = service_of(Installation.read(), consumer)
    else:
        one = await _chosen(consumer, key, topic, record)
        service = one.service
        alone = one.of if isinstance(one.of, tuple) else None
        arguments = [one.topic, "--record", f"{alone[0]}@{alone[1]}"] if alone else [one.topic, str(key)]
    with Bar(silent or not everything) as report:
        return await perform(service, "redrive", consumer, *arguments, report=report)


def _would_discard(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    headers, version = dict(records[0]["headers"]), None
    if records[0]["reason"] != "not-an-event":
        version = int(headers["ce_streamversion"])
    return {
        "record": records[0]["at"],
        "stream": headers.get("ce_subject"),
        "version": version,
        "left": len(records) - 1,
    }


async def _discarded(found: Chosen, reason: str) -> dict[str, Any]:
    if not reason.strip():
        raise NotDone("A record is discarded for a reason: say it by --reason.")
    async with opened(found.service) as database:
        try:
            done = await take_out(database, found.consumer, found.topic, found.of, reason, _who())
        except NothingParked as error:
            raise NotDone(sentence(error)) from None
    return {
        "record": f"{done.topic}[{done.partition}]@{done.offset}",
        "stream": done.stream,
        "version": done.version,
        "left": done.left,
    }


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _outcome(one: dict[str, Any]) -> str:
    of = one.get("key") or f"{one['topic']} {one.get('record')}"
    if not one["left"]:
        return f"{of}: {_records(one['settled'])} settled."
    return (
        f"{of}: {_records(one['settled'])} settled, {one['left']} still parked: {one['error'] or 'they came meanwhile'}"
    )


def _records(number: int) -> str:
    return f"{number:,} record" + "s" * (number != 1)
