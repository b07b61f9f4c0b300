"""What every sender keeps to, tried on the local Slack and the local mailbox and their faults."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.local.outside.tests.conftest import TOKEN, Outside, start_outside
from services.notifier.domain.member import Member
from services.notifier.senders import slack
from services.notifier.senders.email import Email
from services.notifier.senders.port import Letter, NotNow, Refused, Sender, Unreachable
from services.notifier.senders.slack import Slack
from services.notifier.templates.words import Words
from shared.events.personal import Clear
from shared.kit.context import now


class Channel:
    """A sender, the same one set to where nobody listens, and the other side."""

    outside: Outside
    sender: Sender
    elsewhere: Sender

    async def arrived(self, letter: Letter) -> list[dict[str, Any]]:
        raise NotImplementedError


class SlackChannel(Channel):
    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        slack = Slack(f"{outside.url}/slack/api", TOKEN)
        slack._client.timeout = 1  # so that a test of silence is short
        self.sender, self.elsewhere = slack, Slack("http://127.0.0.1:9/slack/api/", TOKEN)

    async def arrived(self, letter: Letter) -> list[dict[str, Any]]:
        messages = (await self.outside.http.get("/slack/messages")).json()
        payload = {"notification_id": str(letter.id)}
        return [m for m in messages if m["metadata"] and m["metadata"]["event_payload"] == payload]


class EmailChannel(Channel):
    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.sender = Email("127.0.0.1", outside.smtp_port, "Hirelog <no-reply@hirelog.example>")
        self.elsewhere = Email("127.0.0.1", 9, "no-reply@hirelog.example")

    async def arrived(self, letter: Letter) -> list[dict[str, Any]]:
        mails = (await self.outside.http.get("/mail/messages")).json()
        return [m for m in mails if m["headers"].get("Message-ID") == f"<{letter.id}@hirelog.example>"]


@pytest.fixture
def channel(request: pytest.FixtureRequest, outside: Outside) -> Channel:
    return SlackChannel(outside) if request.param == "slack" else EmailChannel(outside)


EVERY = pytest.mark.parametrize("channel", ["slack", "email"], indirect=True)


def letter(headline: str = "Your approval is asked") -> Letter:
    return Letter(uuid4(), now(), Words(headline, (("Offer", "offers/1"),)))


def member(email: str | None, slack_id: str | None = None) -> Member:
    sealed = {"email": Clear(email) if email else None, "slack_id": Clear(slack_id) if slack_id else None}
    return Member(UUID(int=1), "UTC", sealed["email"], sealed["slack_id"])


async def somebody(outside: Outside) -> Member:
    """New each time: one person takes one message a second."""
    email = f"{uuid4().hex}@example.com"
    await outside.person(email)
    return member(email)


@EVERY
async def test_a_letter_arrives_once_and_says_what_it_should(channel: Channel) -> None:
    sent = letter("Hired: <!channel> & {{7*7}}")
    assert await channel.sender.send(sent, await somebody(channel.outside), unsure=False) == "accepted"
    [arrived] = await channel.arrived(sent)
    shown = arrived.get("subject", "") + arrived["text"]
    assert "{{7*7}}" in shown
    assert "offers/1" in str(arrived)


@EVERY
async def test_somebody_without_an_address_is_not_reached(channel: Channel) -> None:
    with pytest.raises(Unreachable):
        await channel.sender.send(letter(), member(None), unsure=False)


@EVERY
@pytest.mark.parametrize("unsure", [True, False])
async def test_where_nobody_listens_nothing_can_have_arrived(channel: Channel, unsure: bool) -> None:
    with pytest.raises(NotNow) as later:
        await channel.elsewhere.send(letter(), await somebody(channel.outside), unsure)
    assert (later.value.code, later.value.unsure, later.value.after_s) == ("unreachable", unsure, None)


POST = "slack.chat.postMessage"
FAILURES = [
    # channel, where, how; what is raised, its code, whether it may have arrived, and whether it has
    ("slack", POST, "500", NotNow, "internal_error", True, 0),
    ("slack", POST, "503", NotNow, "service_unavailable", True, 0),
    ("slack", POST, "ok:false:fatal_error", NotNow, "fatal_error", True, 0),
    ("slack", POST, "ok:false:invalid_auth", NotNow, "invalid_auth", False, 0),
    ("slack", POST, "ok:false:channel_not_found", NotNow, "channel_not_found", False, 0),
    ("slack", POST, "ok:false:msg_too_long", Refused, "msg_too_long", None, 0),
    ("slack", POST, "timeout", NotNow, "no_answer", True, 0),
    ("slack", POST, "drop", NotNow, "no_answer", True, 1),
    ("slack", "slack.users.lookupByEmail", "500", NotNow, "internal_error", False, 0),
    ("slack", "slack.users.lookupByEmail", "ok:false:users_not_found", Unreachable, "users_not_found", None, 0),
    ("slack", "slack.conversations.open", "drop", NotNow, "no_answer", False, 0),
    ("slack", "slack.conversations.open", "ok:false:user_disabled", Unreachable, "user_disabled", None, 0),
    ("email", "smtp", "451", NotNow, "451", False, 0),
    ("email", "smtp", "554", Refused, "554", None, 0),
    ("email", "smtp.rcpt", "450", NotNow, "450", False, 0),
    ("email", "smtp.rcpt", "550", Refused, "550", None, 0),
    ("email", "smtp", "drop", NotNow, "no_answer", True, 1),
]


@pytest.mark.parametrize(
    ("channel", "where", "fail", "raised", "code", "unsure", "there"), FAILURES, indirect=["channel"]
)
async def test_a_failure_is_judged_by_what_may_have_happened(
    channel: Channel, where: str, fail: str, raised: type[NotNow], code: str, unsure: bool | None, there: int
) -> None:
    await channel.outside.fails(where, fail)
    to, sent = await somebody(channel.outside), letter()
    with pytest.raises(raised) as failed:
        await channel.sender.send(sent, to, unsure=False)
    assert failed.value.code == code
    assert getattr(failed.value, "unsure", None) == unsure
    assert len(await channel.arrived(sent)) == there


@pytest.mark.parametrize("channel", ["slack"], indirect=True)
async def test_the_wait_that_slack_names_is_kept(channel: Channel) -> None:
    await channel.outside.fails(POST, "429", retry_after=7)
    with pytest.raises(NotNow) as later:
        await channel.sender.send(letter(), await somebody(channel.outside), unsure=False)
    assert (later.value.code, later.value.unsure, later.value.after_s) == ("ratelimited", False, 7)


@pytest.mark.parametrize("channel", ["slack"], indirect=True)
@pytest.mark.parametrize(("fail", "outcome"), [("drop", "found"), ("500", "accepted")])
async def test_slack_is_asked_before_a_letter_that_may_have_arrived_is_sent_again(
    channel: Channel, fail: str, outcome: str
) -> None:
    to, sent = await somebody(channel.outside), letter()
    await channel.outside.fails(POST, fail)
    with pytest.raises(NotNow):
        await channel.sender.send(sent, to, unsure=False)
    assert await channel.sender.send(sent, to, unsure=True) == outcome
    assert len(await channel.arrived(sent)) == 1


@pytest.mark.parametrize("channel", ["slack"], indirect=True)
async def test_nothing_is_sent_again_while_slack_does_not_say_whether_it_arrived(channel: Channel) -> None:
    to, sent = await somebody(channel.outside), letter()
    await channel.outside.fails("slack.conversations.history", "500")
    with pytest.raises(NotNow) as later:
        await channel.sender.send(sent, to, unsure=True)
    assert later.value.unsure
    assert await channel.arrived(sent) == []


async def test_a_letter_is_found_on_the_last_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack, "PAGE", 1)
    async with start_outside(tmp_path) as outside:
        channel, to = SlackChannel(outside), await somebody(outside)
        letters = [letter() for _ in range(3)]
        for sent in letters:
            await channel.sender.send(sent, to, unsure=False)
        assert [await channel.sender.send(sent, to, unsure=True) for sent in letters] == ["found"] * 3
        assert await channel.sender.send(letter(), to, unsure=True) == "accepted"


@pytest.mark.parametrize("channel", ["slack"], indirect=True)
async def test_a_slack_id_that_is_known_needs_no_look_up(channel: Channel) -> None:
    user = await channel.outside.person(f"{uuid4().hex}@example.com")
    await channel.outside.fails("slack.users.lookupByEmail", "500", next=1)
    sent = letter()
    assert await channel.sender.send(sent, member(None, slack_id=user), unsure=False) == "accepted"
    assert len(await channel.arrived(sent)) == 1


@pytest.mark.parametrize("channel", ["email"], indirect=True)
async def test_a_repeated_mail_is_known_by_its_message_id(channel: Channel) -> None:
    to, sent = await somebody(channel.outside), letter()
    for unsure in (False, True):
        await channel.sender.send(sent, to, unsure)
    assert len(await channel.arrived(sent)) == 2


@pytest.mark.parametrize("channel", ["email"], indirect=True)
@pytest.mark.parametrize(
    "address", ["nobody", "", "a@b@c", "ada@example.com\r\nBcc: eve@example.com", "Ada <ada@x.example>"]
)
async def test_what_is_no_address_gets_no_mail(channel: Channel, address: str) -> None:
    sent = letter()
    with pytest.raises(Unreachable):
        await channel.sender.send(sent, member(address), unsure=False)
    assert await channel.arrived(sent) == []
