"""From the ATS's events to messages: the right people, each of them once, history never."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.notifier import deliveries, notices
from services.notifier.tests import facts
from services.notifier.tests.desk import Desk
from shared.events.ats.approval import ApprovalVoided
from shared.events.notifier.notification import NotificationSent
from shared.kit.context import now

COUNT = "SELECT (SELECT count(*) FROM notices) + (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM events)"
LATE = "UPDATE notices SET taken = taken - interval '2 minutes'"


async def test_an_interviewer_is_asked_for_the_scorecard(desk: Desk) -> None:
    member, email = await desk.person()
    event = facts.scorecard_requested(member, await desk.log.job("Engineer"))
    [delivery] = await desk.log.happened(event.scorecard_id, event)
    await desk.work()

    [message] = await desk.in_slack(email)
    assert message["text"] == "Your scorecard is asked: Engineer, Onsite"
    assert await desk.states(member) == [("sent", "slack", "accepted")]
    [sent] = await desk.recorded(member)
    assert isinstance(sent, NotificationSent)
    assert (sent.recipient_id, sent.event_id, sent.event_type) == (
        member, delivery.envelope.id, "ats.scorecard.requested"
    )  # fmt: skip
    [(envelope, _)] = await desk.store.events(f"notification-{sent.notification_id}")
    assert (envelope.causation, envelope.correlation) == (delivery.envelope.id, delivery.envelope.correlation)
    assert envelope.key == str(member)


async def test_the_first_group_is_asked_for_its_approval_and_the_next_as_it_opens(desk: Desk) -> None:
    first, email = await desk.person()
    other, _ = await desk.person()
    second, later = await desk.person()
    drafted = facts.requisition("Engineer")
    await desk.log.happened(drafted.requisition_id, drafted)
    asked = facts.approval_requested(drafted.requisition_id, (first, other), (second,))
    await desk.log.happened(asked.approval_id, asked)
    await desk.work()
    assert [message["text"] for message in await desk.in_slack(email)] == [
        "Your approval is asked: requisition Engineer"
    ]
    assert [len(await desk.of(member)) for member in (first, other, second)] == [1, 1, 0]

    await desk.log.happened(asked.approval_id, facts.approved(asked, 1, first))
    await desk.work()
    assert len(await desk.in_slack(later)) == 1
    assert [len(await desk.of(member)) for member in (first, other, second)] == [1, 1, 1]


async def test_an_approved_offer_is_told_to_who_is_the_recruiter_of_the_job_now(desk: Desk) -> None:
    recruiter, email = await desk.person()
    before, _ = await desk.person()
    elsewhere, _ = await desk.person()
    job = await desk.log.job(recruiter=recruiter)
    await desk.log.joined(job, "recruiter", before, until=now() - timedelta(hours=1))
    await desk.log.joined(job, "hiring_manager", before)
    await desk.log.job(recruiter=elsewhere)
    event = facts.offer_approved(job)
    await desk.log.happened(event.offer_id, event)
    await desk.work()
    assert len(await desk.in_slack(email)) == 1
    assert [len(await desk.of(member)) for member in (recruiter, before, elsewhere)] == [1, 0, 0]


async def test_a_hire_is_told_to_hiring_manager_and_recruiter(desk: Desk) -> None:
    (manager, _), (recruiter, _) = await desk.person(), await desk.person()
    event = facts.hired(await desk.log.job(hiring_manager=manager, recruiter=recruiter))
    await desk.log.happened(event.application_id, event)
    await desk.work()
    assert [await desk.states(member) for member in (manager, recruiter)] == [[("sent", "slack", "accepted")]] * 2


async def test_who_is_both_is_told_once(desk: Desk) -> None:
    both, email = await desk.person()
    event = facts.hired(await desk.log.job(hiring_manager=both, recruiter=both))
    await desk.log.happened(event.application_id, event)
    await desk.work()
    assert len(await desk.in_slack(email)) == 1
    assert len(await desk.of(both)) == 1


async def test_an_event_that_comes_again_is_told_once(desk: Desk) -> None:
    member, email = await desk.person()
    event = facts.scorecard_requested(member, await desk.log.job())
    records = await desk.log.happened(event.scorecard_id, event)
    await desk.work()
    await desk.log.take(records)
    await desk.work()
    assert len(await desk.in_slack(email)) == 1
    assert len(await desk.recorded(member)) == 1


async def test_history_tells_nobody_and_records_nothing(desk: Desk) -> None:
    member, _ = await desk.person()
    job = await desk.log.job(recruiter=member)
    asked = facts.approval_requested(uuid4(), (member,))
    card, offer, hire = facts.scorecard_requested(member, job), facts.offer_approved(job), facts.hired(job)
    ago = timedelta(hours=1, seconds=1)
    for of, event in (
        (asked.approval_id, asked), (card.scorecard_id, card), (offer.offer_id, offer), (hire.application_id, hire)
    ):  # fmt: skip
        await desk.log.happened(of, event, ago=ago)
    await desk.work()
    async with desk.store.database.connection() as connection:
        assert await connection.fetchval(COUNT) == 0


async def test_a_group_that_opens_today_is_told_of_a_round_that_began_in_history(desk: Desk) -> None:
    first, second = [(await desk.person())[0] for _ in range(2)]
    drafted = facts.requisition()
    await desk.log.happened(drafted.requisition_id, drafted, ago=timedelta(days=2))
    asked = facts.approval_requested(drafted.requisition_id, (first,), (second,))
    await desk.log.happened(asked.approval_id, asked, ago=timedelta(days=2))
    await desk.log.happened(asked.approval_id, facts.approved(asked, 1, first))
    await desk.work()
    assert [len(await desk.of(member)) for member in (first, second)] == [0, 1]


async def test_what_comes_before_the_hiring_team_is_known_waits_for_it(desk: Desk) -> None:
    recruiter, email = await desk.person()
    job = await desk.log.job()
    event = facts.offer_approved(job)
    await desk.log.happened(event.offer_id, event)
    await desk.work()
    assert await desk.of(recruiter) == []
    await desk.log.joined(job, "recruiter", recruiter)
    await desk.work()
    assert len(await desk.in_slack(email)) == 1


async def test_what_comes_before_its_title_waits_for_it_but_not_for_ever(desk: Desk) -> None:
    member, email = await desk.person()
    event = facts.scorecard_requested(member, uuid4())
    await desk.log.happened(event.scorecard_id, event)
    assert await notices.address(desk.store.database) == 0
    async with desk.store.database.connection() as connection:
        await connection.execute(LATE)
    await desk.work()
    [message] = await desk.in_slack(email)
    assert message["text"] == "Your scorecard is asked: (title not known here), Onsite"


async def test_a_confidential_title_is_never_in_a_message(desk: Desk) -> None:
    member, email = await desk.person()
    drafted = facts.requisition(title=None, confidential=True)
    await desk.log.happened(drafted.requisition_id, drafted)
    asked = facts.approval_requested(drafted.requisition_id, (member,))
    await desk.log.happened(asked.approval_id, asked)
    await desk.work()
    [message] = await desk.in_slack(email)
    assert message["text"] == "Your approval is asked: requisition confidential"


@pytest.mark.parametrize("over", ["voted", "voided"])
async def test_who_is_no_longer_asked_is_not_told_any_more(desk: Desk, over: str) -> None:
    (first, email), (second, _) = await desk.person(), await desk.person()
    drafted = facts.requisition()
    await desk.log.happened(drafted.requisition_id, drafted)
    asked = facts.approval_requested(drafted.requisition_id, (first, second), (second,))
    voided = ApprovalVoided(
        approval_id=asked.approval_id, anchor_id=asked.anchor_id, anchor_purpose="confidential", cause="revised"
    )
    await desk.log.happened(asked.approval_id, asked, facts.approved(asked, 1, second) if over == "voted" else voided)
    await desk.work()
    assert await desk.in_slack(email) == []
    assert await desk.states(first) == [("suppressed", "none", "overtaken")]
    [event] = await desk.recorded(first)
    assert event.outcome == "overtaken"


async def test_no_row_of_the_notifier_holds_a_name_or_an_address(desk: Desk) -> None:
    member, email = await desk.person()
    event = facts.scorecard_requested(member, await desk.log.job(recruiter=member))
    await desk.log.happened(event.scorecard_id, event)
    await desk.work()
    async with desk.store.database.connection() as connection:
        for table in ("kept_events", "titles", "job_teams", "notices", "deliveries", "principals", "events"):
            rows = await connection.fetch(f"SELECT t::text FROM {table} t")
            assert rows
            assert not any(email in row[0] or "Ada Example" in row[0] for row in rows)


def test_every_delivery_has_an_id_that_follows_from_event_and_recipient() -> None:
    event, recipient = uuid4(), uuid4()
    assert deliveries.id_of(event, recipient) == deliveries.id_of(event, recipient)
    assert deliveries.id_of(event, recipient) != deliveries.id_of(recipient, event)
