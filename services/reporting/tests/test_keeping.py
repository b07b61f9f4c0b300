"""On real PostgreSQL: who keeps stands in nobody's way, misses nothing, and sees again to what was kept until a day."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Subject
from services.reporting.metrics.keeping import answers
from services.reporting.metrics.world import World
from services.reporting.projections import columns, kept
from services.reporting.projections import kept_reports as reports_module
from services.reporting.projections.columns import Columns
from services.reporting.projections.history import History
from services.reporting.projections.kept import Keeper
from services.reporting.projections.kept_reports import Unfolded, kept_reports
from services.reporting.projections.marks import Marks, unmark
from services.reporting.projections.offsets import Seen
from services.reporting.tests.conftest import Tell
from services.reporting.tests.making import of_name
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import ApplicationAdvanced, ApplicationSubmitted, HireReversed
from shared.events.ats.approval import ApprovalRequested
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewScheduled
from shared.events.ats.job import JobTeamChanged, JobUpdated
from shared.events.ats.offer import OfferAccepted, OfferExtended
from shared.events.ats.opening import OpeningOpened
from shared.events.ats.requisition import RequisitionHeld, RequisitionResumed
from shared.events.ats.scorecard import ScorecardSubmitted
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberUpdated
from shared.events.crm.campaign import CampaignStarted
from shared.events.event import Event
from shared.kit.wiring import Wired

END = datetime(2026, 4, 15, tzinfo=UTC)
NOW = Clocks(END, END)
ONE: dict[str, Any] = {"person_id": "P1", "application_id": "A1"}
RAISED = "INSERT INTO marks (kind, id) VALUES ('event', $1)"
CHANGE = "UPDATE facts SET known = $1, change = DEFAULT WHERE event_id = $2"
# Whoever waits for a lock waits for longer.
SOON_S = 10


class Holding(Keeper):
    """Stands still while it folds."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.folding, self.go_on = asyncio.Event(), asyncio.Event()

    async def _keep(self, connection: asyncpg.Connection, kind: Subject, ids: Collection[UUID]) -> None:
        await super()._keep(connection, kind, ids)
        self.folding.set()
        await self.go_on.wait()


async def rows(reporting: Wired, report: str, clocks: Clocks = NOW, **asked: Any) -> tuple[list[Any], list[Any]]:
    """What is answered, and what folding all facts gives."""
    definition = DEFINITIONS[report]
    question = definition.question.model_validate(asked)
    counts = answers(definition, question)
    assert counts is not None
    ours = await kept_reports(reporting.store.database).report(counts, question, Seen(clocks))
    facts = await History(reporting.store.database).load(definition.reads, Seen(clocks))
    theirs = definition.compute(World(facts, clocks), question)
    return [cell.row for cell in ours.cells], [cell.row for cell in theirs.cells]


async def agree(reporting: Wired, report: str, clocks: Clocks = NOW, **asked: Any) -> Any:
    ours, theirs = await rows(reporting, report, clocks, **asked)
    assert ours == theirs
    return ours


async def marks(reporting: Wired) -> set[tuple[str, UUID]]:
    async with reporting.store.database.connection() as connection:
        return {tuple(row) for row in await connection.fetch("SELECT kind, id FROM marks")}


async def test_nobody_waits_for_who_folds_and_what_comes_meanwhile_is_folded_again(
    reporting: Wired, tell: Tell
) -> None:
    told, keeper = Telling(), Holding(reporting.store.database)
    told.job("J1")
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    await tell(told.facts)
    keeper.go_on.set()
    await keeper.all()
    keeper.go_on.clear()
    first = told(1, ApplicationAdvanced, **ONE, from_stage="applied", to_stage="onsite")
    await tell([first])
    keeper.folding.clear()
    folding = asyncio.create_task(keeper.step())
    async with asyncio.timeout(SOON_S):
        await keeper.folding.wait()
        await tell([told(2, ApplicationAdvanced, **ONE, from_stage="onsite", to_stage="offer")])
    keeper.go_on.set()
    assert await folding == 1
    assert await marks(reporting) == {("person", of_name("P1"))}
    [row] = await agree(reporting, "entered", by=("month",))
    assert row.n == 2
    await keeper.all()
    assert await marks(reporting) == set()
    await agree(reporting, "entered", by=("month",))


@pytest.mark.parametrize("prepared", [False, True])
async def test_nobody_waits_for_a_keeper_that_stands_still(
    prepared: bool, reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, keeper, unmarked = Telling(), Keeper(reporting.store.database), asyncio.Event()
    told.job("J1")
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    await tell(told.facts)
    while await marks(reporting) != {("person", of_name("P1"))}:
        await keeper.step()

    async def stand_still(connection: asyncpg.Connection, seen: Any) -> None:
        await unmark(connection, seen)
        if prepared:
            # Between preparing a statement and executing it nobody is idle.
            await connection.prepare("SELECT 1")
        unmarked.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as still:
        still.setattr(kept, "WHOLE_S" if prepared else "STANDSTILL_S", 2)
        still.setattr(kept, "unmark", stand_still)
        stands = asyncio.create_task(keeper.step())
        await unmarked.wait()
    # Its mark is locked by who stands still, until the database has enough of that.
    async with asyncio.timeout(SOON_S):
        await tell([told(1, ApplicationAdvanced, **ONE, from_stage="applied", to_stage="onsite")])
    stands.cancel()
    await asyncio.gather(stands, return_exceptions=True)
    await keeper.all()
    await agree(reporting, "entered")


async def test_a_scorecard_is_missing_once_it_is_due_though_nothing_happens(
    reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    told.job("J1")
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    given: dict[str, Any] = {"interview_id": "I1", "job_id": "J1", "version": 1, "panel": [of_name("Mina")]}
    told(1, InterviewScheduled, **ONE, **given, end=at(2))
    await tell(told.facts)
    monkeypatch.setattr(kept, "now", lambda: at(2))
    await keeper.all()
    [pending] = await agree(reporting, "feedback-sla", Clocks(at(2.5), at(2.5)))
    assert (pending.pending, pending.missing) == (1, 0)
    # Not folded again yet: whoever asks folds it.
    for report in ("feedback-sla", "feedback-overdue"):
        await agree(reporting, report)
    monkeypatch.setattr(kept, "now", lambda: at(9))
    await keeper._remind()
    assert await marks(reporting) == {("person", of_name("P1"))}
    await keeper.all()
    await keeper._remind()
    assert await marks(reporting) == set()
    [missing] = await agree(reporting, "feedback-sla")
    assert (missing.pending, missing.missing) == (0, 1)
    # The day before it was due it was not missing, whatever is kept by now.
    [pending] = await agree(reporting, "feedback-sla", Clocks(at(2.5), END))
    assert (pending.pending, pending.missing) == (1, 0)
    [overdue] = await agree(reporting, "feedback-overdue", by=("interviewer",))
    assert overdue.n == 1


async def test_what_was_kept_of_feedback_follows_the_interviewers_week(reporting: Wired, tell: Tell) -> None:
    told, keeper, mina = Telling(), Keeper(reporting.store.database), of_name("Mina")
    told.job("J1")
    told(-9, TeamMemberAdded, member_id=mina, zone="UTC", week=("mon", "tue", "wed", "thu", "fri"))
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    given: dict[str, Any] = {"interview_id": "I1", "job_id": "J1", "version": 1, "panel": [mina]}
    told(1, InterviewScheduled, **ONE, **given, end=at(2))
    told(3.5, ScorecardSubmitted, **ONE, interview_id="I1", interviewer="Mina", scorecard_id="S1")
    await tell(told.facts)
    await keeper.all()
    [before] = await agree(reporting, "feedback-sla")
    assert before.late == 1
    # 1 March 2026 is a Sunday, and the interview was on a Tuesday: who works on Thursdays next has until then.
    await tell([told(1.5, TeamMemberUpdated, known=20, member_id=mina, week=("mon", "tue", "thu", "fri"))])
    assert await marks(reporting) == {("team-member", mina)}
    [after] = await agree(reporting, "feedback-sla")
    assert after.late == 0
    await keeper.all()
    assert (await agree(reporting, "feedback-sla"))[0] == after
    # Who did not know yet counts by the week before.
    [known_then] = await agree(reporting, "feedback-sla", Clocks(at(19), at(19)))
    assert known_then.late == 1


async def test_a_seat_is_folded_again_with_whoever_took_it_and_with_what_is_known_of_its_jobs(
    reporting: Wired, tell: Tell
) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    told.job("J1")
    seat: dict[str, Any] = {"opening_id": "O1", "requisition_id": "R1"}
    told(-20, OpeningOpened, **seat, jobs=(of_name("J1"),), evergreen=False)
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    offer = {**ONE, "offer_id": "F1", "job_id": "J1", "opening_id": "O1"}
    told(3, OfferExtended, **offer)
    await tell(told.facts)
    await keeper.all()
    [open_] = await agree(reporting, "time-to-fill")
    assert (open_.n, open_.open) == (0, 1)
    later: tuple[tuple[float, type[Event], dict[str, Any]], ...] = (
        (4, OfferAccepted, offer),
        (6, HireReversed, {**ONE, "offer_id": "F1", "cause": "mistake"}),
        (7, OfferAccepted, {**offer, "offer_id": "F2", "person_id": "P2", "application_id": "A2"}),
        (8, ApplicationSubmitted, {"person_id": "P2", "application_id": "A2", "job_id": "J1", "stage": "applied"}),
        (5, RequisitionHeld, {"requisition_id": "R1"}),
        (-2, JobUpdated, {"job_id": "J1", "requisition_id": "R1", "department": "Design"}),
    )
    for day, model, given in later:
        await tell([told(day, model, known=30 + day, **given)])
        questions: tuple[dict[str, Any], ...] = ({}, {"by": ("department",)}, {"start": "requisition"})
        for asked in questions:
            before = await agree(reporting, "time-to-fill", **asked)
            await keeper.all()
            assert await agree(reporting, "time-to-fill", **asked) == before
    for day in (3.5, 5, 6.5, 9):
        await agree(reporting, "time-to-fill", Clocks(at(day), END), by=("department",))


async def test_a_round_of_approval_is_folded_with_what_is_known_of_its_job(reporting: Wired, tell: Tell) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    told.job("J1")
    asked: dict[str, Any] = {
        "subject": "offer",
        "job_id": "J1",
        "round": 1,
        "groups": [{"n": 1, "members": [of_name("Vera")]}],
    }
    told(0, ApprovalRequested, approval_id=of_name("V1"), **asked)
    await tell(told.facts)
    await keeper.all()
    [row] = await agree(reporting, "approvals", by=("department",))
    assert row.open == 1
    await tell([told(1, JobUpdated, job_id="J1", requisition_id="R1", department="Design")])
    [row] = await agree(reporting, "approvals", by=("department",))
    assert row.group == {"department": "Design"}
    await keeper.all()
    assert await agree(reporting, "approvals", by=("department",)) == [row]
    await agree(reporting, "approvals", Clocks(at(0.5), at(0.5)), by=("department",))


async def test_what_is_known_around_is_read_once_and_what_changed_of_it_again(reporting: Wired, tell: Tell) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    for job in ("J1", "J2"):
        told.job(job)
    await tell(told.facts)
    async with reporting.store.database.connection() as connection:
        await keeper._around.follow(connection)
        first = {fact.id: fact for _, fact in keeper._around._read.values()}
        await tell([told(1, JobUpdated, job_id="J1", requisition_id="R1", department="Design")])
        await connection.execute(
            "UPDATE facts SET known = $1, change = DEFAULT WHERE event_id = $2", END, told.facts[0].id
        )
        await keeper._around.follow(connection)
    second = {fact.id: fact for _, fact in keeper._around._read.values()}
    assert second.keys() - first.keys() == {told.facts[-1].id}
    assert second[told.facts[0].id].known == END
    assert all(second[of] is first[of] for of in first if of != told.facts[0].id)
    assert timedelta(0) < END - first[told.facts[0].id].known


class Failing(Keeper):
    """Its first step ends after it has numbered words, and nothing of it stands."""

    failed = False

    async def _following(self, connection: asyncpg.Connection, marks: Marks) -> list[tuple[str, UUID]]:
        if not self.failed:
            self.failed = True
            raise OSError("the connection broke")
        return await super()._following(connection, marks)


async def test_words_of_a_step_that_failed_are_said_again(reporting: Wired, tell: Tell) -> None:
    told, keeper = Telling(), Failing(reporting.store.database)
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    await tell(told.facts)
    with pytest.raises(OSError, match="broke"):
        await keeper.step()
    # Of another kind, and without a word.
    told.job("J1")
    await tell(told.facts[1:])
    while await keeper.step():
        pass
    async with reporting.store.database.connection() as connection:
        numbers = [row["number"] for row in await connection.fetch("SELECT number FROM kept_words ORDER BY number")]
    assert numbers == list(range(len(numbers)))
    assert numbers
    for report in ("funnel", "entered", "response-time"):
        await agree(reporting, report, by=("job",))


async def test_a_first_reading_that_breaks_off_counts_nobody_twice(
    reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Telling()
    told.job("J1")
    for one in ("A1", "A2", "A3"):
        told(0, ApplicationSubmitted, person_id=f"P{one}", application_id=one, job_id="J1", stage="applied")
    await tell(told.facts)
    await Keeper(reporting.store.database).all()
    monkeypatch.setattr(columns, "CHUNK", 1)
    took = iter(range(9))

    def take(of: Columns, rows: Sequence[Any], first: bool) -> None:
        if next(took) == 1:
            raise OSError("the connection broke")
        whole(of, rows, first)

    whole = Columns.take
    monkeypatch.setattr(Columns, "take", take)
    with pytest.raises(OSError, match="broke"):
        await agree(reporting, "response-time")
    [row] = await agree(reporting, "response-time")
    assert row.open == 3


async def test_a_fact_of_no_subject_that_was_raised_is_passed_by(reporting: Wired, tell: Tell) -> None:
    told = Telling()
    told(0, CampaignStarted, campaign_id="C1")
    await tell(told.facts)
    await reporting.store.database.execute(RAISED, told.facts[0].id)
    await agree(reporting, "funnel")
    await Keeper(reporting.store.database).all()
    assert await marks(reporting) == set()


async def test_what_concerns_more_than_can_be_folded_waits_for_who_keeps(
    reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    told.job("J1")
    for one in ("A1", "A2"):
        told(0, ApplicationSubmitted, person_id=f"P{one}", application_id=one, job_id="J1", stage="applied")
    await tell(told.facts)
    await keeper.all()
    monkeypatch.setattr(reports_module, "MOST", 1)
    await tell([told(1, JobUpdated, job_id="J1", requisition_id="R1", department="Design")])
    with pytest.raises(Unfolded, match="more than 1 persons"):
        await rows(reporting, "funnel")
    await keeper.all()
    await agree(reporting, "funnel", by=("department",))


async def test_what_another_version_has_kept_is_not_read_and_folded_anew(reporting: Wired, tell: Tell) -> None:
    database, told = reporting.store.database, Telling()
    told.job("J1")
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    await tell(told.facts)
    for _ in range(2):
        keeper = Keeper(database)
        await keeper._begin()
        await keeper.all()
    [row] = await agree(reporting, "response-time")
    assert row.open == 1
    await database.execute("UPDATE kept_by SET fingerprint = 'of another'")
    await database.execute("UPDATE kept SET items = '', change = DEFAULT")
    with pytest.raises(Unfolded, match="another version"):
        await rows(reporting, "response-time")
    keeper = Keeper(database)
    await keeper._begin()
    assert ("person", of_name("P1")) in await marks(reporting)
    assert await agree(reporting, "response-time") == [row]
    await keeper.all()
    assert await agree(reporting, "response-time") == [row]
    # Once it is its own, nothing is thrown away.
    await Keeper(database)._begin()
    assert await marks(reporting) == set()


async def test_what_jobs_are_now_is_told_of_what_was_kept_before(reporting: Wired, tell: Tell) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    told.job("J1")
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    told(0, ApplicationSubmitted, person_id="P2", application_id="A2", job_id="J2", stage="applied")
    told(1, JobTeamChanged, job_id="J1", role="recruiter", member="M1", since=at(1))
    told(2, JobTeamChanged, job_id="J1", role="recruiter", member="M2", since=at(9))
    await tell(told.facts)
    await keeper.all()

    async def recruiters(days: float, **asked: Any) -> dict[str | None, int]:
        clocks = Clocks(at(days), END)
        found = await agree(reporting, "funnel", clocks, by=("recruiter",), dimension="current", **asked)
        return {row.group["recruiter"]: row.reached for row in found if row.milestone == "applied"}

    first, second = str(of_name("M1")), str(of_name("M2"))
    # What was planned comes about though nobody tells anything; and who asks of before sees what was so before.
    for _ in range(2):
        assert await recruiters(5) == {first: 1, None: 1}
        assert await recruiters(12) == {second: 1, None: 1}
        assert await recruiters(12, recruiter=of_name("M2")) == {second: 1}
    await tell([told(10, JobTeamChanged, job_id="J1", role="recruiter", member="M3", since=at(10))])
    for _ in range(2):
        assert await recruiters(12) == {str(of_name("M3")): 1, None: 1}
        await keeper.all()


@pytest.mark.parametrize("held", [False, True])
async def test_working_days_go_on_for_who_still_stands_in_a_stage(held: bool, reporting: Wired, tell: Tell) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    told.job("J1")
    told(-9, JobUpdated, job_id="J1", requisition_id="R1", zone="Europe/Berlin", country="DE")
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    told(0, ApplicationSubmitted, person_id="P2", application_id="A2", job_id="J1", stage="applied")
    told(3, ApplicationAdvanced, person_id="P2", application_id="A2", from_stage="applied", to_stage="onsite")
    if held:
        told(1, RequisitionHeld, requisition_id="R1", reason="budget")
        told(2, RequisitionResumed, requisition_id="R1")
    await tell(told.facts)
    await keeper.all()
    shorter = 0
    for days in range(4, 14):
        clocks = Clocks(at(days), END)
        worked, passed = [
            await agree(reporting, "time-in-stage", clocks, stage="applied", days=of) for of in ("working", "calendar")
        ]
        shorter += worked[0].km_median != passed[0].km_median
        await agree(reporting, "time-in-stage-curve", clocks, days="working", unit="visit")
    assert shorter
    [row] = await agree(reporting, "time-in-stage", days="working", by=("job",), stage="applied")
    assert (row.n, row.open) == (1, 1)


async def test_a_seat_follows_whoever_took_it_under_another_id(reporting: Wired, tell: Tell) -> None:
    told, keeper = Telling(), Keeper(reporting.store.database)
    told.job("J1")
    told(-9, OpeningOpened, opening_id="O1", requisition_id="R1", jobs=(of_name("J1"),), evergreen=False)
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    told(1, OfferAccepted, **ONE, offer_id="F1", job_id="J1", opening_id="O1")
    told(2, CandidatesMerged, person_id="P2", merged="P1", application_map={})
    await tell(told.facts)
    await keeper.all()
    [row] = await agree(reporting, "time-to-fill")
    assert (row.n, row.open) == (1, 0)
    undone: dict[str, Any] = {"person_id": "P2", "application_id": "A1", "offer_id": "F1", "cause": "mistake"}
    await tell([told(3, HireReversed, **undone)])
    for _ in range(2):
        [row] = await agree(reporting, "time-to-fill")
        assert (row.n, row.open) == (0, 1)
        await keeper.all()
