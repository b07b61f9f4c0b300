"""The feed of facts: whoever goes on from the last cursor has every fact, in its last state, and none twice."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.reporting.metrics.fact import Fact
from services.reporting.projections import changes, facts
from services.reporting.tests.conftest import Keep, Tell, member
from services.reporting.tests.log import Log
from services.reporting.tests.making import make
from shared.events.ats.requisition import RequisitionSubmitted
from shared.events.crm.prospect import CandidateSourced
from shared.kit.codec import Codec
from shared.kit.effects import Delivery
from shared.kit.http.paging import cursor_of, values_of
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

AT = datetime(2026, 3, 1, tzinfo=UTC)


def sourced(count: int, first: int = 0) -> list[Fact]:
    """Prospects that became known a second apart."""
    at = [AT + timedelta(seconds=first + n) for n in range(count)]
    return [Fact(uuid4(), make(CandidateSourced, person_id=uuid4()), n + 1, AT, at[n]) for n in range(count)]


class Reader:
    """Keeps what comes, as a warehouse does, and goes on from where it stood."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.cursor: str | None = None
        self.held: dict[str, Any] = {}

    async def read(self, limit: int = 1_000, **asked: Any) -> list[Any]:
        """One page."""
        after: dict[str, Any] = {} if self.cursor is None else {"after": self.cursor}
        page = await self._api.get("/facts", **after, limit=limit, **asked)
        assert page["next"] == self._api.last.headers["next-cursor"]
        self.cursor = page["next"]
        self.held |= {item["event_id"]: item for item in page["items"]}
        return list(page["items"])

    async def ids(self, limit: int = 1_000) -> list[UUID]:
        return [UUID(item["event_id"]) for item in await self.read(limit)]


@pytest.fixture
async def reader(lead: Api) -> Reader:
    """Behind the team, which stands in the log first."""
    reader = Reader(lead)
    await reader.read()
    return reader


@asynccontextmanager
async def writing(reporting: Wired, batch: Sequence[Delivery]) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that has written a batch and not ended."""
    events = await Codec().open([(d.envelope, d.record.value) for d in batch])
    async with reporting.store.database.connection() as connection:
        await connection.execute("BEGIN")
        await facts.project(connection, list(zip(batch, events, strict=True)))
        yield connection
        if connection.is_in_transaction():
            await connection.execute("ROLLBACK")


async def test_pages_follow_each_other_in_the_order_of_the_log(reader: Reader, lead: Api, tell: Tell) -> None:
    told = sourced(7)
    await tell(told)
    pages = []
    for _ in range(3):
        pages.append(await reader.ids(3))
        assert ("link" in lead.last.headers) == (len(pages) < 3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [event for page in pages for event in page] == [fact.id for fact in told]
    assert await reader.ids() == []
    await tell(more := sourced(2, first=9))
    assert await reader.ids() == [fact.id for fact in more]


async def test_the_link_leads_to_the_next_page(lead: Api, reader: Reader, tell: Tell) -> None:
    told = sourced(3)
    await tell(told)
    start = reader.cursor
    await lead.get("/facts", after=start, limit=2, types="crm.prospect.sourced")
    link = lead.last.headers["link"].partition(">")[0].removeprefix("</v1")
    assert [item["event_id"] for item in (await lead.send("GET", link, 200))["items"]] == [str(told[2].id)]


async def test_a_fact_says_what_its_event_said(reader: Reader, tell: Tell) -> None:
    [told] = sourced(1)
    await tell([told])
    [item] = await reader.read()
    assert (item["event_id"], item["type"], item["topic"]) == (str(told.id), "crm.prospect.sourced", "crm.events")
    assert item["person_id"] == item["data"]["person_id"]
    assert (item["occurred"], item["known"]) == ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z")
    assert item["application_id"] is None


async def test_an_event_redriven_late_reaches_who_is_past_it_and_so_does_what_it_raises(
    reader: Reader, keep: Keep, log: Log
) -> None:
    told = sourced(5)
    deliveries = await log.deliveries(told)
    for index, second in enumerate((1, 7, 3, 8, 9)):
        deliveries[index].record.timestamp = int((AT + timedelta(seconds=second)).timestamp() * 1000)
    parked = deliveries.pop(1)
    await keep(deliveries)
    assert len(await reader.read()) == 4
    await keep([parked])
    again = await reader.read()
    assert [UUID(item["event_id"]) for item in again] == [told[1].id, told[2].id]
    assert {item["known"] for item in again} == {"2026-03-01T00:00:07Z"}
    await keep([parked])
    assert await reader.read() == []


async def test_who_is_not_past_a_redriven_event_gets_it_once(reader: Reader, keep: Keep, log: Log) -> None:
    told = sourced(4)
    deliveries = await log.deliveries(told)
    parked = deliveries.pop(1)
    await keep(deliveries)
    first = await reader.ids(1)
    await keep([parked])
    assert sorted(first + await reader.ids()) == sorted(fact.id for fact in told)


async def test_a_late_commit_of_an_earlier_number_is_waited_for(
    reader: Reader, reporting: Wired, keep: Keep, log: Log
) -> None:
    slow, fast = sourced(2), sourced(2)
    async with writing(reporting, await Log(partition=1).deliveries(slow)) as connection:
        await keep(await log.deliveries(fast))
        reading = asyncio.create_task(reader.ids())
        assert not (await asyncio.wait([reading], timeout=0.05))[0]
        await connection.execute("COMMIT")
    assert await reading == [fact.id for fact in (*slow, *fast)]


async def test_numbers_of_a_batch_that_came_to_nothing_are_passed_by(
    reader: Reader, reporting: Wired, keep: Keep, log: Log
) -> None:
    async with writing(reporting, await Log(partition=1).deliveries(sourced(3))):
        pass
    await keep(await log.deliveries(told := sourced(2)))
    assert await reader.ids() == [fact.id for fact in told]


async def test_behind_a_writer_that_stands_still_the_feed_is_unavailable_for_a_while(
    lead: Api, reporting: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PATIENCE_S", 0.01)
    async with writing(reporting, await Log(partition=1).deliveries(sourced(1))):
        await lead.get("/facts", status=503)
    assert lead.last.headers["retry-after"]
    await lead.get("/facts")


async def test_partitions_written_side_by_side_with_redrives_lose_nothing_and_double_nothing(
    reader: Reader, reporting: Wired, lead: Api
) -> None:
    dice = random.Random(5)
    written: set[UUID] = set()
    done = asyncio.Event()

    async def write(partition: int) -> None:
        log, told = Log(partition), sourced(40, first=partition)
        deliveries = await log.deliveries(told)
        late = [deliveries.pop(dice.randrange(len(deliveries))) for _ in range(5)]
        batches = [deliveries[n : n + 5] for n in range(0, len(deliveries), 5)] + [[one] for one in late]
        for batch in batches:
            if dice.random() < 0.2:
                async with writing(reporting, batch):
                    pass
            async with writing(reporting, batch) as connection:
                for _ in range(dice.randrange(12)):
                    await connection.fetchval("SELECT 1")
                await connection.execute("COMMIT")
            written.update(delivery.envelope.id for delivery in batch)

    async def follow() -> list[UUID]:
        seen: list[UUID] = []
        while not done.is_set() or "link" in lead.last.headers:
            seen += await reader.ids(7)
        return seen + await reader.ids()

    following = asyncio.create_task(follow())
    await asyncio.gather(*(write(partition) for partition in range(1, 5)))
    done.set()
    seen = await following
    assert set(seen) == written
    assert len(seen) == len(written) == 160


async def test_types_narrow_the_feed_and_the_cursor_passes_the_others(reader: Reader, tell: Tell) -> None:
    submitted = Fact(uuid4(), make(RequisitionSubmitted, requisition_id=uuid4()), 9, AT, AT + timedelta(hours=1))
    await tell([*sourced(4), submitted])
    items = await reader.read(types=["ats.requisition.submitted", "ats.job.opened"])
    assert [item["type"] for item in items] == ["ats.requisition.submitted"]
    assert await reader.read() == []


async def test_a_cursor_of_facts_that_are_gone_is_refused(lead: Api, reader: Reader) -> None:
    assert reader.cursor
    generation, change = values_of(reader.cursor, 2)
    for gone in (cursor_of("0" * 16, change), cursor_of(generation, int(change) + 1)):
        answer = await lead.get("/facts", status=410, after=gone)
        assert answer["type"] == "urn:hirelog:problem:facts-begun-anew"
        assert "without `after`" in answer["next_step"]
    await lead.get("/facts", after=reader.cursor)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"after": "elsewhere"}, "not one of ours"),
        ({"after": cursor_of("x", "-1")}, "not one of ours"),
        ({"after": cursor_of("x", "9" * 30)}, "not one of ours"),
        ({"after": cursor_of("x", "²")}, "not one of ours"),
        ({"limit": 0}, "greater than or equal to 1"),
        ({"limit": 10_001}, "less than or equal to 10000"),
        ({"types": "ats.application.hierd"}, "CATALOGUE.md"),
        ({"types": "ats.self-identification.recorded"}, "unknown type"),
        ({"type": "ats.application.hired"}, "allowed are after"),
    ],
)
async def test_what_the_feed_does_not_know_is_refused(asked: dict[str, Any], names: str, lead: Api) -> None:
    answer = await lead.get("/facts", status=422, **asked)
    assert names in str(answer)


def test_self_identification_is_no_fact() -> None:
    assert not [of for of in (*facts.TYPES, *facts.TOPICS) if "self-identification" in of]


async def test_the_feed_is_for_data_teams(anybody: Api, tell: Tell) -> None:
    await tell([member("recruiter", "recruiter"), member("ops", "ops")])
    await anybody.get("/facts", status=401)
    await anybody.as_("recruiter").get("/facts", status=403)
    await anybody.as_("ops").get("/facts")
