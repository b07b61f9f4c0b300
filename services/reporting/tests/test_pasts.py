"""On real PostgreSQL: of a past only what had occurred by then is read of those who are folded, and that is enough."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.keeping import WAYS
from services.reporting.metrics.world import World
from services.reporting.projections import folded
from services.reporting.projections import kept_reports as kept_reports_module
from services.reporting.projections.around import Around
from services.reporting.projections.asked import facts_at
from services.reporting.projections.columns import Columns
from services.reporting.projections.folded import Folded, LastFolded
from services.reporting.projections.kept import ANEW, Keeper
from services.reporting.tests.conftest import Tell
from services.reporting.tests.making import of_name
from services.reporting.tests.telling import Telling, at
from services.reporting.tests.test_keeping import agree
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationRejected,
    ApplicationSubmitted,
    SourceAttributed,
)
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import JobUpdated
from shared.events.ats.offer import OfferAccepted
from shared.events.ats.opening import OpeningOpened
from shared.events.event import registry
from shared.kit.wiring import Wired

MOVED = registry.get("ats.application.occurrence-corrected").model


def told() -> Telling:
    """P1 came on day 1, as was believed until day 20, P2 on day 15; P3 stays, P4 is P3, and P5 took a seat later."""
    tell = Telling()
    tell.job("J1")
    tell(-20, OpeningOpened, opening_id="O1", requisition_id="R1", jobs=(), evergreen=False)
    for day, number in ((1, 1), (15, 2), (3, 3), (4, 5)):
        one: dict[str, Any] = {"person_id": f"P{number}", "application_id": f"A{number}"}
        came = tell(day, ApplicationSubmitted, **one, job_id="J1", stage="applied", source="referral")
        if number < 3:
            tell(20, MOVED, **one, event_id=came.id, old=at(day), new=at({1: 12, 2: 2}[number]), why="wrong_day")
    tell(14, ApplicationRejected, person_id="P3", application_id="A3", stage="applied")
    tell(16, OfferAccepted, person_id="P5", application_id="A5", offer_id="F5", job_id="J1", opening_id="O1")
    tell(18, SourceAttributed, person_id="P3", application_id="A3", view="application", old="referral", new="agency")
    tell(19, CandidatesMerged, person_id="P3", merged="P4", application_map={})
    return tell


class BrokenOff(Exception):
    pass


@pytest.mark.parametrize("known", [11, 19, 30])
async def test_a_past_is_folded_from_what_had_occurred_by_then(reporting: Wired, tell: Tell, known: float) -> None:
    await tell(told().facts)
    await Keeper(reporting.store.database).all()
    for report in ("response-time", "source-effectiveness", "hire-chance", "time-to-fill", "funnel"):
        await agree(reporting, report, Clocks(at(10), at(known)), by=("department",))
    rows = await agree(reporting, "pipeline-health", Clocks(at(10), at(known)), by=("department",))
    assert sum(row.active for row in rows) == 3


def reached_since(tell: Telling) -> None:
    tell(7, ApplicationAdvanced, known=25, person_id="P3", application_id="A3", from_stage="applied", to_stage="onsite")


def merged_since(tell: Telling) -> None:
    tell(26, CandidatesMerged, person_id="P3", merged="P5", application_map={of_name("A5"): of_name("A3")})


def led_by_another_since(tell: Telling) -> None:
    tell(2, JobUpdated, known=25, job_id="J1", department="Else")


@pytest.mark.parametrize("since", [reached_since, merged_since, led_by_another_since])
@pytest.mark.parametrize("kept", [False, True], ids=["marked", "kept-anew"])
async def test_what_was_folded_is_held_until_something_comes(
    reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch, since: Callable[[Telling], None], kept: bool
) -> None:
    story, clocks, read = told(), Clocks(at(10), at(30)), list[int]()
    await tell(story.facts)
    await Keeper(reporting.store.database).all()

    async def counting(connection: asyncpg.Connection, ids: Collection[UUID], *given: Any) -> list[Fact]:
        read.append(len(ids))
        return await facts_at(connection, ids, *given)

    monkeypatch.setattr(kept_reports_module, "facts_at", counting)
    before = {
        report: await agree(reporting, report, clocks, by=("department",)) for report in ("pipeline-health", "funnel")
    }
    assert any(read)
    read.clear()
    assert before == {report: await agree(reporting, report, clocks, by=("department",)) for report in before}
    assert not any(read)
    story.facts.clear()
    since(story)
    await tell(story.facts)
    if kept:
        await Keeper(reporting.store.database).all()
    after = {report: await agree(reporting, report, clocks, by=("department",)) for report in before}
    assert any(read)
    assert after["funnel"] != before["funnel"]


async def test_what_was_folded_is_not_held_over_a_reading_that_was_broken_off(
    reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, clocks = told(), Clocks(at(10), at(30))
    await tell(story.facts)
    await Keeper(reporting.store.database).all()
    before = await agree(reporting, "funnel", clocks, by=("department",))
    story.facts.clear()
    reached_since(story)
    await tell(story.facts)
    await Keeper(reporting.store.database).all()

    def break_off(*_: Any) -> None:
        raise BrokenOff

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Columns, "take", break_off)
        with pytest.raises(BrokenOff):
            await agree(reporting, "funnel", clocks, by=("department",))
    assert await agree(reporting, "funnel", clocks, by=("department",)) != before


async def test_what_is_known_around_is_read_again_where_that_was_broken_off(
    reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(told().facts)

    def break_off(*_: Any) -> None:
        raise BrokenOff

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Around, "hold", break_off)
        with pytest.raises(BrokenOff):
            await agree(reporting, "funnel", Clocks(at(30), at(30)), by=("department",))
    await agree(reporting, "funnel", Clocks(at(30), at(30)), by=("department",))


async def test_what_is_no_longer_held_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    last, way, clocks, nobody = LastFolded(Columns()), WAYS["funnel"], Clocks(at(1), at(1)), np.empty(0, np.int32)
    monkeypatch.setattr(folded, "HELD_S", 0.1)
    facts = told().facts

    def hold() -> weakref.ref[Folded]:
        one = Folded(World(facts, Clocks(at(30), at(30))))
        last.hold(way, clocks, nobody, one)
        return weakref.ref(one)

    first = hold()
    assert last.of(way, clocks, nobody) is first() is not None
    monkeypatch.setattr(folded, "HELD", len(facts))
    second = hold()
    gc.collect()
    assert first() is None
    async with asyncio.timeout(10):
        while second() is not None:
            await asyncio.sleep(0.01)
            gc.collect()


async def test_what_was_folded_is_of_one_table(reporting: Wired, tell: Tell) -> None:
    clocks = Clocks(at(10), at(30))
    await tell(told().facts)
    await Keeper(reporting.store.database).all()
    before = await agree(reporting, "pipeline-health", clocks, by=("department",))
    # As a rebuild may: by a handler that was mended, and nobody is marked afterwards.
    async with reporting.store.database.connection() as connection:
        await connection.execute("DELETE FROM facts WHERE person_id = $1", of_name("P3"))
        for statement in ANEW:
            await connection.execute(statement)
    await Keeper(reporting.store.database).all()
    after = await agree(reporting, "pipeline-health", clocks, by=("department",))
    assert [sum(row.active for row in rows) for rows in (before, after)] == [3, 2]
