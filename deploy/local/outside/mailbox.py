"""A mailbox that takes every mail over SMTP and keeps it."""

import asyncio
import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import BaseModel, ConfigDict, Field

from deploy.local.outside.faults import SILENCE_S, Faults
from deploy.local.outside.journal import Journal

MAIL_BYTES = 1024 * 1024


class Mail(BaseModel):
    """`from` and `to` are those of the envelope; of a repeated header the first is kept."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    received: datetime
    sender: str = Field(alias="from")
    to: list[str]
    subject: str
    text: str
    headers: dict[str, str]


class Mailbox:
    """The mails, and aiosmtpd's hooks that fill it."""

    def __init__(self, state_dir: Path, faults: Faults) -> None:
        self.mails = Journal(state_dir / "mails.jsonl", Mail, lambda mail: str(mail.id))
        self._faults = faults

    def protocol(self) -> asyncio.BaseProtocol:
        loop = asyncio.get_running_loop()
        return SMTP(self, loop=loop, hostname="localhost", data_size_limit=MAIL_BYTES, enable_SMTPUTF8=True)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._faults.take("smtp.rcpt"):
            return await _fail(server, fault.fail)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._faults.take("smtp")
        if fault and fault.fail != "drop":
            return await _fail(server, fault.fail)
        try:
            mail = self._keep(envelope)
        except OSError:
            return "452 4.3.1 The mailbox cannot be written; free some disk and send again"
        return await _fail(server, fault.fail) if fault else f"250 2.0.0 OK, kept as {mail.id}"

    def _keep(self, envelope: Envelope) -> Mail:
        last = self.mails.last()
        subject, text, headers = _read(envelope.original_content or b"")
        mail = Mail(
            id=last.id + 1 if last else 1,
            received=datetime.now(UTC),
            sender=_printable(envelope.mail_from or ""),
            to=[_printable(address) for address in envelope.rcpt_tos],
            subject=subject,
            text=text,
            headers=headers,
        )
        self.mails.put(mail)
        return mail


async def _fail(server: SMTP, fail: str) -> str:
    if fail == "drop" and isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
    if fail in ("drop", "timeout"):
        # aiosmtpd cancels this once the connection is gone.
        await asyncio.sleep(SILENCE_S)
        return "421 4.4.2 Too late"
    permanent = fail.startswith("5")
    return f"{fail} {fail[0]}.0.0 {'No: do not send this again' if permanent else 'Not now: send it again later'}"


def _read(content: bytes) -> tuple[str, str, dict[str, str]]:
    try:
        message = email.message_from_bytes(content, EmailMessage, policy=email.policy.default)
        headers: dict[str, str] = {}
        for name, value in message.items():
            headers.setdefault(name, _printable(str(value)))
        body = message.get_body(("plain", "html"))
        text = _printable(str(body.get_content())) if body else ""
    except Exception:
        # The parser fails in many ways, and no mail may be lost to that.
        return "(unreadable)", content.decode("utf-8", "replace"), {}
    return headers.get("Subject", ""), text.replace("\r\n", "\n"), headers


def _printable(text: str) -> str:
    # Bytes that are no text come out of the parser as lone surrogates, which no JSON can carry.
    return text.encode("utf-8", "replace").decode()
