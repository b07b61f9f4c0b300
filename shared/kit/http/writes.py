"""The edge of a write: token, scope, clock, idempotency and ETag in; a receipt out."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from shared.events.envelope import Precision
from shared.kit.context import Context, new_id
from shared.kit.digest import Digest
from shared.kit.http.access import BACKDATE, Caller
from shared.kit.http.body import Time, assert_once
from shared.kit.http.edge import Edge, edge
from shared.kit.http.idempotency import Answered, Idempotency
from shared.kit.http.parameters import assert_known
from shared.kit.refusals import Forbidden, Invalid, Refusal
from shared.kit.unit import Unit

ANYBODY = "anybody"
# What clients send that always send something.
NO_BODY = (b"", b"{}", b"null")
# Of the W3C; what is no such thing is passed over, as it says, and is nothing that anybody may have kept for ever.
TRACEPARENT = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
UUID_LENGTH = 36


class Receipt(BaseModel):
    """What a write answers: the thing it was about and the version it has now (also the ETag)."""

    id: UUID
    version: int


@dataclass
class Write:
    """Runs commands for a caller. `caller` is None on a public route called without a token."""

    caller: Caller | None
    context: Context
    _edge: Edge
    _idempotency: Idempotency | None
    _response: Response

    @property
    def member(self) -> Caller:
        assert self.caller is not None, "a public route has no member"
        return self.caller

    @property
    def digest(self) -> Digest:
        assert self._edge.digest is not None, "HIRELOG_DIGEST_KEY is not set"
        return self._edge.digest

    async def run(self, command: Callable[[Unit], Awaitable[Any]]) -> Receipt:
        """Carries out the command in one unit, or answers as the first time."""
        try:
            stream, version = await self._carry_out(command)
        except Answered as answered:
            stream, version = answered.stream, answered.version
        self._response.headers["ETag"] = f'"{version}"'
        return Receipt(id=UUID(stream[-UUID_LENGTH:]), version=version)

    async def _carry_out(self, command: Callable[[Unit], Awaitable[Any]]) -> tuple[str, int]:
        if self._idempotency is None:
            _, unit = await self._edge.store.run(self.context, command)
            return unit.primary
        await self._idempotency.look_up(self._edge.store.database)
        try:
            _, unit = await self._edge.store.run(self.context, command, self._idempotency)
        except Refusal:
            # What is refused may be the repetition of what was carried out a moment ago under this very key.
            await self._idempotency.look_up(self._edge.store.database)
            raise
        return unit.primary


def writes(scope: str) -> Any:
    """Dependency of a writing route. The scope ANYBODY is for the public: no token, or one that may back-date."""

    async def write(
        request: Request,
        response: Response,
        authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
        if_match: Annotated[str | None, Header(max_length=40)] = None,
        x_correlation_id: Annotated[UUID | None, Header()] = None,
        traceparent: Annotated[str | None, Header(include_in_schema=False, max_length=100)] = None,
        occurred_at: Annotated[
            Time | None, Query(description="When it happened; needs the scope backdate, never in the future")
        ] = None,
        precision: Annotated[Precision, Query(description="`day` when only the date is known")] = "instant",
    ) -> Write:
        here = edge(request)
        public = scope == ANYBODY and authorization is None
        caller = None if public else await here.access.caller(authorization)
        if caller is not None and scope != ANYBODY and not caller.may(scope):
            raise Forbidden(f"This needs the scope {scope}")
        assert_known(request)
        assert_once(body := await request.body())
        if request.scope["route"].body_field is None and body.strip() not in NO_BODY:
            raise Invalid("This takes no body", "leave it out; /docs tells what can be said here")
        who = caller.actor if caller else "public"
        context = Context(
            actor=who,
            correlation=x_correlation_id or new_id(),
            occurred=_occurred(occurred_at, caller),
            precision=precision,
            traceparent=traceparent if traceparent and TRACEPARENT.fullmatch(traceparent) else None,
            expected=_version(if_match),
        )
        idempotency = None
        if idempotency_key is not None:
            route = f"{request.method} {request.url.path}?{request.url.query}"
            idempotency = Idempotency.of(who, route, idempotency_key, body)
        return Write(caller, context, here, idempotency, response)

    write.scope = scope  # type: ignore[attr-defined]
    return Depends(write)


def _occurred(at: datetime | None, caller: Caller | None) -> datetime | None:
    if at is None:
        return None
    if caller is None or not caller.may(BACKDATE):
        raise Forbidden("occurred_at needs the scope backdate")
    if at > datetime.now(UTC):
        raise Invalid("occurred_at lies in the future", "leave it out for what happens now")
    return at.astimezone(UTC)


def _version(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise Invalid("If-Match is not an ETag of ours", 'send the ETag as it came, for example "3"')
    return int(text)
