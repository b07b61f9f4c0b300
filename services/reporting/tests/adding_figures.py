"""Checks that every figure follows from the parts that it says it stands on, from all of those and no others."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import attrgetter
from typing import Any

from services.reporting.metrics.adverse_impact import AdverseImpactRow
from services.reporting.metrics.approvals import ApprovalsRow
from services.reporting.metrics.counting import computed
from services.reporting.metrics.engaged_to_hired import STEPS, Came, EngagedRow
from services.reporting.metrics.engagement import EngagementRow, ReachedRow
from services.reporting.metrics.entered import EnteredRow
from services.reporting.metrics.fact import elapsed
from services.reporting.metrics.feedback_overdue import FeedbackOverdueRow
from services.reporting.metrics.feedback_sla import FeedbackSlaRow
from services.reporting.metrics.figures import Duration, ExactShare, Number, Share, mean, median, p90
from services.reporting.metrics.funnel import FunnelRow
from services.reporting.metrics.hire_chance import HireChanceRow
from services.reporting.metrics.hires import HiresRow
from services.reporting.metrics.interviews_per_hire import InterviewsPerHireRow
from services.reporting.metrics.offer_acceptance import OfferAcceptanceRow
from services.reporting.metrics.offer_times import OfferTimeRow
from services.reporting.metrics.pipeline_health import PipelineHealthRow
from services.reporting.metrics.recruiter_work import RecruiterWorkRow
from services.reporting.metrics.report import Definition, Report
from services.reporting.metrics.response_time import ResponseTimeRow
from services.reporting.metrics.source_effectiveness import HiresOfSourceRow, SourceRow
from services.reporting.metrics.survival import survival_median, thinned
from services.reporting.metrics.time_in_stage import CurveRow, TimeInStageRow
from services.reporting.metrics.time_to_fill import TimeToFillRow
from services.reporting.metrics.time_to_hire import TimeToHireRow
from services.reporting.metrics.time_to_schedule import TimeToScheduleRow
from services.reporting.metrics.world import World

Parts = Sequence[Any]
Follows = Callable[[Parts], Any]
Tells = Callable[[Any], Any]


def narrow_down(definition: Definition[Any, Any, Any], world: World, question: Any, whole: Report[Any, Any]) -> None:
    """`whole`: the report with all parts of each row. Raises AssertionError."""
    for figure, rule in definition.figures.items():
        told = computed(definition, world, question, rule)
        assert [cell.row for cell in told.cells] == [cell.row for cell in whole.cells]
        assert told.left_out == whole.left_out
        for cell, of_row in zip(told.cells, whole.cells, strict=True):
            keys, all_keys = {part.key for part in cell.parts}, {part.key for part in of_row.parts}
            assert all(part.events for part in cell.parts)
            assert (cell.count, len(keys)) == (len(cell.parts), len(cell.parts)), figure
            beside = issubclass(definition.row, ReachedRow) and figure == "sent"
            assert cell.others == len(all_keys if beside else all_keys - keys), figure
            if definition.row is AdverseImpactRow:
                assert keys == all_keys
            else:
                [follows] = [FOLLOWS[of][figure] for of in definition.row.__mro__ if figure in FOLLOWS.get(of, ())]
                assert _said(getattr(cell.row, figure)) == follows(cell.parts), figure


def _said(value: Any) -> Any:
    """A number of nothing is null in a row that has no data; of a curve the points without what is rounded."""
    if isinstance(value, tuple):
        return [(point.share, point.after, point.at_risk, point.left) for point in value]
    return 0 if value is None else value


def each(tells: Tells) -> Follows:
    def number(parts: Parts) -> int:
        assert all(tells(part) for part in parts)
        return len(parts)

    return number


def share(counts: Tells, of: Tells = lambda _: True) -> Follows:
    return lambda parts: Share.among(sum(bool(counts(part)) for part in parts), each(of)(parts))


def took(name: str = "duration", of: Callable[[Sequence[int]], Duration] = median) -> Follows:
    return lambda parts: of([_exact(getattr(part, name)) for part in parts])


def did(what: str, of: Tells = lambda _: True) -> Follows:
    return share(lambda part: what in part.did, of)


def in_state(state: str) -> Follows:
    return each(lambda part: part.state == state)


def of_work(work: str) -> Follows:
    return each(lambda part: part.work == work)


def half_gone(ended: Tells) -> Follows:
    def follows(parts: Parts) -> Duration:
        half = survival_median(*_waited(parts, ended))
        return Duration.of(half, "not reached" if parts else "no data")

    return follows


def points(parts: Parts) -> Any:
    steps = thinned(*_waited(parts, ENDED))
    return [(str(step.share), Duration.of(step.after), step.at_risk, step.left) for step in steps]


def came(step: str) -> Follows:
    def follows(parts: Parts) -> Came:
        times = [elapsed(part.enrolled, at) for part in parts if (at := getattr(part, step)) is not None]
        return Came(share=Share.among(len(times), len(parts)), median=median(times))

    return follows


def exact_share(counts: str) -> Follows:
    def follows(parts: Parts) -> ExactShare:
        counted = sum((Fraction(part.share) for part in parts if getattr(part, counts)), Fraction())
        return ExactShare.among(counted, sum((Fraction(part.share) for part in parts), Fraction()))

    return follows


def hires(parts: Parts) -> Fraction:
    chances = [part.chance for part in parts if part.kind == "application" and part.chance.of]
    return sum((Fraction(chance.count or 0, chance.of) for chance in chances), Fraction())


def for_each_seat(parts: Parts) -> Number:
    seats = len({part.opening_id for part in parts if part.kind == "seat"})
    return Number.of(hires(parts) / seats if seats else None)


def on_average(numbers: Sequence[int]) -> Fraction | None:
    return Fraction(sum(numbers), len(numbers)) if numbers else None


def for_each_hire(parts: Parts, what: int) -> Fraction | None:
    hired = sum(part.work == "hire" for part in parts)
    return Fraction(what, hired) if hired else None


def spent(parts: Parts) -> int:
    return sum(_exact(part.took) for part in parts if part.work == "interview")


def _waited(parts: Parts, ended: Tells) -> tuple[list[int], list[int]]:
    complete = [_exact(part.duration) for part in parts if ended(part)]
    return complete, [_exact(part.duration) for part in parts if not ended(part)]


def _exact(duration: Duration) -> int:
    assert duration.microseconds is not None
    return int(duration.microseconds)


def _oldest(ages: Sequence[int]) -> Duration:
    return Duration.of(max(ages, default=None))


def _engaged(part: Any) -> bool:
    return bool({"opened", "clicked", "replied"} & {*part.did})


ENDED, ANSWERED = attrgetter("ended"), attrgetter("answered")
ANYBODY = each(lambda _: True)
TIMES = {"n": ANYBODY, "median": took(), "p90": took(of=p90)}

FOLLOWS: dict[type[Any], dict[str, Follows]] = {
    HiresRow: {"n": ANYBODY},
    EnteredRow: {"n": ANYBODY},
    TimeToHireRow: TIMES,
    OfferTimeRow: TIMES,
    OfferAcceptanceRow: {
        "accepted": share(lambda part: part.state == "accepted"),
        "reneged": share(lambda part: part.reneged, lambda part: part.state == "accepted"),
        **{name: in_state(name) for name in ("expired", "rescinded", "pending", "not_extended")},
    },
    TimeToFillRow: {
        "n": each(lambda part: part.filled),
        "net": took("net"),
        "gross": took("gross"),
        "open": each(lambda part: not part.filled),
    },
    FunnelRow: {
        "reached": ANYBODY,
        "pass_through": share(lambda part: part.passed_on, lambda part: part.counted),
        "completed": share(lambda part: part.passed_on, lambda part: part.counted and not part.waiting),
        "waiting": each(lambda part: part.waiting),
    },
    TimeInStageRow: {
        "n": each(ENDED),
        "median": took(),
        "mean": took(of=mean),
        "km_median": half_gone(ENDED),
        "open": each(lambda part: not part.ended),
    },
    CurveRow: {"n": each(ENDED), "open": each(lambda part: not part.ended), "points": points},
    HiresOfSourceRow: {"hires": exact_share("hired")},
    SourceRow: {"interviewed": exact_share("interviewed")},
    ReachedRow: {
        "sent": each(lambda part: not part.did),
        "reached": ANYBODY,
        "opened": did("opened", lambda part: part.tracked),
        "clicked": did("clicked", lambda part: part.tracked),
        "replied": did("replied"),
        "engaged": share(_engaged),
        **{name: did(name, _engaged) for name in ("handed_over", "applied", "hired")},
    },
    EngagementRow: {name: did(name) for name in ("objected", "complained")},
    EngagedRow: {"enrolled": ANYBODY, **{step: came(step) for step in STEPS}},
    ApprovalsRow: {
        "n": in_state("approved"),
        "median": took(),
        "p90": took(of=p90),
        **{name: in_state(name) for name in ("rejected", "skipped", "open", "voided")},
    },
    FeedbackSlaRow: {
        "rate": share(lambda part: part.state == "on_time", lambda part: part.state in ("on_time", "late", "missing")),
        **{name: in_state(name) for name in ("late", "missing", "pending", "no_show", "waived", "cancelled")},
    },
    FeedbackOverdueRow: {
        "n": ANYBODY,
        "working": took("working"),
        "elapsed": took("elapsed"),
        "oldest": took("elapsed", _oldest),
    },
    ResponseTimeRow: {
        "n": each(ANSWERED),
        "median": took(),
        "km_median": half_gone(ANSWERED),
        "open": each(lambda part: not part.answered),
    },
    RecruiterWorkRow: {
        "hires": of_work("hire"),
        "interviews": of_work("interview"),
        "responses": of_work("response"),
        "response_median": took("took"),
    },
    TimeToScheduleRow: {
        "n": each(ENDED),
        "median": took(),
        "km_median": half_gone(ENDED),
        "open": each(lambda part: not part.ended),
        "reschedules": lambda parts: Number.of(on_average([part.reschedules for part in parts])),
    },
    InterviewsPerHireRow: {
        "hires": of_work("hire"),
        "interviews": of_work("interview"),
        "per_hire": lambda parts: Number.of(for_each_hire(parts, sum(part.work == "interview" for part in parts))),
        "interviewer_time": lambda parts: Duration.of(spent(parts)),
        "interviewer_time_per_hire": lambda parts: Duration.of(for_each_hire(parts, spent(parts))),
    },
    HireChanceRow: {"reached": len, "hired": share(lambda part: part.hired is not None)},
    PipelineHealthRow: {
        "active": each(lambda part: part.kind == "application"),
        "expected": lambda parts: Number.of(hires(parts)),
        "open_seats": each(lambda part: part.kind == "seat"),
        "health": for_each_seat,
        "untouched": each(lambda part: part.untouched),
        "waiting": each(lambda part: part.waiting),
        "stale": each(lambda part: part.untouched or part.waiting),
        "unknown": each(lambda part: part.kind == "application" and not part.chance.of),
    },
}
