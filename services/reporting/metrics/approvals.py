"""approvals: how long each step of an approval takes, and who is waited for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.reporting.metrics import rounds
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Tally, of_kind, ways
from services.reporting.metrics.dimensions import BY, JobQuestion, different, of_job
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.figures import Duration, median, p90
from services.reporting.metrics.jobs import NEEDS as JOBS
from services.reporting.metrics.report import Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.rounds import Round, Step
from services.reporting.metrics.world import World
from shared.events.ats.approval import ApprovalEvent

TEXT = """\
Time that a group of approvers takes: from when it was asked (a later one when the group before was through) to the \
approval that made it enough. Dated by when it closed. Groups that rejected or were skipped are counted apart; so are \
the steps of rounds that were voided because what was asked for changed: that is rework, and in no median. `open` ones \
are asked and not through, as of the end; the explanation names who is waited for. A delegate's vote is that of whom \
it stands for."""

State = Literal["approved", "rejected", "skipped", "open", "voided"]
Dimension = Literal[
    "subject", "step", "job", "department", "location", "recruiter", "hiring_manager", "month", "quarter", "year"
]  # fmt: skip


class Approvals(JobQuestion):
    by: Annotated[tuple[Dimension, ...], AfterValidator(different), BY] = ()
    subject: Literal["requisition", "offer"] | None = Field(None, description="what is approved")
    step: int | None = Field(None, ge=1, description="the group of a chain, counted from 1")


class ApprovalsRow(Row):
    """`n` groups approved."""

    n: int
    median: Duration
    p90: Duration
    rejected: int
    skipped: int
    open: int
    voided: int


class ApprovalsPart(Part):
    """One group of a round. `closed` is null while it is open, and `waiting_for` have not voted."""

    SUBJECT = "approval_id"
    approval_id: UUID
    subject_id: UUID
    round: int
    step: int
    state: State
    opened: datetime
    closed: datetime | None
    duration: Duration
    waiting_for: tuple[UUID, ...]


def counted(world: World, question: Approvals) -> Iterator[Counted[ApprovalsPart] | LeftOut]:
    for of in rounds.rounds(world.facts):
        for step in of.steps:
            if step.opened is not None:
                yield _counted(of, step, step.opened, world)


def _counted(of: Round, step: Step, opened: Fact, world: World) -> Counted[ApprovalsPart]:
    closed, state = (of.voided, "voided") if of.voided else (step.closed, step.state)
    end = closed.occurred if closed else world.clocks.as_of
    own = {"subject": of.event.subject, "step": str(step.number)}
    part = ApprovalsPart(
        approval_id=of.event.approval_id,
        subject_id=of.event.subject_id,
        round=of.event.round,
        step=step.number,
        state=state,
        opened=opened.occurred,
        closed=closed.occurred if closed else None,
        duration=Duration.of(elapsed(opened.occurred, end)),
        waiting_for=() if closed else step.waiting_for,
        events=ids([of.requested, opened, *step.votes.values(), *([closed] if closed else [])]),
    )
    values = {**of_job(of.event.job_id, end, world.jobs), **own}
    took = elapsed(opened.occurred, closed.occurred) if closed else opened.occurred
    return Counted(values, part.closed, (state,), lambda _: part, part.approval_id, took, always=closed is None)


approved, rejected, skipped = of_kind("approved"), of_kind("rejected"), of_kind("skipped")
is_open, voided = of_kind("open"), of_kind("voided")


def rows(group: Group, tally: Tally, world: World, question: Approvals) -> Iterator[ApprovalsRow]:
    times = tally.took(approved)
    yield ApprovalsRow(
        group=group,
        n=tally.count(approved),
        median=median(times),
        p90=p90(times),
        rejected=tally.count(rejected),
        skipped=tally.count(skipped),
        open=tally.count(is_open),
        voided=tally.count(voided),
    )


FIGURES = {
    "n": Rule("steps that were approved", approved),
    "median": Rule("the steps approved: half of them took no longer, by the `duration` of each", approved),
    "p90": Rule("the steps approved: nine of ten took no longer, by the `duration` of each; from ten on", approved),
    "rejected": Rule("steps that were rejected", rejected),
    "skipped": Rule("steps that were skipped", skipped),
    "open": Rule("steps asked and not through, as of the end; `waiting_for` names who has not voted", is_open),
    "voided": Rule("steps of rounds that were voided because what was asked for changed", voided),
}
APPROVALS = Definition(
    "approvals", 1, "How long each step of an approval takes", TEXT,
    "median(closed - opened) over the groups approved", Approvals, ApprovalsRow, ApprovalsPart,
    rounds.NEEDS | frozenset(JOBS),
    Counts(ways(Approvals), counted, rows, lambda *_: "closed", of=(ApprovalEvent,), subject="approval"),
    figures=FIGURES,
)  # fmt: skip
