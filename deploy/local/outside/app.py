"""Everything outside under one address: issuer, Slack, mailbox, faults and health."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.local.outside import faults, issuer, pages, slack_api
from deploy.local.outside.allowance import Allowance
from deploy.local.outside.faults import Faults
from deploy.local.outside.mailbox import Mail, Mailbox
from deploy.local.outside.workspace import Channel, Person, Workspace

BODY_BYTES = 1024 * 1024


class BoundedBody:
    """Stops reading a request at BODY_BYTES."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_BYTES:
                raise HTTPException(413, f"A request here has at most {BODY_BYTES} bytes; send less.")
            return message

        await self._app(scope, bounded, send)


def create(
    state_dir: Path, issuer_url: str, workspace: Workspace, mailbox: Mailbox, plan: Faults, limit: Allowance, token: str
) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BoundedBody)
    app.include_router(issuer.routes(state_dir, issuer_url))
    app.include_router(slack_api.routes(workspace, plan, limit, token))
    app.include_router(faults.routes(plan))
    _read_slack(app, workspace)
    _read_mail(app, mailbox)

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/")
    async def home() -> HTMLResponse:
        return pages.home()

    return app


def _read_slack(app: FastAPI, workspace: Workspace) -> None:
    @app.post("/slack/users", status_code=201)
    async def add_people(people: list[Person]) -> list[dict[str, str]]:
        """Makes people known to the workspace; repeating it changes nothing."""
        for person in people:
            workspace.add_person(person)
        return [person.model_dump() | {"id": person.id} for person in people]

    @app.post("/slack/channels", status_code=201)
    async def add_channels(names: list[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,80}$")]]) -> list[Channel]:
        return [workspace.add_channel(name) for name in names]

    @app.get("/slack/")
    async def page(channel: str | None = None) -> HTMLResponse:
        return pages.slack(list(workspace.channels()), list(workspace.messages), channel)

    @app.get("/slack/messages")
    async def messages(channel: str | None = None) -> list[dict[str, Any]]:
        """Oldest first; `user` and `email` are the reader's of a direct message, null in a channel."""
        wanted = workspace.channel(channel) if channel else None
        if channel and wanted is None:
            raise HTTPException(404, f"There is no channel {channel!r}.")
        emails = {person.id: person.email for person in workspace.people}
        answer = []
        for message in workspace.messages:
            if wanted is None or message.channel == wanted.id:
                spoken_in = workspace.channel(message.channel)
                user = spoken_in.user if spoken_in else None
                answer.append(message.model_dump() | {"user": user, "email": emails.get(user or "")})
        return answer


def _read_mail(app: FastAPI, mailbox: Mailbox) -> None:
    @app.get("/mail/")
    async def page() -> HTMLResponse:
        return pages.mails(reversed(list(mailbox.mails)))

    @app.get("/mail/messages")
    async def messages() -> list[Mail]:
        """Oldest first."""
        return list(mailbox.mails)

    @app.get("/mail/{mail_id}")
    async def one(mail_id: int) -> HTMLResponse:
        mail = mailbox.mails.get(str(mail_id))
        if mail is None:
            raise HTTPException(404, f"There is no mail {mail_id}; /mail/ lists them.")
        return pages.mail(mail)
