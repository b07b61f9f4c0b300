"""Reports that would take too long are refused before they begin, and many at once don't slow each other."""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from services.reporting.commands import answering
from services.reporting.commands.turns import FOLDS, Busy, Turns
from services.reporting.metrics import offers
from services.reporting.metrics.fact import Fact
from services.reporting.projections import history, kept_reports, self_identifications
from services.reporting.projections.columns import Columns
from services.reporting.projections.kept import Keeper
from services.reporting.projections.kept_reports import KeptReports
from services.reporting.projections.offsets import Seen
from services.reporting.tests.conftest import Tell
from services.reporting.tests.tables import asked
from services.reporting.tests.test_self_identifications import REPORT, six_and_six, told
from shared.kit.codec import Codec
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired


async def test_one_is_computed_at_a_time_and_who_waits_comes_next() -> None:
    turns, seen, under_way = Turns(60), [], 0

    async def compute(number: int) -> None:
        nonlocal under_way
        async with turns.turn():
            under_way += 1
            assert under_way == 1
            await asyncio.sleep(0)
            seen.append(number)
            under_way -= 1

    await asyncio.gather(*(compute(number) for number in range(10)))
    assert seen == list(range(10))


async def test_whoever_comes_when_too_many_wait_is_sent_away_and_a_failure_makes_room() -> None:
    turns = Turns(60, waiting=1)
    async with turns.turn():
        waits = asyncio.create_task(_through(turns))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="1 wait already"):
            await _through(turns)
    await waits
    with pytest.raises(ZeroDivisionError):
        async with turns.turn():
            raise ZeroDivisionError
    await _through(turns)


async def test_nobody_waits_for_ever() -> None:
    turns = Turns(60, patience_s=0.01)
    async with turns.turn():
        with pytest.raises(Busy, match="not its turn"):
            await _through(turns)
    await _through(turns)


async def test_a_process_that_is_busy_says_when_to_come_again(lead: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "SUMS", Turns(60, waiting=0))
    answer = await lead.get("/reports/funnel", status=503)
    assert (answer["type"], lead.last.headers["Retry-After"]) == ("urn:hirelog:problem:busy", "5")


async def test_whoever_asks_for_what_is_kept_does_not_wait_for_one_that_folds_everything(lead: Api) -> None:
    async with FOLDS.turn():
        await lead.get("/reports/funnel")


async def test_whoever_asks_for_other_figures_does_not_wait_while_what_people_told_is_opened(
    lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(six_and_six())
    opening, go_on, open_some = asyncio.Event(), asyncio.Event(), self_identifications._opened

    async def slowly(codec: Codec, rows: Sequence[asyncpg.Record]) -> list[Fact]:
        opening.set()
        await go_on.wait()
        return await open_some(codec, rows)

    monkeypatch.setattr(self_identifications, "_opened", slowly)
    impact = asyncio.create_task(lead.get(REPORT))
    await opening.wait()
    await lead.get("/reports/funnel")
    assert not impact.done()
    go_on.set()
    assert told(await impact)["X"][:2] == (6, 4)


async def test_whoever_asks_meanwhile_does_not_wait_for_all_steps_of_a_comparison(
    lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_quarter: Any = next(row for row in asked() if row.title.startswith("E4 "))
    await tell(of_quarter.facts)
    answered, steps, report = list[int](), 0, KeptReports.report

    async def noted(reports: KeptReports, counts: Any, question: Any, seen: Seen, *more: Any, **told: Any) -> Any:
        nonlocal steps
        if seen.offsets is None:
            answered.append(steps)
        else:
            steps += 1
            if steps == 1:
                asking.append(asyncio.create_task(lead.get("/reports/funnel")))
        return await report(reports, counts, question, seen, *more, **told)

    asking: list[asyncio.Task[Any]] = []
    monkeypatch.setattr(KeptReports, "report", noted)
    await lead.get("/reports/funnel/diff", known_at="2026-03-05", to_as_of="2026-03-31")
    await asyncio.gather(*asking)
    assert steps > 3
    assert answered[0] < steps


async def test_what_takes_longer_than_the_limit_is_broken_off_and_the_next_one_is_answered(
    lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_quarter: Any = next(row for row in asked() if row.title.startswith("E4 "))
    await tell(of_quarter.facts)
    still = threading.Event()

    def endless(*_: object) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(still.set)
            while True:
                pass

    with monkeypatch.context() as slow:
        slow.setattr(answering, "FOLDS", Turns(limit_s=0.2))
        slow.setattr(offers, "processes", endless)
        answer = await lead.get("/reports/offer-acceptance", version=1, status=503)
        assert (answer["type"], lead.last.headers["Retry-After"]) == ("urn:hirelog:problem:took-too-long", "60")
        assert "/v1/facts" in answer["next_step"]
        assert still.is_set()
    await lead.get("/reports/offer-acceptance", version=1)


async def test_what_is_kept_is_read_though_who_asked_first_was_broken_off(
    reporting: Wired, lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_quarter: Any = next(row for row in asked() if row.title.startswith("E4 "))
    await tell(of_quarter.facts)
    await Keeper(reporting.store.database).all()
    go_on, read = asyncio.Event(), Columns.follow

    async def slowly(columns: Columns, connection: asyncpg.Connection) -> None:
        await go_on.wait()
        await read(columns, connection)

    with monkeypatch.context() as slow:
        slow.setattr(Columns, "follow", slowly)
        slow.setattr(answering, "SUMS", Turns(limit_s=0.2))
        await lead.get("/reports/funnel", status=503)
        go_on.set()
        slow.setattr(answering, "SUMS", Turns(limit_s=60))
        assert (await lead.get("/reports/funnel"))["rows"][0]["reached"] == 3


async def test_what_would_take_too_long_is_refused_before_it_begins(
    reporting: Wired, lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_quarter: Any = next(row for row in asked() if row.title.startswith("E4 "))
    await tell(of_quarter.facts)
    await reporting.store.database.execute("ANALYZE facts")
    monkeypatch.setattr(history, "MOST", 3)
    refused = await lead.get("/reports/offer-acceptance", version=1, status=422)
    assert refused["type"] == "urn:hirelog:problem:too-much"
    assert "/v1/facts" in refused["next_step"]
    await lead.get("/reports/offer-acceptance", version=1, as_of="2026-03-02")
    monkeypatch.setattr(history, "MOST", 1_000)
    await lead.get("/reports/offer-acceptance", version=1)


async def test_where_too_much_is_new_it_is_folded_before_anybody_is_answered(
    reporting: Wired, lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_quarter: Any = next(row for row in asked() if row.title.startswith("E4 "))
    await tell(of_quarter.facts)
    monkeypatch.setattr(kept_reports, "MOST", 3)
    refused = await lead.get("/reports/funnel", status=503)
    assert (refused["type"], lead.last.headers["Retry-After"]) == ("urn:hirelog:problem:unfolded", "5")
    await Keeper(reporting.store.database).all()
    await lead.get("/reports/funnel")
    monkeypatch.setattr(kept_reports, "MOST", 0)
    refused = await lead.get("/reports/funnel", status=422, as_of="2026-03-20T12:00Z")
    assert (refused["type"], "persons" in refused["detail"]) == ("urn:hirelog:problem:too-much", True)


async def _through(turns: Turns) -> None:
    async with turns.turn():
        pass
