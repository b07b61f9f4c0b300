"""The HTTP edge: problems and never a 500 for bad input, limits, health, and docs without a network."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from shared.kit.codec import Damaged
from shared.kit.http.access import Access
from shared.kit.http.app import make_app
from shared.kit.http.edge import Edge
from shared.kit.http.tokens import Tokens
from shared.kit.http.writes import ANYBODY, Write, writes
from shared.kit.settings import Settings
from shared.kit.store import EventStore
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import AUDIENCE, URL, Issuer

router = APIRouter()
PROBLEM = "application/problem+json"


class Body(BaseModel):
    text: str


@router.post("/echo", operation_id="echo", summary="Says nothing")
async def echo(body: Body, write: Write = writes(ANYBODY)) -> dict[str, int]:
    return {"length": len(body.text)}


@router.post("/silent", operation_id="silent", summary="Takes nothing")
async def silent(write: Write = writes(ANYBODY)) -> None:
    return None


@router.post("/damaged", operation_id="damaged", summary="Can't read what is stored")
async def damaged(write: Write = writes(ANYBODY)) -> None:
    raise Damaged("note.written 7 does not open with key 3")


@router.post("/fault", operation_id="fault", summary="Fails")
async def fault(write: Write = writes(ANYBODY)) -> None:
    raise RuntimeError("the secret is 42")


@pytest.fixture
def api(store: EventStore, issuer: Issuer) -> Api:
    settings = Settings.model_validate(
        {"database_url": "postgresql://x", "kafka": "x", "issuer": URL, "audience": AUDIENCE, "jwks_url": f"{URL}/jwks"}
    )
    access = Access(settings, Tokens(settings, issuer.client()), store.database, {})

    async def sick() -> str | None:
        return "not well"

    app = make_app("toy", "A toy.", Edge(store, access), [router], {"sick": sick}, max_body_bytes=10_000)
    return Api(app, issuer, subject="")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b'{"text": 1}', b'{"text": null}', b"\xff\xfe", b"[" * 5000,
        b'{"text": "\\ud800"}', b'{"text": "' + b"a" * 20_000 + b'"}',
    ],
    ids=lambda body: str(body[:12]),
)  # fmt: skip
async def test_bad_bodies_are_problems_that_name_the_next_step(api: Api, body: bytes) -> None:
    await api.send("POST", "/echo", 413 if len(body) > 10_000 else 422, content=body)
    assert api.last.headers["content-type"] == PROBLEM
    assert api.last.json()["next_step"]


@pytest.mark.parametrize(
    "body", [b'{"text": "a", "text": "b"}', b'{"text": "a", "more": [{"text": "a", "te\\u0078t": "b"}]}']
)
async def test_a_body_that_names_a_field_twice_is_refused_with_its_name(api: Api, body: bytes) -> None:
    refused = await api.send("POST", "/echo", 422, content=body, headers={"Content-Type": "application/json"})
    assert refused["detail"] == "The body names 'text' 2 times"


async def test_a_body_that_nobody_reads_is_refused(api: Api) -> None:
    refused = await api.send("POST", "/silent", 422, content=b'{"note": "x"}')
    assert refused["detail"] == "This takes no body"
    for nothing in (b"", b" {} ", b"null"):
        await api.send("POST", "/silent", 200, content=nothing)


async def test_a_parameter_that_a_write_does_not_know_is_refused_with_those_that_it_does(api: Api) -> None:
    refused = await api.post("/echo", {"text": "a"}, status=422, ocurred_at="2026-01-05T09:00:00Z")
    assert (refused["detail"], refused["next_step"]) == (
        "Unknown parameter 'ocurred_at'", "leave it out: allowed are occurred_at, precision"
    )  # fmt: skip


async def test_what_is_damaged_in_the_store_is_refused_and_the_operators_are_asked_for(api: Api) -> None:
    answer = await api.post("/damaged", status=409)
    assert answer["type"] == "urn:hirelog:problem:damaged"
    assert "hirelog verify" in answer["next_step"]
    assert "key 3" not in str(answer)


async def test_a_fault_tells_nothing_of_its_inside(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    answer = await api.post("/fault", status=500)
    assert "42" not in json.dumps(answer)


async def test_an_unknown_path_and_method_are_problems(api: Api) -> None:
    await api.get("/nothing", status=404)
    assert api.last.headers["content-type"] == PROBLEM
    await api.get("/echo", status=405)
    assert api.last.headers["content-type"] == PROBLEM


async def test_readiness_says_what_is_wrong(api: Api) -> None:
    assert (await api.get("/readyz", status=503))["wrong"] == {"sick": "not well"}
    await api.get("/healthz")


async def test_the_docs_load_nothing_from_elsewhere(api: Api) -> None:
    page = await api.get("/docs")
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert assets
    assert all(asset.startswith("/") for asset in assets)
    for asset in assets:
        if not asset.endswith(".json"):
            response = await api._client.get(asset)
            assert response.status_code == 200, asset


async def test_metrics_count_requests_by_operation(api: Api) -> None:
    await api.post("/echo", {"text": "a"})
    assert 'operation="echo",status="200"' in await api.get("/metrics")


async def test_a_body_that_turns_out_too_large_is_told_so_too(api: Api) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 1_000

    await api.send("POST", "/echo", 413, content=chunks())
