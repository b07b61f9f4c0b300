"""Row 8: members of a consumer group come, die, stand still and come back, or take too long. I2 I3 I4."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress

from deploy.local.children import Child
from services.reporting.projections import facts
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.effects import Delivery, Effect, Moves, Projection
from shared.kit.kafka import Kafka
from shared.kit.progress import Superseded
from tests.resilience.commands import Commands
from tests.resilience.soundness import settled, sound
from tests.resilience.system import System, until

MOST_MS = 2_000
CONSUMED = "hirelog_consumed_total"


async def test_members_that_come_and_die_under_load_leave_each_event_with_one_effect(
    system: System, kills: int
) -> None:
    with Commands(system, "crm") as load:
        for _ in range(kills):
            with system.beside("reporting", "consume") as first, system.beside("reporting", "consume") as second:
                await takes_part(system, first)
                await takes_part(system, second)
                first.kill()
                await load.go_on(20)
        await load.go_on(20)
    await sound(system, load)


async def test_a_member_that_stood_still_for_longer_than_its_session_repeats_nothing(system: System) -> None:
    with system.beside("reporting", "consume") as member:
        with Commands(system, "crm") as load:
            await takes_part(system, member)
            member.kill(signal.SIGSTOP)
            await load.go_on(20)
        # What was its share is taken by the others once its session is over.
        await settled(system)
        with Commands(system, "crm") as more:
            member.kill(signal.SIGCONT)
            before = await system.metric_of(member, CONSUMED)

            async def takes_part_again() -> bool:
                return await system.metric_of(member, CONSUMED) > before

            await until(takes_part_again, "the member to have a share again")
        assert member.running
    await sound(system, load, more)


async def test_a_handler_that_takes_longer_than_a_member_may_between_two_polls_is_done_once_by_another(
    system: System,
) -> None:
    await settled(system)
    password = system.platform.kafka_users["reporting"]
    kafka = Kafka(system.platform.kafka, "slow", "reporting", password, max_poll_interval_ms=MOST_MS)
    database = Database(system.platform.database_url("reporting"))
    slow = Slow(Projection(database, Codec(), facts.TABLES, facts.TYPES, facts.project))
    member = asyncio.create_task(Consumer("reporting.facts", facts.TOPICS, kafka, database, slow).run())
    with Commands(system, "crm") as load:
        await until(slow.busy.is_set, "the slow member to have something to do")
    # It still is busy with it when others have done it.
    await settled(system)
    assert not slow.superseded
    slow.may_go_on.set()
    await until(lambda: slow.superseded, "the slow member to find that it is too late")
    assert not member.done()
    member.cancel()
    with suppress(asyncio.CancelledError):
        await member
    await database.close()
    await sound(system, load)


class Slow:
    """An effect that waits until it may go on."""

    def __init__(self, effect: Effect) -> None:
        self.most, self.handles = effect.most, effect.handles
        self.busy, self.may_go_on, self.superseded = asyncio.Event(), asyncio.Event(), False
        self._effect = effect

    async def apply(self, deliveries: Sequence[Delivery], progress: Moves) -> None:
        self.busy.set()
        await self.may_go_on.wait()
        try:
            await self._effect.apply(deliveries, progress)
        except Superseded:
            self.superseded = True
            raise


async def takes_part(system: System, member: Child) -> None:
    async def has_taken() -> bool:
        return await system.metric_of(member, CONSUMED) > 0

    await until(has_taken, "a new member to take records")
