"""Slack's Web API over HTTP: tokens, arguments, limits and faults around the methods."""

import asyncio
import contextlib
import json
import secrets
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from deploy.local.outside.allowance import Allowance
from deploy.local.outside.arguments import Arguments, Refused
from deploy.local.outside.faults import SILENCE_S, Fault, Faults
from deploy.local.outside.methods import METHODS, channel_of
from deploy.local.outside.workspace import Workspace

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def routes(workspace: Workspace, faults: Faults, allowance: Allowance, token: str) -> APIRouter:
    router = APIRouter(prefix="/slack/api")

    @router.api_route("/{method}", methods=["GET", "POST"])
    async def call(method: str, request: Request) -> Response:
        fault = faults.take(f"slack.{method}")
        if fault and fault.fail != "drop":
            return await _failed(fault, request)
        try:
            arguments = await _arguments(request)
            _authenticate(request, arguments, token)
            if method not in METHODS:
                raise Refused("unknown_method")
            if method == "chat.postMessage":
                wait_s = allowance.retry_after(channel_of(workspace, arguments).id)
                if wait_s:
                    return _rate_limited(wait_s)
            answer = JSONResponse({"ok": True} | METHODS[method](workspace, arguments))
        except Refused as refused:
            answer = _refused(str(refused))
        except (ValidationError, PydanticSerializationError):
            answer = _refused("invalid_arguments")
        if fault:
            request.state.hang_up()
        return answer

    return router


def _authenticate(request: Request, arguments: Arguments, token: str) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        given = str(arguments.get("token", ""))
    if not given:
        raise Refused("not_authed")
    if not secrets.compare_digest(given.encode(), token.encode()):
        raise Refused("invalid_auth")


async def _arguments(request: Request) -> dict[str, Any]:
    """Query, form or JSON: slack-sdk sends the arguments of a POST in any of the three."""
    arguments: dict[str, Any] = dict(request.query_params)
    # A token in a URL ends up in logs: Slack no longer takes it there.
    arguments.pop("token", None)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "GET" or not await request.body():
        return arguments
    if kind in FORMS:
        async with request.form() as form:
            return arguments | {name: value for name, value in form.items() if isinstance(value, str)}
    if kind != "application/json":
        raise Refused("invalid_post_type" if kind else "missing_post_type")
    try:
        body = json.loads(await request.body())
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refused("invalid_json") from error
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    return arguments | body


async def _failed(fault: Fault, request: Request) -> Response:
    match fault.fail.split(":"):
        case ["429"]:
            return _rate_limited(fault.retry_after)
        case ["500"]:
            return _refused("internal_error", status=500)
        case ["503"]:
            return _refused("service_unavailable", status=503)
        case ["ok", "false", error]:
            return _refused(error)
    # Cancelled when the process ends: whoever still waits is hung up on as well.
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(SILENCE_S):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    request.state.hang_up()
    return Response(status_code=504)


def _refused(error: str, status: int = 200) -> JSONResponse:
    return JSONResponse({"ok": False, "error": error}, status_code=status)


def _rate_limited(wait_s: int) -> JSONResponse:
    headers = {"Retry-After": str(wait_s)}
    return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers=headers)
