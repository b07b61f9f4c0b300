"""approvals: how long each step of an approval takes, and who is waited for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.reporting.metrics import rounds
from services.reporting.metrics.dimensions import BY, JobQuestion, different, of_job, times
from services.reporting.metrics.fact import elapsed
from services.reporting.metrics.figures import Duration, median, p90
from services.reporting.metrics.jobs import NEEDS as JOBS
from services.reporting.metrics.report import Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.rounds import Round, Step
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.world import World

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

    approval_id: UUID
    subject_id: UUID
    round: int
    step: int
    state: State
    opened: datetime
    closed: datetime | None
    duration: Duration
    waiting_for: tuple[UUID, ...]


def compute(world: World, question: Approvals) -> Report[ApprovalsRow, ApprovalsPart]:
    found = Selection[ApprovalsPart](question, question.by)
    for part, of in _parts(world):
        at = part.closed or world.clocks.as_of
        own = {"subject": of.event.subject, "step": str(part.step)}
        values = {**of_job(of.event.job_id, at, world.jobs), **times(at, question), **own}
        found.take(part, values, part.closed, "closed")
    return found.report(lambda group, of: Cell(_row(group, of), of))


def _parts(world: World) -> Iterator[tuple[ApprovalsPart, Round]]:
    for of in rounds.rounds(world.facts):
        for step in of.steps:
            if step.opened is not None:
                yield _part(of, step, world), of


def _part(of: Round, step: Step, world: World) -> ApprovalsPart:
    assert step.opened is not None
    closed, state = (of.voided, "voided") if of.voided else (step.closed, step.state)
    end = closed.occurred if closed else world.clocks.as_of
    return ApprovalsPart(
        approval_id=of.event.approval_id,
        subject_id=of.event.subject_id,
        round=of.event.round,
        step=step.number,
        state=state,
        opened=step.opened.occurred,
        closed=closed.occurred if closed else None,
        duration=Duration.of(elapsed(step.opened.occurred, end)),
        waiting_for=() if closed else step.waiting_for,
        events=ids([of.requested, step.opened, *step.votes.values(), *([closed] if closed else [])]),
    )


def _row(group: Group, of: Sequence[ApprovalsPart]) -> ApprovalsRow:
    states = Counter(part.state for part in of)
    times = [elapsed(part.opened, part.closed) for part in of if part.state == "approved" and part.closed]
    return ApprovalsRow(
        group=group,
        n=len(times),
        median=median(times),
        p90=p90(times),
        rejected=states["rejected"],
        skipped=states["skipped"],
        open=states["open"],
        voided=states["voided"],
    )


APPROVALS = Definition(
    "approvals", 1, "How long each step of an approval takes", TEXT,
    "median(closed - opened) over the groups approved", Approvals, ApprovalsRow, ApprovalsPart,
    rounds.NEEDS | frozenset(JOBS), compute,
)  # fmt: skip
