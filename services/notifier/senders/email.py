"""Mail over SMTP: at least once, since nobody can look into a mailbox before sending again."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import aiosmtplib

from services.notifier.domain.member import Member
from services.notifier.senders.port import Letter, NotNow, Refused, Unreachable
from services.notifier.templates import email as template
from shared.kit.context import now

CALL_S = 10


class Email:
    """Every repetition has the same Message-ID, by which mail systems drop what they have."""

    channel = "email"

    def __init__(self, host: str, port: int, mail_from: str) -> None:
        self._host, self._port, self._from = host, port, mail_from
        self._domain = parseaddr(mail_from)[1].rpartition("@")[2]

    async def send(self, letter: Letter, member: Member, unsure: bool) -> str:
        if member.email_address is None:
            raise Unreachable("no_address")
        message = self._message(letter, member.email_address)
        try:
            await aiosmtplib.send(
                message, hostname=self._host, port=self._port, local_hostname=self._domain, timeout=CALL_S
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _judged(error.recipients[0].code, unsure) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _judged(error.code, unsure) from None
        except aiosmtplib.SMTPNotSupported:
            raise Refused("not_supported") from None
        except aiosmtplib.SMTPConnectError:
            raise NotNow("unreachable", unsure) from None
        except (aiosmtplib.SMTPException, OSError):
            raise NotNow("no_answer", unsure=True) from None
        return "accepted"

    def _message(self, letter: Letter, address: str) -> EmailMessage:
        subject, text = template.render(letter.words)
        message = EmailMessage(policy=SMTP)
        try:
            message["To"] = Address(addr_spec=address)
        except (ValueError, IndexError, MessageError):
            raise Unreachable("bad_address") from None
        message["From"] = self._from
        message["Subject"] = subject
        message["Date"] = format_datetime(now())
        message["Message-ID"] = f"<{letter.id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


def _judged(code: int, unsure: bool) -> Refused | NotNow:
    return NotNow(str(code), unsure) if code < 500 else Refused(str(code))
