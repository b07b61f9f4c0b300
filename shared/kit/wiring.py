"""Puts a service's machinery together, the same way for each; what is the service's own is handed in."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from shared.kit.catch_up import Restored
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.digest import Digest
from shared.kit.http.access import Access
from shared.kit.http.app import Check, make_app
from shared.kit.http.edge import Edge
from shared.kit.http.tokens import Tokens
from shared.kit.kafka import Kafka
from shared.kit.keyring.postgres import PostgresKeyring
from shared.kit.read_models import ReadModel
from shared.kit.settings import Settings
from shared.kit.store import EventStore
from shared.kit.timers import Timer

Loop = Callable[[], Coroutine[Any, Any, None]]


@dataclass
class Wired:
    """A service with everything in its place. `tasks` are loops of its own that run with the consumers.

    `stopped` says why, for each part that ended though it should run for ever: /readyz shows it. `restored` is told
    of the service's own events that a catch-up brought back. `endless` ends answers that would never end: the server
    waits for those that it is giving.
    """

    store: EventStore
    app: FastAPI
    kafka: Kafka
    consumers: Sequence[Consumer]
    tasks: Mapping[str, Loop]
    stopped: dict[str, str]
    restored: Restored | None
    endless: Sequence[Callable[[], None]]
    _closing: Sequence[Callable[[], Coroutine[Any, Any, None]]] = field(repr=False)

    async def close(self) -> None:
        for close in self._closing:
            await close()


@dataclass
class Machinery:
    """What every service has: its database and store, its keys if it may read any, its Kafka user."""

    name: str
    settings: Settings
    database: Database
    keys: Database | None
    store: EventStore
    kafka: Kafka
    issuer: httpx.AsyncClient

    @classmethod
    def of(
        cls, name: str, settings: Settings, read_models: Sequence[ReadModel[Any]] = (),
        timers: Sequence[Timer[Any]] = (), issuer: httpx.AsyncClient | None = None,
    ) -> "Machinery":  # fmt: skip
        database = Database(settings.database_url.get_secret_value(), settings.database_pool)
        keys = Database(settings.keyring_url.get_secret_value(), 5) if settings.keyring_url else None
        keyring = PostgresKeyring(keys, settings.wrapping_keys) if keys else None
        store = EventStore(name, database, Codec(keyring), read_models, timers)
        kafka = Kafka.of(settings, name)
        return cls(name, settings, database, keys, store, kafka, issuer or httpx.AsyncClient())

    def serve(
        self,
        summary: str,
        routers: Sequence[APIRouter],
        scopes: Mapping[str, frozenset[str]],
        consumers: Sequence[Consumer] = (),
        tasks: Mapping[str, Loop] | None = None,
        restored: Restored | None = None,
        endless: Sequence[Callable[[], None]] = (),
    ) -> Wired:
        access = Access(self.settings, Tokens(self.settings, self.issuer), self.database, scopes)
        stopped: dict[str, str] = {}
        digest = Digest(self.settings.digest_key) if self.settings.digest_key else None
        app = make_app(
            self.name,
            summary,
            Edge(self.store, access, digest),
            routers,
            self._checks(consumers, stopped),
            self.settings.max_body_bytes,
        )
        closing = [self.issuer.aclose, self.database.close, *([self.keys.close] if self.keys else [])]
        return Wired(self.store, app, self.kafka, consumers, tasks or {}, stopped, restored, endless, closing)

    def _checks(self, consumers: Sequence[Consumer], stopped: Mapping[str, str]) -> Mapping[str, Check]:
        async def database() -> str | None:
            async with self.database.connection() as connection:
                await connection.fetchval("SELECT 1")
            return None

        async def log() -> str | None:
            return self.store.closed_because

        async def parts() -> str | None:
            return "; ".join(f"{part} has stopped: {why}" for part, why in stopped.items()) or None

        checks: dict[str, Check] = {"database": database, "log": log, "parts": parts}
        for consumer in consumers:
            checks[consumer.name] = consumer.check
        return checks
