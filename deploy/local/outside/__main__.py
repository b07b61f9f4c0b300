"""`python -m deploy.local.outside --port P --smtp-port Q --state DIR`: serves until SIGTERM."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from deploy.local.outside import app
from deploy.local.outside.allowance import Allowance
from deploy.local.outside.faults import Faults
from deploy.local.outside.journal import JournalUnreadable
from deploy.local.outside.mailbox import Mailbox
from deploy.local.outside.workspace import Workspace

HOST = "127.0.0.1"


class Connection(H11Protocol):
    """Lets a fault close the connection without an answer: `request.state.hang_up()`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "hang_up": transport.abort}
        super().connection_made(transport)


def main() -> None:
    settings = _settings()
    try:
        # Both ports or none: nothing is opened or written before they are ours.
        http, smtp = (_bind(port) for port in (settings.port, settings.smtp_port))
        _make(settings.state)
        asyncio.run(_serve(settings, http, smtp))
    except (OSError, JournalUnreadable) as error:
        sys.exit(f"The outside world did not start: {error}")


def _bind(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise OSError(
            f"port {port} cannot be had ({os.strerror(error.errno or 0)}); stop who has it or choose another."
        ) from error


def _make(state: Path) -> None:
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OSError(f"{state} cannot be made ({os.strerror(error.errno or 0)}); give another --state.") from error


async def _serve(settings: argparse.Namespace, http: socket.socket, smtp: socket.socket) -> None:
    faults = Faults()
    mailbox = Mailbox(settings.state, faults)
    url = f"http://{HOST}:{http.getsockname()[1]}"
    web = app.create(
        settings.state,
        f"{url}/issuer",
        Workspace(settings.state),
        mailbox,
        faults,
        Allowance(settings.messages_per_second, settings.burst),
        settings.slack_token,
    )
    server = uvicorn.Server(
        uvicorn.Config(web, http=Connection, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    )
    # uvicorn stops gracefully and then raises the signal again; without these the exit code would be the signal's.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: None)
    mail_server = await asyncio.get_running_loop().create_server(mailbox.protocol, sock=smtp)
    try:
        print(
            f"Outside: {url}/ (Slack {url}/slack/, mailbox {url}/mail/, SMTP port {smtp.getsockname()[1]})", flush=True
        )
        await server.serve(sockets=[http])
    finally:
        # Not awaited: a mail client may keep its connection open for as long as it likes.
        mail_server.close()


def _settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.outside")
    parser.add_argument("--port", type=_port, required=True, help="of issuer, Slack and pages")
    parser.add_argument("--smtp-port", type=_port, required=True)
    parser.add_argument("--state", type=Path, required=True, help="directory of the key, messages and mails")
    parser.add_argument("--slack-token", default=os.environ.get("HIRELOG_SLACK_TOKEN"))
    parser.add_argument("--messages-per-second", type=_positive, default=5.0, help="per Slack channel")
    parser.add_argument("--burst", type=int, default=20, help="messages a channel takes at once")
    settings = parser.parse_args()
    if not settings.slack_token:
        parser.error("no Slack token: set HIRELOG_SLACK_TOKEN or give --slack-token")
    if settings.burst < 1:
        parser.error("--burst must be at least 1")
    return settings


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("must be at most 65535 (0: any free one)")
    return port


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1_000_000:
        raise argparse.ArgumentTypeError("must be above 0")
    return number


if __name__ == "__main__":
    main()
