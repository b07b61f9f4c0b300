"""The real aiosmtplib against the local mailbox."""

from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest

from deploy.local.outside.tests.conftest import Outside


def mail(subject: str, text: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "Hirelog <no-reply@hirelog.example>",
        "ada@example.com",
        subject,
    )
    message["Message-ID"] = f"<{subject.encode().hex()}@hirelog.example>"
    message.set_content(text)
    return message


async def send(outside: Outside, message: EmailMessage | bytes, **more: Any) -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=outside.smtp_port, timeout=5, start_tls=False, **more)


async def kept(outside: Outside, subject: str) -> list[dict[str, Any]]:
    mails = (await outside.http.get("/mail/messages")).json()
    return [one for one in mails if one["subject"] == subject]


async def test_a_mail_is_kept_as_it_was_sent(outside: Outside) -> None:
    message = mail("Einladung für Änne", "Grüße\n.\nam Montag um 9 Uhr\n")
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar")
    await send(outside, message)
    (one,) = await kept(outside, "Einladung für Änne")
    assert (one["from"], one["to"]) == ("no-reply@hirelog.example", ["ada@example.com"])
    assert one["text"] == "Grüße\n.\nam Montag um 9 Uhr\n"
    assert one["headers"]["Message-ID"] == message["Message-ID"]


async def test_who_receives_is_told_by_the_envelope(outside: Outside) -> None:
    await send(
        outside, mail("envelope"), sender="bounce@hirelog.example", recipients=["b@example.com", "c@example.com"]
    )
    (one,) = await kept(outside, "envelope")
    assert (one["from"], one["to"]) == ("bounce@hirelog.example", ["b@example.com", "c@example.com"])
    assert one["headers"]["To"] == "ada@example.com"


async def test_bytes_that_are_no_mail_are_kept_all_the_same(outside: Outside) -> None:
    broken = b"Subject: broken\r\nContent-Type: text/plain; charset=none-such\r\n\r\n\xff\xfe\x00 bytes\r\n"
    await send(outside, broken, sender="x@example.com", recipients=["y@example.com"])
    mails = (await outside.http.get("/mail/messages")).json()
    assert "bytes" in mails[-1]["text"]
    assert mails[-1]["to"] == ["y@example.com"]


@pytest.mark.parametrize("code", [451, 554])
async def test_a_planned_refusal_is_answered_and_nothing_is_kept(outside: Outside, code: int) -> None:
    await outside.fails("smtp", str(code))
    with pytest.raises(aiosmtplib.SMTPDataError) as error:
        await send(outside, mail(f"refused {code}"))
    assert error.value.code == code
    assert await kept(outside, f"refused {code}") == []
    await send(outside, mail(f"refused {code}"))
    assert len(await kept(outside, f"refused {code}")) == 1


async def test_a_recipient_can_be_refused(outside: Outside) -> None:
    await outside.fails("smtp.rcpt", "550")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as error:
        await send(outside, mail("unknown"))
    assert error.value.recipients[0].code == 550


async def test_a_planned_drop_keeps_the_mail_and_loses_the_answer(outside: Outside) -> None:
    await outside.fails("smtp", "drop")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(outside, mail("dropped"))
    assert len(await kept(outside, "dropped")) == 1


async def test_a_planned_timeout_keeps_nothing_and_never_answers(outside: Outside) -> None:
    await outside.fails("smtp", "timeout")
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await aiosmtplib.send(mail("silence"), hostname="127.0.0.1", port=outside.smtp_port, timeout=1, start_tls=False)
    assert await kept(outside, "silence") == []


async def test_the_pages_list_the_mails_and_show_one_escaped(outside: Outside) -> None:
    await send(outside, mail("<img src=x>", "<script>alert(1)</script> read me"))
    (one,) = await kept(outside, "<img src=x>")
    listed, shown = (await outside.http.get("/mail/")).text, await outside.http.get(f"/mail/{one['id']}")
    assert f'<a href="/mail/{one["id"]}">&lt;img src=x&gt;</a>' in listed
    assert "&lt;script&gt;alert(1)&lt;/script&gt; read me" in shown.text
    assert "<script" not in shown.text
    assert "<img" not in shown.text
    assert shown.headers["content-security-policy"].startswith("default-src 'none';")
    assert (await outside.http.get("/mail/999999")).status_code == 404
