"""Faults as data: each strikes a running system, and is healed when it returns."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.local.errors import PlatformError
from tests.journeys.killing import children, kill_and_restart
from tests.resilience.system import System, until

LEADER = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 72617 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
HANG_UP = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
FORGET = "DELETE FROM positions WHERE consumer = $1"
DYING_S, LEADING_S, UNREACHED_S = 15.0, 60.0, 5.0
SLOW_S, NARROW_BYTES_PER_S = 0.03, 50_000.0
GoOn = Callable[[int, float], None]
"""Lets the load go on: for so many commands, and for so many seconds at most."""


class Fault(Protocol):
    @property
    def name(self) -> str: ...

    def strike(self, system: System, go_on: GoOn) -> None:
        """Does it, lets the load go on meanwhile where it lasts, and heals it."""


@dataclass(frozen=True)
class Kill:
    """SIGKILL, and a start on the same port and data."""

    target: str

    @property
    def name(self) -> str:
        return f"kill {self.target}"

    def strike(self, system: System, go_on: GoOn) -> None:
        kill_and_restart(self.target, system.platform, system.services)


@dataclass(frozen=True)
class Terminate:
    """SIGTERM and a start: what an operator does, under load."""

    target: str

    @property
    def name(self) -> str:
        return f"restart {self.target}"

    def strike(self, system: System, go_on: GoOn) -> None:
        system.restart(self.target)


@dataclass(frozen=True)
class Freeze:
    """SIGSTOP, and SIGCONT when the load could not go on for some seconds: longer than a client waits for an answer."""

    target: str
    seconds: float

    @property
    def name(self) -> str:
        return f"freeze {self.target} for {self.seconds:.0f} s"

    def strike(self, system: System, go_on: GoOn) -> None:
        with frozen(system, self.target):
            # Many commands, so that it is the seconds that end it.
            go_on(10**6, self.seconds)


@dataclass(frozen=True)
class DieAt:
    """A failpoint: the process kills itself at a place, the n-th time that it comes there."""

    target: str
    point: str
    nth: int

    @property
    def name(self) -> str:
        return f"{self.target} dies at {self.point}, time {self.nth}"

    def strike(self, system: System, go_on: GoOn) -> None:
        system.stop(self.target)
        system.start(self.target, {self.point: f"kill:{self.nth}"})
        # When nothing comes there so often it was a restart.
        with suppress(AssertionError):
            asyncio.run(until(lambda: not system.child(self.target).running, self.name, DYING_S))
        system.restart(self.target)


@dataclass(frozen=True)
class HangUp:
    """Every connection of a service to its database is closed by the server."""

    target: str

    @property
    def name(self) -> str:
        return f"close all connections of {self.target} to its database"

    def strike(self, system: System, go_on: GoOn) -> None:
        asyncio.run(system.rows(self.target, HANG_UP))


@dataclass(frozen=True)
class StalledLeader:
    """A second relay takes over from a frozen one, which comes back and does not know."""

    target: str

    @property
    def name(self) -> str:
        return f"second relay of {self.target} while the first one stands still"

    def strike(self, system: System, go_on: GoOn) -> None:
        with system.beside(self.target, "relay"):
            with frozen(system, self.target):
                before = asyncio.run(system.rows(self.target, LEADER))
                asyncio.run(system.rows(self.target, HANG_UP))

                async def taken_over() -> bool:
                    return await system.rows(self.target, LEADER) not in ([], before)

                asyncio.run(until(taken_over, "the second relay to lead", LEADING_S))
            go_on(60, 5)


@dataclass(frozen=True)
class Rebuild:
    """Tables are built anew under load; with `dies`, the first try is killed before the swap."""

    target: str
    dies: bool

    @property
    def name(self) -> str:
        return f"rebuild {self.target}" + (", killed once half-way" if self.dies else "")

    def strike(self, system: System, go_on: GoOn) -> None:
        if self.dies:
            first = system.services.service(self.target, "rebuild")
            first.environment = {**first.environment, "HIRELOG_FAILPOINTS": json.dumps({"rebuild.folded": "kill"})}
            with suppress(PlatformError):
                first.run()
        system.services.service(self.target, "rebuild").run()


@dataclass(frozen=True)
class Forget:
    """A consumer's positions are gone: it reads from the beginning again, where all was seen."""

    target: str
    consumer: str

    @property
    def name(self) -> str:
        return f"forget where {self.consumer} stands"

    def strike(self, system: System, go_on: GoOn) -> None:
        asyncio.run(system.rows(self.target, FORGET, self.consumer))


@dataclass(frozen=True)
class Network:
    """The way of all services to Kafka or to PostgreSQL is bad for a while."""

    target: Literal["kafka", "postgres"]
    how: Literal["slow", "narrow", "silent", "cut", "reset"]
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.how} network to {self.target} for {self.seconds:.0f} s"

    def strike(self, system: System, go_on: GoOn) -> None:
        proxy = system.to_kafka if self.target == "kafka" else system.to_postgres
        try:
            match self.how:
                case "slow":
                    proxy.delay(SLOW_S)
                case "narrow":
                    proxy.limit(NARROW_BYTES_PER_S)
                case "silent":
                    proxy.hold()
                case "cut":
                    proxy.cut()
                case "reset":
                    proxy.reset()
            go_on(10**6, self.seconds)
        finally:
            proxy.heal()


@dataclass(frozen=True)
class KillUnconnected:
    """A process is killed and comes back while nobody can reach Kafka."""

    target: str

    @property
    def name(self) -> str:
        return f"kill {self.target} while Kafka is out of reach"

    def strike(self, system: System, go_on: GoOn) -> None:
        system.to_kafka.cut()
        try:
            system.child(self.target).kill()
            system.start(self.target)
            go_on(10**6, UNREACHED_S)
        finally:
            system.to_kafka.heal()
        system.services.await_ready(self.target)


@contextmanager
def frozen(system: System, target: str) -> Iterator[None]:
    """A process that stands still, with those that it started: PostgreSQL's connections are processes."""
    child = system.child(target)
    pids = (child.pid, *children(child.pid))
    _send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _send(pids, signal.SIGCONT)


def _send(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
