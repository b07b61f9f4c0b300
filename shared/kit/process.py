"""Runs a service: migrate, or any of api, relay, consume; drains and ends on SIGTERM."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from pydantic import ValidationError

from shared.events.event import registry
from shared.kit import failpoints
from shared.kit.faults import KAFKA_DOWN, TRANSIENT, Backoff, describe
from shared.kit.http.idempotency import forget_old_answers
from shared.kit.operations import OPERATIONS, perform
from shared.kit.relay import Relay, compare_with_kafka
from shared.kit.settings import Settings
from shared.kit.telemetry import configure_logs
from shared.kit.timers import run_timers
from shared.kit.wiring import Wired

DRAIN_S = 10
COMPARE_S = 5.0
COLLECTED = 20_000, 10, 100
"""After so many allocations the young, after ten of those collections the older, after a hundred of these all."""
ROLES = ("api", "relay", "consume", "all")
log = structlog.get_logger()


def main(
    name: str, scripts: Path, wire: Callable[[Any], Wired], made_of: type[Settings] = Settings,
    beside: Mapping[str, Callable[[Any], Coroutine[Any, Any, int]]] | None = None,
) -> None:  # fmt: skip
    """`python -m services.<name> migrate | <operation> | api | relay | consume | all`. `made_of`: what `wire` takes.

    `beside`: roles of the service's own, which are neither wired nor served, and give the process's exit code.
    """
    own = beside or {}
    arguments = _parser(name, own).parse_args()
    role: str = arguments.role or "all"
    configure_logs(name)
    try:
        settings = made_of()
    except ValidationError as error:
        wrong = "; ".join(f"HIRELOG_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        sys.exit(f"{name} can't start: {wrong}")
    failpoints.arm(settings.failpoints)
    if role == "migrate":
        # Alembic is a good part of what a start imports, and who serves has no use for it.
        from shared.kit.migrate import upgrade  # noqa: PLC0415

        upgrade(scripts, settings.database_url.get_secret_value())
        return
    collect_seldom()
    if role in OPERATIONS:
        sys.exit(asyncio.run(perform(wire(settings), role, arguments)))
    sys.exit(asyncio.run(own[role](settings) if role in own else _run(wire, settings, role)))


def _parser(name: str, own: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    roles = parser.add_subparsers(dest="role", metavar=" | ".join(("migrate", *OPERATIONS, *ROLES, *own)))
    for role in ("migrate", *ROLES, *own):
        roles.add_parser(role)
    for operation, how in OPERATIONS.items():
        how.arguments(roles.add_parser(operation))
    return parser


def collect_seldom() -> None:
    """What was imported stays, and a batch of events is no garbage until it is written: looking through both
    again and again took the collector half of a consumer's time. Nor are the facts that an answer was folded of: with
    some ten thousand that are held a full collection takes a second, in which nothing else goes on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)


async def _run(wire: Callable[[Settings], Wired], settings: Settings, role: str) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    wired = wire(settings)
    loops = _loops(wired, role)
    tasks = {asyncio.create_task(loop(), name=name): name for name, loop in loops.items()}
    stopping = asyncio.create_task(stop.wait())
    server = _Server(uvicorn.Config(
        wired.app, settings.http_host, settings.http_port, log_config=None, timeout_graceful_shutdown=DRAIN_S - 2
    ))  # fmt: skip
    # Every role serves HTTP, for its health and metrics; only api and all are given traffic.
    serving = asyncio.create_task(server.serve(), name="http")
    failed = False
    waiting = {stopping, serving, *tasks}
    while not stopping.done() and not serving.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done & set(tasks):
            # The API goes on without it: /readyz says what is missing.
            failed = _report(task, wired) or failed
    log.info("stopping")
    server.should_exit = True
    for end in wired.endless:
        end()
    await asyncio.gather(serving, return_exceptions=True)
    for task in tasks:
        task.cancel()
    await asyncio.wait([stopping, *tasks], timeout=DRAIN_S) if stopping.done() else stopping.cancel()
    await wired.close()
    return int(failed)


def _loops(wired: Wired, role: str) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
    loops: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
    if role in ("relay", "all"):
        loops["relay"] = Relay(wired.store, wired.kafka, registry).run
    else:
        loops["compare"] = lambda: _compare(wired)
    if role in ("api", "all"):
        loops["idempotency"] = lambda: forget_old_answers(wired.store.database)
    if role in ("consume", "all"):
        loops |= {consumer.name: consumer.run for consumer in wired.consumers}
        loops |= dict(wired.tasks)
        if wired.store.timers:
            loops["timers"] = lambda: run_timers(wired.store)
    return loops


async def _compare(wired: Wired) -> None:
    """A writer without a relay in its process looks itself whether its database is the newest, now and then again."""
    backoff = Backoff()
    while True:
        try:
            await compare_with_kafka(wired.store, wired.kafka)
            backoff.reset()
            await asyncio.sleep(COMPARE_S)
        except (*TRANSIENT, *KAFKA_DOWN) as error:
            await backoff.wait("compare", error)


def _report(task: "asyncio.Task[Any]", wired: Wired) -> bool:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        wired.stopped[task.get_name()] = describe(error)
        log.error("a part of this service has stopped", part=task.get_name(), why=str(error), exc_info=error)
    return error is not None


class _Server(uvicorn.Server):
    """Leaves the signals to us: consumers and relay end with the server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
