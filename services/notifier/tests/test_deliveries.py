"""What becomes of a delivery when its channel fails, its sender dies, or several send at once."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from services.notifier import deliveries, notices
from services.notifier.dispatch import PAUSES_S, Dispatch
from services.notifier.main import senders
from services.notifier.settings import NotifierSettings
from services.notifier.tests import facts
from services.notifier.tests.desk import Desk
from shared.events.ats.team_member import TeamMemberDeactivated
from shared.events.notifier.notification import NotificationFailed
from shared.kit.codec import Codec
from shared.kit.context import now
from shared.kit.keyring.memory import MemoryKeyring

POST = "slack.chat.postMessage"
OLD = "UPDATE notices SET recorded = recorded - interval '8 days'"


async def asked(desk: Desk, member: UUID, times: int = 1) -> None:
    """The member has so many scorecards to write, and nothing was sent yet."""
    job = await desk.log.job()
    for _ in range(times):
        event = facts.scorecard_requested(member, job)
        await desk.log.happened(event.scorecard_id, event)
    await notices.address(desk.store.database)


async def test_what_was_sent_by_somebody_who_died_before_recording_it_is_not_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    await dies_before_recording(desk, monkeypatch)
    assert len(await desk.in_slack(email)) == 1
    assert await desk.states(member) == [("sending", None, None)]

    await desk.retry()
    assert len(await desk.in_slack(email)) == 1
    assert await desk.states(member) == [("sent", "slack", "found")]
    assert len(await desk.recorded(member)) == 1


async def dies_before_recording(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as dying:
        dying.setattr(desk.dispatch, "_end", die)
        with pytest.raises(asyncio.CancelledError):
            await desk.dispatch.send_due()


async def test_what_was_claimed_by_somebody_who_died_before_sending_is_sent(desk: Desk) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    assert len(await deliveries.claim(desk.store.database)) == 1
    await desk.dispatch.send_due()
    assert await desk.in_slack(email) == []
    await desk.retry()
    assert len(await desk.in_slack(email)) == 1


async def test_who_was_superseded_records_nothing(desk: Desk) -> None:
    member, _ = await desk.person()
    await asked(desk, member)
    [stale] = await deliveries.claim(desk.store.database)
    await desk.retry()
    with pytest.raises(deliveries.LeaseLost):
        await deliveries.postpone(desk.store.database, stale, timedelta(), True, "no_answer", False)
    await desk.dispatch._deliver(stale)
    assert await desk.states(member) == [("sent", "slack", "accepted")]
    assert len(await desk.recorded(member)) == 1


@pytest.mark.parametrize("fail", ["drop", "500", "ok:false:fatal_error", "429"])
async def test_whatever_slack_does_the_message_is_there_once(desk: Desk, fail: str) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    await desk.outside.fails(POST, fail)
    await desk.work()
    assert [row["state"] for row in await desk.of(member)] == ["retrying"]
    assert await desk.recorded(member) == []
    await desk.retry()
    assert len(await desk.in_slack(email)) == 1
    assert [row["state"] for row in await desk.of(member)] == ["sent"]


async def test_the_wait_that_slack_names_is_kept_and_uses_up_no_try(desk: Desk) -> None:
    member, _ = await desk.person()
    await asked(desk, member)
    await desk.outside.fails(POST, "429", retry_after=600)
    before = now()
    await desk.work()
    [row] = await desk.of(member)
    assert timedelta(seconds=595) < row["due"] - before < timedelta(seconds=630)
    assert (row["attempt"], row["limited"], row["outcome"]) == (1, 1, "ratelimited")
    await desk.dispatch.send_due()
    assert (await desk.of(member))[0]["attempt"] == 1


async def test_it_is_given_up_after_eight_tries_and_that_is_recorded(desk: Desk) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    await desk.outside.fails(POST, "ok:false:invalid_auth", next=100)
    await desk.work()
    for pause in PAUSES_S:
        [row] = await desk.of(member)
        assert row["state"] == "retrying"
        assert pause - 1 < (row["due"] - row["tried"]).total_seconds() < pause + 1
        await desk.retry()
    assert await desk.states(member) == [("failed", "slack", "invalid_auth")]
    [failed] = await desk.recorded(member)
    assert isinstance(failed, NotificationFailed)
    assert (failed.attempts, failed.channel) == (8, "slack")
    assert await desk.in_slack(email) == []


async def test_a_final_answer_ends_it_at_once(desk: Desk) -> None:
    member, _ = await desk.person(in_slack=False)
    await asked(desk, member)
    await desk.outside.fails("smtp.rcpt", "550")
    await desk.work()
    assert await desk.states(member) == [("failed", "email", "550")]


async def test_who_is_not_in_slack_gets_a_mail(desk: Desk) -> None:
    member, email = await desk.person(in_slack=False)
    await asked(desk, member)
    await desk.work()
    [mail] = await desk.in_mailbox(email)
    [row] = await desk.of(member)
    assert mail["subject"] == "Your scorecard is asked: Engineer, Onsite"
    assert mail["headers"]["Message-ID"] == f"<{row['id']}@hirelog.example>"
    assert (row["state"], row["channel"]) == ("sent", "email")


async def test_without_slack_everything_goes_by_mail_and_without_both_nowhere(
    desk: Desk, settings: NotifierSettings
) -> None:
    first, email = await desk.person()
    mail_only = settings.model_copy(update={"slack_url": None})
    desk.dispatch = Dispatch(desk.store, senders(mail_only), asyncio.Event())
    await asked(desk, first)
    await desk.work()
    assert (len(await desk.in_mailbox(email)), len(await desk.in_slack(email))) == (1, 0)

    second, _ = await desk.person()
    desk.dispatch = Dispatch(desk.store, senders(mail_only.model_copy(update={"smtp_host": None})), asyncio.Event())
    await asked(desk, second)
    await desk.work()
    assert await desk.states(second) == [("suppressed", "none", "muted")]


async def test_who_has_left_is_not_told(desk: Desk) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    await desk.log.happened(member, TeamMemberDeactivated(member_id=member))
    await desk.work()
    assert await desk.states(member) == [("suppressed", "none", "no_address")]
    assert (await desk.in_slack(email), await desk.in_mailbox(email)) == ([], [])


async def test_what_could_not_leave_for_days_is_not_sent_any_more(desk: Desk) -> None:
    member, _ = await desk.person()
    await asked(desk, member)
    async with desk.store.database.connection() as connection:
        await connection.execute(OLD)
    await desk.work()
    assert await desk.states(member) == [("suppressed", "none", "overtaken")]


async def test_one_person_is_written_to_once_a_second(desk: Desk) -> None:
    # The local Slack takes one message a second and channel, and answers 429 to what is more.
    member, email = await desk.person()
    await asked(desk, member, times=3)
    await desk.work()
    stamps = [float(message["ts"]) for message in await desk.in_slack(email)]
    assert len(stamps) == 3
    assert min(later - before for before, later in pairwise(stamps)) >= 0.9
    assert [row["attempt"] for row in await desk.of(member)] == [1, 1, 1]


async def test_what_one_sender_is_claiming_another_passes_by(desk: Desk) -> None:
    (member, _), (other, _) = await desk.person(), await desk.person()
    await asked(desk, member)
    claiming = (deliveries.AT_ONCE, deliveries.APART, deliveries.LEASE)
    async with asyncio.timeout(10), desk.store.database.transaction() as connection:
        assert len(await connection.fetch(deliveries.CLAIM, *claiming)) == 1
        await asked(desk, other)
        assert [claimed.recipient_id for claimed in await deliveries.claim(desk.store.database)] == [other]
    assert await deliveries.claim(desk.store.database) == []


async def test_a_key_that_cannot_be_had_now_is_waited_for_and_uses_up_no_try(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    with monkeypatch.context() as keyring_of_another_day:
        keyring_of_another_day.setattr(desk.store, "codec", Codec(MemoryKeyring()))
        await desk.dispatch.send_due()
    [row] = await desk.of(member)
    assert (row["state"], row["outcome"], row["limited"], row["unsure"]) == ("retrying", "KeyAbsent", 1, False)
    await desk.retry()
    assert len(await desk.in_slack(email)) == 1


async def test_a_doubt_outlasts_a_fault_of_our_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    await dies_before_recording(desk, monkeypatch)
    with monkeypatch.context() as keyring_of_another_day:
        keyring_of_another_day.setattr(desk.store, "codec", Codec(MemoryKeyring()))
        await desk.retry()
    [row] = await desk.of(member)
    assert (row["outcome"], row["unsure"]) == ("KeyAbsent", True)
    await desk.retry()
    assert len(await desk.in_slack(email)) == 1
    assert await desk.states(member) == [("sent", "slack", "found")]


async def test_several_senders_side_by_side_send_each_message_once(desk: Desk, settings: NotifierSettings) -> None:
    people = [await desk.person() for _ in range(25)]
    for member, _ in people:
        await asked(desk, member)
    others = [Desk(desk.store, desk.outside, Dispatch(desk.store, senders(settings), asyncio.Event()), desk.log)
              for _ in range(3)]  # fmt: skip
    await asyncio.gather(*(other.work() for other in others))
    for member, email in people:
        assert len(await desk.in_slack(email)) == 1
        assert [row["attempt"] for row in await desk.of(member)] == [1]


async def test_an_attempt_that_fails_as_nobody_foresaw_is_tried_again(desk: Desk) -> None:
    member, email = await desk.person()
    await asked(desk, member)
    async with desk.store.database.connection() as connection:
        [good] = await connection.fetch("SELECT data::text FROM notices")
        await connection.execute("UPDATE notices SET data = '{}'")
        await desk.dispatch.send_due()
        assert [row["outcome"] for row in await desk.of(member)] == ["ValidationError"]
        await connection.execute("UPDATE notices SET data = $1", good["data"])
    await desk.retry()
    assert len(await desk.in_slack(email)) == 1
