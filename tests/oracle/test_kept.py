"""What is kept gives the same reports as folding all facts, whatever happened and at whatever clocks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.metrics.adverse_impact import groups_of
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts, Subject, computed
from services.reporting.metrics.fact import MICROSECOND, Fact
from services.reporting.metrics.keeping import KEPT, READS, WAYS, Keeps, keeps, of_subject, read_of
from services.reporting.metrics.people import people, person_of
from services.reporting.metrics.report import Report, Rule
from services.reporting.metrics.told import Told, last_words, merged, told_in
from services.reporting.metrics.world import World
from services.reporting.projections.around import Around
from services.reporting.projections.asked import Asked, Summand, Wanted, shared
from services.reporting.projections.columns import Columns, key_of
from services.reporting.projections.folded import Folded
from services.reporting.projections.marks import AROUND, FOLDED
from services.reporting.projections.words import Words
from services.reporting.tests.making import make
from shared.events.ats.application import ApplicationAdvanced, ApplicationRejected, ApplicationSubmitted
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewScheduled
from shared.events.ats.job import JobOpened, JobTeamChanged, JobUpdated, StagePlanChanged
from shared.events.ats.offer import OfferAccepted
from shared.events.ats.opening import OpeningOpened
from shared.events.ats.requisition import RequisitionApproved, RequisitionHeld
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.ats.stage_plan import StagePlanPublished
from shared.events.correction import OccurrenceCorrected
from shared.events.event import Event, registry
from tests.oracle.histories import ABOUT, EVERYTHING, histories, questions
from tests.oracle.test_agreement import AGREE, facts


class Held:
    """Everybody's, folded at the end of the log."""

    def __init__(self, known: Sequence[Fact], now: datetime) -> None:
        read = [fact for fact in known if type(fact.event) in READS]
        self.around = Around()
        self.around.hold([fact for fact in read if type(fact.event) in AROUND])
        self.of = subjects(read)
        self.told = [fact for fact in known if isinstance(fact.event, SelfIdentificationRecorded)]
        clocks, words, self.columns = Clocks(now, now), Words(), Columns()
        planned = self.around.planned(clocks)
        rows: list[dict[str, Any]] = []
        for change, ((kind, each), own) in enumerate(sorted(self.of.items()), start=1):
            world = World(own, clocks, self.around.world(clocks, own))
            kept = of_subject(kind, own, world, words.number, self.around.reach(planned, own))
            rows.append({"key": key_of(kind, each), "life": kept.life, "items": kept.items, "change": change})
        self.columns.words.learn(words.all())
        # Some come later, when the others were asked about, and some of those once more.
        self.columns.take([row for row in rows if row["change"] % 3], first=True)
        for way in WAYS.values():
            self.columns.blocks(way)
        later = [row for row in rows if not row["change"] % 3]
        self.columns.take(later, first=False)
        self.columns.take(later[::2], first=False)

    def report(self, counts: Counts[Any, Any, Any], question: Any, clocks: Clocks) -> Report[Any, Any]:
        return self.asked(counts, question, clocks).report()

    def folds(self, report: str, clocks: Clocks) -> int:
        """How many are folded anew for a question at these clocks."""
        return len(self.columns.standing(WAYS[report], clocks)[1])

    def asked(
        self, counts: Counts[Any, Any, Any], question: Any, clocks: Clocks, rule: Rule | None = None,
        folded: Sequence[Summand] = (),
    ) -> Asked:  # fmt: skip
        question, beside = counts.at(question, clocks), None
        current = self.around.current(clocks) if question.relabels else None
        clocks = counts.clocks(clocks, question)
        summands = [
            shared(way, self.columns.standing(way, clocks)[1], folded) or self._summand(way, clocks)
            for way in map(keeps, counts.summed)
        ]
        if counts.beside is not None:
            asks = counts.beside.asks(question, clocks)
            beside = self.asked(counts.beside.counts, asks, clocks, folded=summands)
        asked = Asked(counts, question, clocks, self.columns, self.around, summands, current, beside, rule)
        return replace(asked, told=self._told(asked)) if counts.told else asked

    def _told(self, asked: Asked) -> Told:
        """Opened of those who count, and of nobody else."""
        everybody, several = asked.whom()
        [summand] = asked.summands
        again = [fact for each in several for fact in self.of["person", each]]
        [folded] = summand.folded
        theirs = [*folded.world.facts, *(fact for each in everybody for fact in self.of["person", each])]
        persons = {person_of(fact.event) for fact in theirs}
        told = [fact for fact in asked.clocks.cut(self.told) if person_of(fact.event) in persons]
        ids = [*merged(folded.world), *merged(self.around.with_facts(again, asked.clocks))]
        return Told(last_words(told, asked.question.category), ids)

    def _summand(self, way: Keeps, clocks: Clocks) -> Summand:
        holds, other = self.columns.standing(way, clocks)
        again = {fact.id: fact for each in self.columns.subjects(other) for fact in self.of[way.subject, each]}
        facts = [fact for fact in again.values() if type(fact.event) in way.reads]
        return Summand(way, holds, [Folded(self.around.with_facts(facts, clocks))])


def subjects(read: Sequence[Fact]) -> dict[tuple[Subject, UUID], list[Fact]]:
    """The facts that are folded together."""
    found: dict[tuple[Subject, UUID], list[Fact]] = defaultdict(list)
    aliases = people(read)
    for fact in read:
        if (person := person_of(fact.event)) is not None:
            found["person", aliases.resolve(person)].append(fact)
        elif (category := fact.event.stream.category) in FOLDED:
            # Corrections of a stream's own among them.
            found[cast(Subject, category), getattr(fact.event, FOLDED[category])].append(fact)
    for (kind, person), own in list(found.items()):
        accepted = (fact.event for fact in own if isinstance(fact.event, OfferAccepted) and kind == "person")
        for opening in {event.opening_id for event in accepted}:
            found["opening", opening] += found["person", person]
    return {of: [fact for fact in own if type(fact.event) in read_of(of[0])] for of, own in found.items()}


@pytest.mark.parametrize("report", KEPT)
@AGREE
@given(data=st.data())
def test_what_is_kept_agrees_with_what_is_folded(report: str, data: st.DataObject) -> None:
    log = data.draw(histories(ABOUT.get(report, EVERYTHING)))
    now = max(happened.known for happened in log) + timedelta(days=1)
    known = facts(log)
    held, definition = Held(known, now), DEFINITIONS[report]
    needed = [fact for fact in known if type(fact.event) in definition.reads]
    assert isinstance(definition.compute, Counts)
    corrected = [happened.known for happened in log if isinstance(happened.event, OccurrenceCorrected)]
    for number in range(8):
        asked = data.draw(questions(report, log))
        question = definition.question.model_validate(asked)
        clocks = question.clocks(now)
        if number >= 5:
            # Just before, or after, something came to be known to have occurred at another time.
            if not corrected:
                break
            known_at = data.draw(st.sampled_from(corrected)) + data.draw(st.sampled_from([-MICROSECOND, MICROSECOND]))
            occurred = data.draw(st.sampled_from([happened.occurred for happened in log]))
            clocks = Clocks(min(occurred + MICROSECOND, known_at), known_at)
        if question.version not in (None, definition.version):
            continue
        theirs = definition.compute(World(needed, clocks), question)
        ours = held.report(definition.compute, question, clocks)
        assert [(c.row, c.count) for c in ours.cells] == [(c.row, c.count) for c in theirs.cells], (asked, clocks)
        assert ours.left_out == theirs.left_out, (asked, clocks)
        if definition.compute.told:
            same_told(held.asked(definition.compute, question, clocks), World(needed, clocks))
        figure = data.draw(st.sampled_from(sorted(definition.figures)))
        rule = definition.figures[figure]
        told = held.asked(definition.compute, question, clocks, rule)
        same_behind(figure, told, computed(definition, World(needed, clocks), question, rule), known)


def same_told(asked: Asked, world: World) -> None:
    """Also in groups that a caller does not see."""
    told = told_in(world, asked.question.category)
    counts, question = asked.counts, asked.question
    theirs = counts.selected(world, question, world.current if question.relabels else None).groups()
    assert [(group, groups_of(tally)) for group, _, tally in asked.groups()] == [
        (group, groups_of(counts.tally(of, question, world.clocks.as_of, told=told))) for group, of in theirs
    ]


def same_behind(figure: str, told: Asked, theirs: Report[Any, Any], known: Sequence[Fact]) -> None:
    """As many parts stand behind it, of those who are found for the page and of those folded in any case."""
    # A part names the id that was known then; found is the one that is left now.
    ours, whose, anybody = told.report(), people(known).resolve, Wanted(None, None, 10**6)
    again = {fact.id for summand in told.summands for folded in summand.folded for fact in folded.world.facts}
    for cell, same in zip(ours.cells, theirs.cells, strict=True):
        assert (cell.row, cell.count, cell.others) == (same.row, same.count, same.others), figure
        found = {subject for summand in told.summands for subject in told.first(summand.way, cell, anybody)}
        assert found <= {whose(part.subject) for part in same.parts}, figure
        for part in same.parts:
            assert whose(part.subject) in found or again & {*part.events}, figure


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
        ours = held.report(definition.compute, question, clocks)
        theirs = definition.compute(World(known, clocks), question)
        assert [cell.row for cell in ours.cells] == [cell.row for cell in theirs.cells]
        at_risk += [point.at_risk for cell in ours.cells if cell.row.stage == "Applied" for point in cell.row.points]
    # Seven days after it came, two of them held, who stays has not stood there for the six days of who left.
    assert at_risk == [1, 1]


DAY = datetime(2026, 3, 1, tzinfo=UTC)


def told_on(day: float, model: type[Event], known: float | None = None, **given: Any) -> Fact:
    moments = DAY + timedelta(days=day), DAY + timedelta(days=day if known is None else known)
    return Fact(uuid4(), make(model, **given), int(24 * day), *moments)


def moved(fact: Fact, to: float, known: float) -> Fact:
    """A correction of when it occurred."""
    of_stream = registry.get(f"{fact.event.stream.service}.{fact.event.stream.category}.occurrence-corrected").model
    said = {name: value for name, value in fact.event if name in of_stream.model_fields}
    return told_on(
        known, of_stream, **said, event_id=fact.id, old=fact.occurred, new=DAY + timedelta(days=to), why="wrong_day"
    )


def agrees_at(
    report: str, known: Sequence[Fact], as_of: float, known_at: float, folded: float = 100, **asked: Any
) -> Any:
    """The rows, at these clocks, of what was kept on that day."""
    held, definition = Held(known, DAY + timedelta(days=folded)), DEFINITIONS[report]
    assert isinstance(definition.compute, Counts)
    clocks = Clocks(DAY + timedelta(days=as_of), DAY + timedelta(days=known_at))
    question = definition.question.model_validate(asked)
    needed = [fact for fact in known if type(fact.event) in definition.reads]
    ours = [cell.row for cell in held.report(definition.compute, question, clocks).cells]
    assert ours == [cell.row for cell in definition.compute(World(needed, clocks), question).cells]
    return ours


@pytest.mark.parametrize("to", [8, 60])
def test_who_did_not_know_that_a_job_was_changed_later_counts_by_what_it_was_changed_to(to: float) -> None:
    one: dict[str, Any] = {"application_id": uuid4(), "person_id": uuid4(), "job_id": uuid4()}
    job: dict[str, Any] = {"job_id": one["job_id"], "requisition_id": uuid4()}
    changed = told_on(5, JobUpdated, **job, department="Design")
    known = [
        told_on(-9, JobOpened, **job, department="Sales"), changed, moved(changed, to, known=20),
        told_on(6, ApplicationSubmitted, **one, stage="Applied"), told_on(7, ApplicationRejected, **one),
    ]  # fmt: skip
    [row, *_] = agrees_at("funnel", known, 12, 15, by=("department",))
    assert row.group == {"department": "Design"}
    [row, *_] = agrees_at("funnel", known, 12, 25, by=("department",))
    assert row.group == {"department": "Sales"}


def test_who_did_not_know_that_a_hold_began_later_takes_it_off() -> None:
    one: dict[str, Any] = {"application_id": uuid4(), "person_id": uuid4(), "job_id": uuid4()}
    job: dict[str, Any] = {"job_id": one["job_id"], "requisition_id": uuid4()}
    held = told_on(2, RequisitionHeld, requisition_id=job["requisition_id"])
    known = [
        told_on(-9, JobOpened, **job), held, moved(held, 10, known=20),
        told_on(1, ApplicationSubmitted, **one, stage="Applied"), told_on(4, ApplicationRejected, **one),
    ]  # fmt: skip
    for known_at, days in ((15, 1.0), (25, 3.0)):
        [row] = agrees_at("time-in-stage", known, 12, known_at)
        assert row.median.days == days


def test_who_knew_one_of_two_corrections_counts_from_its_day_on() -> None:
    submitted = told_on(10, ApplicationSubmitted, application_id=uuid4(), person_id=uuid4(), job_id=uuid4(), stage="A")
    known = [submitted, moved(submitted, 2, known=11), moved(submitted, 8, known=12)]
    applied = agrees_at("funnel", known, 5, 11.5)[0]
    assert (applied.milestone, applied.reached) == ("applied", 1)
    assert agrees_at("funnel", known, 5, 13)[0].reached is None


def test_who_did_not_know_that_it_is_still_to_come_counts_it() -> None:
    submitted = told_on(1, ApplicationSubmitted, application_id=uuid4(), person_id=uuid4(), job_id=uuid4(), stage="A")
    known = [submitted, moved(submitted, 60, known=20)]
    for as_of, known_at, waits in ((12, 15, 1), (25, 26, 0), (61, 62, 1)):
        [row] = agrees_at("response-time", known, as_of, known_at, folded=30)
        assert row.open == waits


def test_a_planned_change_of_a_team_has_nobody_folded_before_its_day() -> None:
    one: dict[str, Any] = {"application_id": uuid4(), "person_id": uuid4(), "job_id": uuid4()}
    interview: dict[str, Any] = {**one, "interview_id": uuid4(), "version": 1, "panel": (uuid4(),)}
    known = [
        told_on(-9, JobOpened, job_id=one["job_id"], requisition_id=uuid4()),
        told_on(-8, JobTeamChanged, job_id=one["job_id"], role="recruiter", member=uuid4(),
                since=DAY, until=DAY + timedelta(days=17)),
        told_on(1, ApplicationSubmitted, **one, stage="A"),
        told_on(2, InterviewScheduled, **interview, start=DAY + timedelta(days=20), end=DAY + timedelta(days=20)),
    ]  # fmt: skip
    held, clocks = Held(known, DAY + timedelta(days=10)), Clocks(*[DAY + timedelta(days=11)] * 2)
    for report in ("funnel", "feedback-sla"):
        assert held.folds(report, clocks) == 0
    agrees_at("feedback-sla", known, 11, 11, folded=10, by=("recruiter",))
    agrees_at("feedback-sla", known, 30, 30, folded=10, by=("recruiter",))


def test_a_seat_does_not_wait_since_an_approval_that_was_to_come() -> None:
    requisition = uuid4()
    known = [
        told_on(1, OpeningOpened, opening_id=uuid4(), requisition_id=requisition, jobs=(), evergreen=False),
        told_on(5, RequisitionApproved, requisition_id=requisition),
    ]
    for as_of, waits in ((3, 0), (7, 1)):
        [row] = agrees_at("time-to-fill", known, as_of, as_of, start="requisition")
        assert row.open == waits


MERGED: dict[str, Any] = {"person_id": uuid4(), "merged": uuid4()}
TWICE = {"a": uuid4(), "b": uuid4()}


def telling(of: str, day: float, value: str | None) -> Fact:
    own: dict[str, Any] = {"application_id": TWICE[of], "person_id": MERGED["person_id" if of == "a" else "merged"]}
    return told_on(day, SelfIdentificationRecorded, **own, category="race", value=value)


@pytest.mark.parametrize(
    ("told", "group"),
    [
        ([telling("a", 3, "X")], "X"),
        ([telling("b", 3, "X")], "X"),
        ([telling("a", 4, "X"), telling("b", 3, "Y")], "X"),
        ([telling("a", 3, "X"), telling("b", 4, "Y")], "Y"),
        ([telling("a", 3, "X"), telling("b", 4, None)], None),
        ([], None),
    ],
)
def test_of_applications_that_turned_out_to_be_one_the_last_word_counts(told: list[Fact], group: str | None) -> None:
    job = uuid4()
    known = [
        told_on(1, ApplicationSubmitted, application_id=TWICE["a"], person_id=MERGED["person_id"], job_id=job),
        told_on(2, ApplicationSubmitted, application_id=TWICE["b"], person_id=MERGED["merged"], job_id=job),
        told_on(5, CandidatesMerged, **MERGED, application_map={str(TWICE["b"]): str(TWICE["a"])}),
        *told,
    ]
    assert considered(known, 100) == {group: {"pending": 1}}


def test_a_milestone_that_a_job_gets_later_was_none_of_its_steps_before() -> None:
    job, plan = uuid4(), uuid4()
    one: dict[str, Any] = {"application_id": uuid4(), "person_id": uuid4()}
    stages = [{"id": name, "name": name, "type": "active", "milestone": name, "order": order}
              for order, name in enumerate(("applied", "screened", "onsite"), start=1)]  # fmt: skip
    known = [
        told_on(-9, StagePlanPublished, plan_id=plan, version=1, stages=[stages[0], stages[2]]),
        told_on(-9, StagePlanPublished, plan_id=plan, version=2, stages=stages),
        told_on(-8, JobOpened, job_id=job, plan_id=plan, plan_version=1, country="US"),
        told_on(1, ApplicationSubmitted, **one, job_id=job, stage="applied"),
        told_on(3, StagePlanChanged, job_id=job, plan_id=plan, plan_version=2, stage_map={}),
    ]
    assert considered(known, 2, milestone="screened") == {}
    assert considered(known, 4, milestone="screened") == {None: {"pending": 1}}
    assert considered(known, 4, milestone="screened", countries=("US", "DE")) == {None: {"pending": 1}}
    assert considered(known, 4, milestone="screened", countries=("DE",)) == {}


def considered(known: Sequence[Fact], day: float, **asked: Any) -> Any:
    """By what they told, before anything is withheld; of what was kept in the end."""
    held, definition = Held(known, DAY + timedelta(days=100)), DEFINITIONS["adverse-impact"]
    assert isinstance(definition.compute, Counts)
    clocks = Clocks(*[DAY + timedelta(days=day)] * 2)
    of = held.asked(definition.compute, definition.question.model_validate(asked), clocks)
    same_told(of, World([fact for fact in known if type(fact.event) in definition.reads], clocks))
    [(_, _, tally)] = of.groups()
    return groups_of(tally)


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
        ours = held.report(definition.compute, definition.question(), clocks)
        theirs = definition.compute(World(known, clocks), definition.question())
        assert [cell.row for cell in ours.cells] == [cell.row for cell in theirs.cells], report
