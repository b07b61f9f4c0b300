"""/live: what is happening now, as server-sent events."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from services.reporting.api.access import REPORTS
from services.reporting.live.audience import Audience
from shared.kit.http.reads import Read, reads

SEND_S = 10.0
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Events `windows` and `stale`, without end"}
}


def routes(audience: Audience) -> APIRouter:
    router = APIRouter(tags=["live"])

    @router.get(
        "/live", operation_id="watch_live", summary="Watch what is happening now", responses=STREAM,
        response_class=StreamingResponse,
    )  # fmt: skip
    async def live(read: Read = reads(REPORTS), last_event_id: Annotated[str | None, Header()] = None) -> Watched:
        return Watched(audience, last_event_id)

    return router


class Watched(StreamingResponse):
    """A stream that ends when its watcher is gone, or takes nothing any more and so holds a seat for nobody."""

    def __init__(self, audience: Audience, last_id: str | None) -> None:
        # Proxies that would collect it first are asked not to.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(audience.frames(last_id), headers=headers, media_type="text/event-stream")
        self._audience = audience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_S):
                await send(message)

        with self._audience.seat():
            try:
                await super().__call__(scope, receive, in_time)
            except TimeoutError:
                return
