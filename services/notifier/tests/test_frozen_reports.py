"""A report that a schedule froze is told by mail to each recipient once, and its figures stay where they are."""

from uuid import uuid4

from services.notifier import notices
from services.notifier.tests import facts
from services.notifier.tests.desk import Desk

LATE = "UPDATE notices SET taken = taken - interval '61 seconds'"


async def test_each_recipient_gets_one_mail_and_nothing_in_slack(desk: Desk) -> None:
    people = [await desk.person(), await desk.person(in_slack=False)]
    event = facts.snapshot_sealed(*(member for member, _ in people))
    records = await desk.log.happened(event.snapshot_id, event)
    await desk.work()
    await desk.log.take(records)
    await desk.work()
    for member, email in people:
        [mail] = await desk.in_mailbox(email)
        assert mail["subject"] == "Report: Funnel of last month"
        for said in (
            "2026-02 (America/New_York)",
            "08:00 (Europe/Berlin)",
            f"snapshots/{event.snapshot_id}",
            "a5" * 32,
        ):
            assert said in mail["text"]
        assert await desk.in_slack(email) == []
        assert await desk.states(member) == [("sent", "email", "accepted")]
        [sent] = await desk.recorded(member)
        assert (sent.event_type, sent.level) == ("reporting.snapshot.sealed", "information")


async def test_a_report_that_was_frozen_by_hand_is_told_to_nobody(desk: Desk) -> None:
    event = facts.snapshot_sealed(title=None)
    await desk.log.happened(event.snapshot_id, event)
    async with desk.store.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM notices") == 0


async def test_no_figure_of_the_report_is_in_the_mail_or_in_a_row_of_the_notifier(desk: Desk) -> None:
    member, email = await desk.person()
    event = facts.snapshot_sealed(member)
    await desk.log.happened(event.snapshot_id, event)
    await desk.work()
    [mail] = await desk.in_mailbox(email)
    assert "4711" not in str(mail)
    async with desk.store.database.connection() as connection:
        for table in ("notices", "deliveries", "events"):
            rows = await connection.fetch(f"SELECT t::text FROM {table} t")
            assert rows
            assert not any("4711" in row[0] for row in rows)


async def test_recipients_that_are_not_known_yet_are_waited_for_but_not_for_ever(desk: Desk) -> None:
    known, email = await desk.person()
    stranger = uuid4()
    event = facts.snapshot_sealed(known, stranger)
    await desk.log.happened(event.snapshot_id, event)
    assert await notices.address(desk.store.database) == 0
    async with desk.store.database.connection() as connection:
        await connection.execute(LATE)
    await desk.work()
    assert len(await desk.in_mailbox(email)) == 1
    assert await desk.states(stranger) == [("suppressed", "none", "no_address")]
