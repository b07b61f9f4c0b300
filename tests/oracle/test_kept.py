"""What is kept gives the same reports as folding all facts, whatever happened and at whatever clocks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts, Subject
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.keeping import KEPT, READS, Keeps, of_subject
from services.reporting.metrics.people import people, person_of
from services.reporting.metrics.report import Report
from services.reporting.metrics.world import World
from services.reporting.projections.around import Around
from services.reporting.projections.columns import Columns, key_of
from services.reporting.projections.kept import Words
from services.reporting.projections.kept_reports import Asked
from services.reporting.projections.marks import AROUND
from services.reporting.tests.making import make
from shared.events.ats.application import ApplicationAdvanced, ApplicationSubmitted
from shared.events.ats.approval import ApprovalEvent
from shared.events.ats.job import JobOpened
from shared.events.ats.offer import OfferAccepted
from shared.events.ats.opening import OpeningEvent
from shared.events.ats.requisition import RequisitionHeld
from tests.oracle.histories import ABOUT, EVERYTHING, histories, questions
from tests.oracle.test_agreement import AGREE, facts


class Held:
    """Everybody's, folded at the end of the log."""

    def __init__(self, known: Sequence[Fact], now: datetime) -> None:
        read = [fact for fact in known if type(fact.event) in READS]
        self.around = Around()
        self.around.hold([fact for fact in read if type(fact.event) in AROUND])
        self.of = subjects(read)
        clocks, words, self.columns = Clocks(now, now), Words(), Columns()
        planned, rows = self.around.planned(clocks), []
        for change, ((kind, each), own) in enumerate(sorted(self.of.items()), start=1):
            world = World(own, clocks, self.around.world(clocks, own))
            kept = of_subject(kind, own, world, words.number, self.around.horizon(planned, own))
            rows.append({"key": key_of(kind, each), "life": kept.life, "items": kept.items, "change": change})
        self.columns.words.learn(words.all())
        self.columns.take(rows, first=True)

    def report(self, way: Keeps, counts: Counts[Any, Any, Any], question: Any, clocks: Clocks) -> Report[Any, Any]:
        clocks = counts.clocks(clocks, question)
        holds, other = self.columns.standing(way, clocks)
        again = {fact.id: fact for each in self.columns.subjects(other) for fact in self.of[way.subject, each]}
        facts = [fact for fact in again.values() if type(fact.event) in way.reads]
        return Asked(way, counts, question, clocks, self.columns, self.around, holds, facts).report()


def subjects(read: Sequence[Fact]) -> dict[tuple[Subject, UUID], list[Fact]]:
    """The facts that are folded together."""
    found: dict[tuple[Subject, UUID], list[Fact]] = defaultdict(list)
    aliases = people(read)
    for fact in read:
        if (person := person_of(fact.event)) is not None:
            found["person", aliases.resolve(person)].append(fact)
        elif isinstance(fact.event, OpeningEvent):
            found["opening", fact.event.opening_id].append(fact)
        elif isinstance(fact.event, ApprovalEvent):
            found["approval", fact.event.approval_id].append(fact)
    for (kind, person), own in list(found.items()):
        accepted = (fact.event for fact in own if isinstance(fact.event, OfferAccepted) and kind == "person")
        for opening in {event.opening_id for event in accepted}:
            found["opening", opening] += found["person", person]
    return dict(found)


@pytest.mark.parametrize("report", list(KEPT))
@AGREE
@given(data=st.data())
def test_what_is_kept_agrees_with_what_is_folded(report: str, data: st.DataObject) -> None:
    log = data.draw(histories(ABOUT.get(report, EVERYTHING)))
    now = max(happened.known for happened in log) + timedelta(days=1)
    known = facts(log)
    held, definition = Held(known, now), DEFINITIONS[report]
    for _ in range(5):
        asked = data.draw(questions(report, log))
        question = definition.question.model_validate(asked)
        clocks = question.clocks(now)
        if question.version not in (None, definition.version):
            continue
        needed = [fact for fact in known if type(fact.event) in definition.reads]
        assert isinstance(definition.compute, Counts)
        theirs = definition.compute(World(needed, clocks), question)
        ours = held.report(KEPT[report], definition.compute, question, clocks)
        assert [(c.row, c.count) for c in ours.cells] == [(c.row, c.count) for c in theirs.cells], asked
        assert ours.left_out == theirs.left_out, asked


def test_what_is_planned_for_a_job_counts_from_its_day_on() -> None:
    """Told before it happens: what was kept before that day says nothing of the days after it."""
    now, job, requisition = datetime(2026, 3, 10, tzinfo=UTC), uuid4(), uuid4()
    stays, left = ({"application_id": uuid4(), "person_id": uuid4()} for _ in range(2))
    told = [
        (-9, make(JobOpened, job_id=job, requisition_id=requisition)),
        (-8, make(ApplicationSubmitted, **left, job_id=job, stage="Applied")),
        (-4, make(ApplicationSubmitted, **stays, job_id=job, stage="Applied")),
        (-2, make(ApplicationAdvanced, **left, from_stage="Applied", to_stage="Onsite")),
        (1, make(RequisitionHeld, requisition_id=requisition)),
    ]
    known = [
        Fact(uuid4(), event, number, now + timedelta(days=day), now - timedelta(days=1))
        for number, (day, event) in enumerate(told)
    ]
    held, definition = Held(known, now), DEFINITIONS["time-in-stage-curve"]
    assert isinstance(definition.compute, Counts)
    question, at_risk = definition.question(), []
    for day in (0, 3):
        clocks = Clocks(now + timedelta(days=day), now + timedelta(days=day))
        ours = held.report(KEPT[definition.id], definition.compute, question, clocks)
        theirs = definition.compute(World(known, clocks), question)
        assert [cell.row for cell in ours.cells] == [cell.row for cell in theirs.cells]
        at_risk += [point.at_risk for cell in ours.cells if cell.row.stage == "Applied" for point in cell.row.points]
    # Seven days after it came, two of them held, who stays has not stood there for the six days of who left.
    assert at_risk == [1, 1]


@pytest.mark.parametrize("began", [datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)])
@pytest.mark.parametrize("hired", [True, False])
def test_what_took_no_time_at_all_is_counted_with_that(began: datetime, hired: bool) -> None:
    """Everybody hired in the instant in which they came; or nobody yet, whatever the moment is that they came in."""
    one = {"application_id": uuid4(), "person_id": uuid4(), "job_id": uuid4()}
    told = [make(ApplicationSubmitted, **one, stage="Applied"), make(OfferAccepted, **one, offer_id=uuid4())]
    events = enumerate(told if hired else told[:1])
    known = [Fact(uuid4(), event, number, began, began) for number, event in events]
    end = datetime(2026, 4, 1, tzinfo=UTC)
    held, clocks = Held(known, end), Clocks(end, end)
    for report in ("time-to-hire", "response-time"):
        definition = DEFINITIONS[report]
        assert isinstance(definition.compute, Counts)
        ours = held.report(KEPT[report], definition.compute, definition.question(), clocks)
        theirs = definition.compute(World(known, clocks), definition.question())
        assert [cell.row for cell in ours.cells] == [cell.row for cell in theirs.cells], report
