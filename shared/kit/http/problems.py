"""RFC 9457 problem+json for every refusal; each has a stable type and names the next step."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from shared.kit.codec import Damaged
from shared.kit.faults import DATABASE_DOWN, KAFKA_DOWN, describe
from shared.kit.keyring.port import KeyAbsent
from shared.kit.refusals import CorruptStream, Refusal

TYPE = "urn:hirelog:problem:"
log = structlog.get_logger()


def problem(
    status: int, slug: str, title: str, detail: str, next_step: str,
    extra: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    body = {"type": TYPE + slug, "title": title, "status": status, "detail": detail, "next_step": next_step}
    return JSONResponse(
        {**body, **(extra or {})},
        status_code=status,
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def refused(refusal: Refusal) -> Response:
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        refusal.status, refusal.slug, refusal.title, refusal.detail, refusal.next_step, refusal.extra, headers
    )


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem."""

    @app.exception_handler(Refusal)
    async def _(request: Request, error: Refusal) -> Response:
        return refused(error)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        # The values stay out: they may be personal, and they are the caller's own.
        fields = fields_of(error.errors())
        how_many = "One field is not valid" if len(fields) == 1 else f"{len(fields)} fields are not valid"
        return problem(
            422, "invalid", "The request can't be carried out as it stands", how_many,
            "correct what is listed and send it again", {"fields": fields},
        )  # fmt: skip

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        title = HTTPStatus(error.status_code).phrase
        return problem(
            error.status_code, title.lower().replace(" ", "-"), title, str(error.detail),
            "look up the path and the method in /docs", headers=error.headers,
        )  # fmt: skip

    for odd in (asyncpg.DataError, UnicodeError, OverflowError):
        app.exception_handler(odd)(_not_keepable)

    for down in (*DATABASE_DOWN, *KAFKA_DOWN, KeyAbsent):
        app.exception_handler(down)(_unavailable)

    for damaged in (CorruptStream, Damaged):
        app.exception_handler(damaged)(_damaged)

    @app.exception_handler(Exception)
    async def _(request: Request, error: Exception) -> Response:
        log.error("a fault in a route", route=request.url.path, exc_info=error)
        return problem(
            500, "fault", "Something went wrong on our side", "The request failed; nothing was written by it",
            "repeat it with the same Idempotency-Key; if it fails again, tell the operators the time",
        )  # fmt: skip


def fields_of(errors: Iterable[Mapping[str, Any]], of: str = "") -> list[dict[str, str]]:
    """What pydantic found, in the caller's words: where, from `of` on, and what."""
    return [
        {"field": ".".join(filter(None, (of, *map(str, e["loc"])))), "problem": e["msg"].removeprefix("Value error, ")}
        for e in errors
    ]


async def _not_keepable(request: Request, error: Exception) -> Response:
    return problem(
        422, "invalid", "The request can't be carried out as it stands",
        "A value can't be kept or compared: a NUL character, or a number or date out of range",
        "correct the request and send it again",
    )  # fmt: skip


async def _damaged(request: Request, error: Exception) -> Response:
    log.error("what is stored is damaged", route=request.url.path, what=describe(error))
    return problem(
        409, "damaged", "What is stored of it can't be read", "Nothing was written",
        "tell the operators: `./hirelog verify` names the events",
    )  # fmt: skip


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", route=request.url.path, fault=type(error).__name__)
    return problem(
        503, "unavailable", "A part that this service needs is down", "Nothing is known to be lost",
        "repeat the request with the same Idempotency-Key", headers={"Retry-After": "2"},
    )  # fmt: skip
