"""Makes a service's app: routes, problems, health, metrics, and docs that need no network."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kit.faults import DATABASE_DOWN
from shared.kit.http import problems
from shared.kit.http.edge import Edge
from shared.kit.telemetry import REQUESTS

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else what is not."""


def make_app(
    name: str,
    summary: str,
    edge: Edge,
    routers: Sequence[APIRouter],
    checks: Mapping[str, Check],
    max_body_bytes: int,
) -> FastAPI:
    app = FastAPIOffline(title=f"Hirelog {name}", summary=summary, version="1")
    app.state.edge = edge
    problems.install(app)
    app.add_middleware(BodyLimit, most=max_body_bytes)
    app.add_middleware(Measured)
    for router in routers:
        app.include_router(router, prefix="/v1")
    _health(app, checks)

    return app


def _health(app: FastAPI, checks: Mapping[str, Check]) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        found = {name: await _tried(check) for name, check in checks.items()}
        wrong = {name: what for name, what in found.items() if what is not None}
        return JSONResponse({"ready": not wrong, "wrong": wrong}, status_code=503 if wrong else 200)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _tried(check: Check) -> str | None:
    try:
        return await check()
    except DATABASE_DOWN as error:
        return f"down ({type(error).__name__})"


class Measured:
    """Times each request by operation and status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            operation = getattr(scope.get("route"), "operation_id", None) or "none"
            REQUESTS.labels(operation, status).observe(perf_counter() - began)


class BodyLimit:
    """413 for a body that is, or turns out to be, over the limit."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0
        started = False

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        try:
            if declared.isdigit() and int(declared) > self._most:
                raise TooLarge
            await self._app(scope, limited, watched)
        except TooLarge:
            if not started:
                await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = problems.problem(
            413, "too-large", "The body is too large", f"At most {self._most} bytes are read", "send less at once"
        )
        await answer(scope, receive, send)


class TooLarge(HTTPException):
    """The body went over the limit. FastAPI lets HTTP errors pass that come up while it reads a body."""

    def __init__(self) -> None:
        super().__init__(413, "The body is over the limit")
