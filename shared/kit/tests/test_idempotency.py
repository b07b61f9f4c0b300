"""Idempotency-Key: a repetition is told what happened the first time, and only if it happened."""

import asyncio
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from shared.kit.http.access import Access
from shared.kit.http.app import make_app
from shared.kit.http.edge import Edge
from shared.kit.http.idempotency import Answered, Idempotency
from shared.kit.http.tokens import Tokens
from shared.kit.http.writes import ANYBODY, Receipt, Write, writes
from shared.kit.settings import Settings
from shared.kit.store import EventStore
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import AUDIENCE, URL, Issuer
from shared.kit.tests.conftest import SOMEBODY
from shared.kit.tests.notes import Notes
from shared.kit.unit import Unit

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Text(BaseModel):
    text: str


@pytest.fixture
def app(store: EventStore, issuer: Issuer, notes: Notes) -> FastAPI:
    """Notes over HTTP: to write one, and to change it."""
    router = APIRouter()

    @router.post("/notes", operation_id="write", summary="Writes a note")
    async def write_note(body: Text, write: Write = writes(ANYBODY)) -> Receipt:
        note = uuid4()

        async def command(unit: Unit) -> None:
            await unit.start(notes.aggregate, note, [notes.written(note, note, body.text)])

        return await write.run(command)

    @router.post("/notes/{note}", operation_id="change", summary="Changes a note")
    async def change_note(note: UUID, body: Text, write: Write = writes(ANYBODY)) -> Receipt:
        return await write.run(
            lambda unit: unit.update(notes.aggregate, note, lambda _: [notes.changed(note, note, body.text)])
        )

    settings = Settings.model_validate(
        {"database_url": "postgresql://x", "kafka": "x", "issuer": URL, "audience": AUDIENCE, "jwks_url": f"{URL}/jwks"}
    )
    access = Access(settings, Tokens(settings, issuer.client()), store.database, {})
    return make_app("toy", "A toy.", Edge(store, access), [router], {}, max_body_bytes=10_000)


@pytest.fixture
def api(app: FastAPI, issuer: Issuer) -> Api:
    return Api(app, issuer, subject="")


async def count(store: EventStore) -> int:
    async with store.database.connection() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM events")
    return found


async def test_a_command_that_was_not_carried_out_has_no_answer(api: Api, store: EventStore) -> None:
    key = {"Idempotency-Key": "k"}
    await store.database.execute("ALTER TABLE events RENAME TO away")
    await api.post("/notes", {"text": "a"}, status=500, headers=key)
    await store.database.execute("ALTER TABLE away RENAME TO events")
    answer = await api.post("/notes", {"text": "a"}, headers=key)
    assert await api.post("/notes", {"text": "a"}, headers=key) == answer
    assert await count(store) == 1


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (TRACE, TRACE),
        ("Sam Example told me", None),
        (TRACE.upper(), None),
        (f"{TRACE}-and more", None),
    ],
)
async def test_where_a_request_came_from_is_kept_as_the_standard_writes_it_or_not_at_all(
    sent: str, kept: str | None, api: Api, store: EventStore
) -> None:
    await api.post("/notes", {"text": "a"}, headers={"traceparent": sent})
    async with store.database.connection() as connection:
        assert await connection.fetchval("SELECT metadata->>'traceparent' FROM events") == kept


async def test_who_waited_for_the_first_request_is_told_what_it_answered(store: EventStore, notes: Notes) -> None:
    first, again = (Idempotency.of("caller", "route", "k", b"{}") for _ in range(2))
    note = uuid4()

    class Ending:
        """A connection on which the first request ends in the moment before its key's lock is asked for."""

        def __init__(self, connection: asyncpg.Connection) -> None:
            self._connection = connection

        async def fetchval(self, query: str, *arguments: Any) -> Any:
            await store.run(
                SOMEBODY, lambda unit: unit.start(notes.aggregate, note, [notes.written(note, note)]), first
            )
            return await self._connection.fetchval(query, *arguments)

        async def fetchrow(self, query: str, *arguments: Any) -> Any:
            return await self._connection.fetchrow(query, *arguments)

    async with store.database.transaction() as connection:
        with pytest.raises(Answered):
            await again.open(cast(asyncpg.Connection, Ending(connection)))


async def test_a_refusal_is_no_answer_either(api: Api, store: EventStore) -> None:
    key = {"Idempotency-Key": "k"}
    store.close_for_writing("it is an older copy")
    await api.post("/notes", {"text": "a"}, status=503, headers=key)
    store.open_for_writing()
    await api.post("/notes", {"text": "a"}, headers=key)
    assert await count(store) == 1


async def test_the_answer_is_of_the_version_that_it_was_then(api: Api) -> None:
    note = (await api.post("/notes", {"text": "a"}))["id"]
    key = {"Idempotency-Key": "k"}
    first = await api.post(f"/notes/{note}", {"text": "b"}, headers=key)
    await api.post(f"/notes/{note}", {"text": "c"})
    assert await api.post(f"/notes/{note}", {"text": "b"}, headers=key) == first == {"id": note, "version": 2}
    assert api.last.headers["ETag"] == '"2"'


async def test_many_at_the_same_time_with_one_key_are_carried_out_once(
    api: Api, app: FastAPI, issuer: Issuer, store: EventStore
) -> None:
    clients = [Api(app, issuer, subject="") for _ in range(8)]
    for number in range(1, 6):
        requests = [
            client._request("POST", "/notes", json={"text": "a"}, headers={"Idempotency-Key": f"k{number}"})
            for client in clients
        ]
        await asyncio.gather(*requests)
        done = [client.last for client in clients if client.last.status_code == 200]
        assert len({answer.text for answer in done}) == 1
        assert {client.last.status_code for client in clients} <= {200, 409}
        assert await count(store) == number


async def test_a_key_belongs_to_its_route_and_its_body(api: Api, store: EventStore) -> None:
    key = {"Idempotency-Key": "k"}
    note = (await api.post("/notes", {"text": "a"}, headers=key))["id"]
    await api.post("/notes", {"text": "other"}, status=422, headers=key)
    await api.post(f"/notes/{note}", {"text": "a"}, headers=key)
    assert await count(store) == 2
