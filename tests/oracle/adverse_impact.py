"""Adverse impact: who was selected of each group, against the group with the highest rate (rules D12)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from shared.events.ats.application import ApplicationRejected, ApplicationWithdrawn
from shared.events.ats.job import JobOpened, StagePlanChanged
from shared.events.ats.offer import OfferExtended
from shared.events.personal import Personal, reveal
from tests.oracle.applications import Application
from tests.oracle.happened import Happened, of_type
from tests.oracle.impact import UNDISCLOSED, Group, verdicts
from tests.oracle.pasts import Past, past
from tests.oracle.plans import MILESTONES
from tests.oracle.questions import Question, Row, Values, dimensions, grouped
from tests.oracle.reached import by_application
from tests.oracle.to_come import SELF_IDENTIFICATION, told

OUT = ("spam", "duplicate")


def adverse_impact(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    rows = []
    for group, found in grouped(asked, _counted(seen, asked)):
        groups = [_group(of, [fate for other, fate in found if other == of]) for of in sorted({of for of, _ in found})]
        rows += [{"group": group, **row} for row in verdicts(groups)]
    return rows


def _group(of: str, fates: Sequence[str]) -> Group:
    count = Counter(fates)
    return Group(of, len(fates), count["withdrew"], count["pending"], count["selected"])


def _counted(seen: Past, asked: Question) -> Iterator[tuple[Values, tuple[str, str]]]:
    for application in seen.applications:
        submission = application.submission
        if submission is None or not asked.in_period(submission):
            continue
        values = dimensions(seen, asked, submission, application.kept.job_at(submission), application)
        fate = _fate(seen, asked, application)
        if fate and asked.wants(values):
            yield values, (_of(seen, asked, application), fate)


def _of(seen: Past, asked: Question, application: Application) -> str:
    """The last word of the person about this application, if it can still be read."""
    words = [
        event.value
        for _, event in told(seen.world, SELF_IDENTIFICATION)
        if event.application_id in application.ids and event.category == asked.option("category", "race")
    ]
    value = reveal(words[-1]) if words and isinstance(words[-1], Personal) else words[-1] if words else None
    return value if value is not None else UNDISCLOSED


def _fate(seen: Past, asked: Question, application: Application) -> str | None:
    """None for who doesn't count: spam, duplicates, and those who weren't as far as to be selected or not."""
    milestone = asked.option("milestone", "")
    furthest = max(MILESTONES.index(reached) for reached in by_application(seen, application))
    if milestone:
        before = _before(seen, application, milestone)
        if before is None or MILESTONES.index(before) > furthest:
            return None
    last = _closing(seen, application)
    if last and last.reason_type in OUT:
        return None
    offered = any(event.application_id in application.ids for _, event in of_type(seen.world, OfferExtended))
    if MILESTONES.index(milestone) <= furthest if milestone else offered:
        return "selected"
    if last is None:
        return "pending"
    return "withdrew" if isinstance(last, ApplicationWithdrawn) or last.reason_type == "they_withdrew" else "rejected"


def _closing(seen: Past, application: Application) -> ApplicationRejected | ApplicationWithdrawn | None:
    """What closed it, if it is closed; of two records the later."""
    closings = [
        happened.event
        for happened in seen.world
        if isinstance(happened.event, ApplicationRejected | ApplicationWithdrawn)
        and happened.event.application_id in application.ids
        and happened.occurred == application.closed
    ]
    return closings[-1] if closings else None


def _before(seen: Past, application: Application, milestone: str) -> str | None:
    """The one before it of those that the plans of its job have, or had; None where they don't have this one."""
    submission = application.submission
    job = application.kept.job_at(submission) if submission else None
    plans = [
        (h.event.plan_id, h.event.plan_version)
        for h in seen.world
        if isinstance(h.event, JobOpened | StagePlanChanged) and h.event.job_id == job
    ]
    known = {stage.milestone for plan in plans for stage in seen.plans.published.get(plan, ())}
    before = MILESTONES[: MILESTONES.index(milestone)]
    return [other for other in before if other in known | {"applied"}][-1] if milestone in known else None
