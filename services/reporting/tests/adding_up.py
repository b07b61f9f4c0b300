"""Checks that what a row was computed from adds up to what it says."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from services.reporting.metrics.adverse_impact import AdverseImpactRow
from services.reporting.metrics.approvals import ApprovalsPart, ApprovalsRow
from services.reporting.metrics.considered import AdverseImpactPart
from services.reporting.metrics.engaged_to_hired import STEPS, Came, EngagedPart, EngagedRow
from services.reporting.metrics.engagement import EngagementPart, EngagementRow, ReachedRow
from services.reporting.metrics.entered import EnteredRow
from services.reporting.metrics.fact import elapsed
from services.reporting.metrics.feedback_overdue import FeedbackOverduePart, FeedbackOverdueRow
from services.reporting.metrics.feedback_sla import FeedbackSlaPart, FeedbackSlaRow
from services.reporting.metrics.figures import Duration, median, p90
from services.reporting.metrics.funnel import FunnelPart, FunnelRow
from services.reporting.metrics.hire_chance import HireChancePart, HireChanceRow
from services.reporting.metrics.hires import HiresRow
from services.reporting.metrics.interviews_per_hire import InterviewsPerHirePart, InterviewsPerHireRow
from services.reporting.metrics.offer_acceptance import OfferAcceptanceRow, OfferPart
from services.reporting.metrics.offer_times import OfferTimePart, OfferTimeRow
from services.reporting.metrics.pipeline_health import PipelineHealthPart, PipelineHealthRow
from services.reporting.metrics.recruiter_work import RecruiterWorkPart, RecruiterWorkRow
from services.reporting.metrics.report import Report
from services.reporting.metrics.response_time import ResponseTimePart, ResponseTimeRow
from services.reporting.metrics.source_effectiveness import HiresOfSourceRow, SourcePart, SourceRow
from services.reporting.metrics.survival import survival_median, thinned
from services.reporting.metrics.time_in_stage import CurveRow, TimeInStagePart, TimeInStageRow
from services.reporting.metrics.time_to_fill import TimeToFillPart, TimeToFillRow
from services.reporting.metrics.time_to_hire import TimeToHirePart, TimeToHireRow
from services.reporting.metrics.time_to_schedule import TimeToSchedulePart, TimeToScheduleRow


def add_up(report: Report[Any, Any], parameters: dict[str, Any]) -> None:
    """Raises AssertionError."""
    for cell in report.cells:
        assert all(part.events for part in cell.parts)
        CHECKS[type(cell.row)](cell.row, cell.parts, parameters)


def _number(row: HiresRow | EnteredRow, parts: Sequence[Any], parameters: dict[str, Any]) -> None:
    assert row.n == len(parts)


def _hires(row: TimeToHireRow, parts: Sequence[TimeToHirePart], parameters: dict[str, Any]) -> None:
    durations = [_exact(part.duration) for part in parts]
    assert (row.n, row.median, row.p90) == (len(parts), median(durations), p90(durations))


def _offer_times(row: OfferTimeRow, parts: Sequence[OfferTimePart], parameters: dict[str, Any]) -> None:
    durations = [_exact(part.duration) for part in parts]
    assert (row.n, row.median, row.p90) == (len(parts), median(durations), p90(durations))
    for part in parts:
        assert elapsed(part.started, part.ended) == _exact(part.duration)


def _offers(row: OfferAcceptanceRow, parts: Sequence[OfferPart], parameters: dict[str, Any]) -> None:
    states = Counter(part.state for part in parts)
    answered = states["accepted"] + states["declined"]
    assert (row.accepted.count or 0) == states["accepted"] == row.reneged.of
    assert row.accepted.of == (len(parts) if parameters.get("dated") == "extended" else answered)
    assert (row.reneged.count or 0) == sum(part.reneged for part in parts)
    for name in ("expired", "rescinded", "pending", "not_extended"):
        assert getattr(row, name) == states[name]


def _fill(row: TimeToFillRow, parts: Sequence[TimeToFillPart], parameters: dict[str, Any]) -> None:
    filled = [part for part in parts if part.filled is not None]
    assert (row.n, row.open) == (len(filled), len(parts) - len(filled))
    assert row.net == median([_exact(part.net) for part in filled])
    assert row.gross == median([_exact(part.gross) for part in filled])
    for part in parts:
        assert _exact(part.gross) - _exact(part.away) == _exact(part.net) >= 0


def _stage(row: TimeInStageRow, parts: Sequence[TimeInStagePart], parameters: dict[str, Any]) -> None:
    complete, waiting = _waited(parts)
    assert (row.n, row.open, row.median) == (len(complete), len(waiting), median(complete))
    assert row.mean.microseconds == (str(Fraction(sum(complete), len(complete))) if complete else None)
    half = survival_median(complete, waiting)
    assert row.km_median.microseconds == (None if half is None else str(half))


def _curve(row: CurveRow, parts: Sequence[TimeInStagePart], parameters: dict[str, Any]) -> None:
    steps = list(thinned(*_waited(parts)))
    assert [(point.share, _exact(point.after)) for point in row.points] == [(str(s.share), s.after) for s in steps]
    assert (row.n, row.open) == (sum(point.left for point in row.points), len(parts) - row.n)


def _step(row: FunnelRow, parts: Sequence[FunnelPart], parameters: dict[str, Any]) -> None:
    counted = [part for part in parts if part.counted]
    waiting = sum(part.waiting for part in parts)
    assert (row.reached or 0) == len(parts)
    assert row.pass_through.of == len(counted)
    assert (row.pass_through.count or 0) == sum(part.passed_on for part in counted)
    assert (row.waiting, row.completed.of) == (waiting, len(counted) - waiting)


def _hires_of_source(row: HiresOfSourceRow, parts: Sequence[SourcePart], parameters: dict[str, Any]) -> None:
    assert Fraction(row.hires.of) == sum(Fraction(part.share) for part in parts)
    assert Fraction(row.hires.count) == sum(Fraction(part.share) for part in parts if part.hired)


def _source(row: SourceRow, parts: Sequence[SourcePart], parameters: dict[str, Any]) -> None:
    _hires_of_source(row, parts, parameters)
    assert row.hires.of == row.interviewed.of
    assert Fraction(row.interviewed.count) == sum(Fraction(part.share) for part in parts if part.interviewed)


def _reached(row: ReachedRow, parts: Sequence[EngagementPart], parameters: dict[str, Any]) -> None:
    assert (row.reached or 0) == len(parts)
    assert row.opened.of == row.clicked.of == sum(part.tracked for part in parts)
    for name in ("opened", "clicked", "replied", "handed_over", "applied", "hired"):
        assert (getattr(row, name).count or 0) == sum(name in part.did for part in parts)
    assert (row.engaged.count or 0) == sum(bool({"opened", "clicked", "replied"} & set(part.did)) for part in parts)
    if parameters.get("unit") != "message":
        assert len({part.person_id for part in parts}) == len(parts)


def _engaged(row: EngagementRow, parts: Sequence[EngagementPart], parameters: dict[str, Any]) -> None:
    _reached(row, parts, parameters)
    for share, name in ((row.objected, "objected"), (row.complained, "complained")):
        assert (share.count or 0, share.of) == (sum(name in part.did for part in parts), len(parts))


def _approvals(row: ApprovalsRow, parts: Sequence[ApprovalsPart], parameters: dict[str, Any]) -> None:
    durations = [_exact(part.duration) for part in parts if part.state == "approved"]
    assert (row.n, row.median, row.p90) == (len(durations), median(durations), p90(durations))
    states = Counter(part.state for part in parts)
    for name in ("rejected", "skipped", "open", "voided"):
        assert getattr(row, name) == states[name]
    assert all(part.state == "open" for part in parts if part.closed is None)


def _feedback(row: FeedbackSlaRow, parts: Sequence[FeedbackSlaPart], parameters: dict[str, Any]) -> None:
    states = Counter(part.state for part in parts)
    for name in ("late", "missing", "pending", "no_show", "waived", "cancelled"):
        assert getattr(row, name) == states[name]
    assert (row.rate.count or 0) == states["on_time"]
    assert row.rate.of == len(parts) - sum(states[name] for name in ("pending", "no_show", "waived", "cancelled"))
    assert len({(part.interview_id, part.interviewer) for part in parts}) == len(parts)
    for part in parts:
        assert part.ended < part.due
        if part.state in ("on_time", "late", "missing", "pending"):
            in_time = part.submitted and part.submitted <= part.due
            assert in_time == {"on_time": True, "late": False}.get(part.state)


def _overdue(row: FeedbackOverdueRow, parts: Sequence[FeedbackOverduePart], parameters: dict[str, Any]) -> None:
    ages = [_exact(part.elapsed) for part in parts]
    assert (row.n, row.elapsed, row.oldest) == (len(parts), median(ages), Duration.of(max(ages, default=None)))
    assert row.working == median([_exact(part.working) for part in parts])
    assert all(0 <= _exact(part.working) <= _exact(part.elapsed) > 0 for part in parts)


def _became(row: EngagedRow, parts: Sequence[EngagedPart], parameters: dict[str, Any]) -> None:
    assert row.enrolled == len(parts) == len({(part.person_id, part.campaign) for part in parts})
    for step in STEPS:
        times = [elapsed(part.enrolled, at) for part in parts if (at := getattr(part, step)) is not None]
        came: Came = getattr(row, step)
        assert (came.share.count or 0, came.share.of, came.median) == (len(times), len(parts), median(times))


def _responses(row: ResponseTimeRow, parts: Sequence[ResponseTimePart], parameters: dict[str, Any]) -> None:
    answered = [_exact(part.duration) for part in parts if part.answered]
    waiting = [_exact(part.duration) for part in parts if not part.answered]
    assert (row.n, row.open, row.median) == (len(answered), len(waiting), median(answered))
    half = survival_median(answered, waiting)
    assert row.km_median.microseconds == (None if half is None else str(half))
    assert all((part.told is None) == (part.answered is None) for part in parts)


def _work(row: RecruiterWorkRow, parts: Sequence[RecruiterWorkPart], parameters: dict[str, Any]) -> None:
    done = Counter(part.work for part in parts)
    assert (row.hires, row.interviews, row.responses) == (done["hire"], done["interview"], done["response"])
    took = [_exact(part.took) for part in parts if part.took is not None]
    assert (len(took), row.response_median) == (row.responses, median(took))
    assert len({part.interview_id for part in parts if part.work == "interview"}) == row.interviews


def _scheduled(row: TimeToScheduleRow, parts: Sequence[TimeToSchedulePart], parameters: dict[str, Any]) -> None:
    took, waiting = _waited(parts)
    assert (row.n, row.open, row.median) == (len(took), len(waiting), median(took))
    half = survival_median(took, waiting)
    assert row.km_median.microseconds == (None if half is None else str(half))
    moves = [part.reschedules for part in parts if part.reschedules is not None]
    assert row.reschedules.exact == (str(Fraction(sum(moves), len(moves))) if moves else None)
    for part in parts:
        assert part.ended is None or elapsed(part.requested, part.ended) == _exact(part.duration)


def _interviews(row: InterviewsPerHireRow, parts: Sequence[InterviewsPerHirePart], parameters: dict[str, Any]) -> None:
    done = Counter(part.work for part in parts)
    assert (row.hires, row.interviews) == (done["hire"], done["interview"])
    assert row.per_hire.exact == (str(Fraction(row.interviews, row.hires)) if row.hires else None)
    assert _exact(row.interviewer_time) == sum(_exact(part.took) for part in parts if part.took is not None)
    assert len({part.interview_id for part in parts if part.work == "interview"}) == row.interviews


def _health(row: PipelineHealthRow, parts: Sequence[PipelineHealthPart], parameters: dict[str, Any]) -> None:
    under_way = [part for part in parts if part.kind == "application"]
    seats = {part.opening_id for part in parts if part.kind == "seat"}
    known = [chance for part in under_way if (chance := part.chance) is not None and chance.of]
    hires = sum((Fraction(chance.count or 0, chance.of) for chance in known), Fraction())
    assert (row.active, row.unknown) == (len(under_way), len(under_way) - len(known))
    assert (row.open_seats, row.expected.exact) == (len(seats), str(hires))
    assert row.health.exact == (str(hires / len(seats)) if seats else None)
    assert row.untouched == sum(part.untouched or False for part in under_way)
    assert row.waiting == sum(part.waiting or False for part in under_way)
    assert row.stale == sum(part.untouched or part.waiting or False for part in under_way)


def _chance(row: HireChanceRow, parts: Sequence[HireChancePart], parameters: dict[str, Any]) -> None:
    hired = [part for part in parts if part.hired is not None]
    assert (row.reached, row.hired.count or 0, row.hired.of) == (len(parts), len(hired), len(parts))


def _impact(row: AdverseImpactRow, parts: Sequence[AdverseImpactPart], parameters: dict[str, Any]) -> None:
    assert AdverseImpactPart.model_fields.keys() == {"application_id", "person_id", "events"}
    if row.rate is None:
        assert {row.applied, row.withdrew, row.pending, row.considered, row.selected, row.ratio, row.p} == {None}
        return
    assert row.considered is not None
    assert row.applied == row.considered + (row.withdrew or 0) + (row.pending or 0) <= len(parts)
    assert (row.rate.count or 0, row.rate.of) == (row.selected, row.considered)
    assert row.considered >= 5 or row.group[parameters.get("category", "race")] is None


def _waited(parts: Sequence[TimeInStagePart] | Sequence[TimeToSchedulePart]) -> tuple[list[int], list[int]]:
    """How long those stood there who have left, and those who have not."""
    complete = [_exact(part.duration) for part in parts if part.ended]
    return complete, [_exact(part.duration) for part in parts if not part.ended]


def _exact(duration: Duration) -> int:
    assert duration.microseconds is not None
    return int(duration.microseconds)


CHECKS: dict[type[Any], Callable[[Any, Any, dict[str, Any]], None]] = {
    HiresRow: _number, EnteredRow: _number, TimeToHireRow: _hires, OfferTimeRow: _offer_times,
    OfferAcceptanceRow: _offers, TimeToFillRow: _fill, TimeInStageRow: _stage, CurveRow: _curve, FunnelRow: _step,
    HiresOfSourceRow: _hires_of_source, SourceRow: _source, ReachedRow: _reached, EngagementRow: _engaged,
    ApprovalsRow: _approvals,
    EngagedRow: _became,
    FeedbackSlaRow: _feedback, FeedbackOverdueRow: _overdue,
    ResponseTimeRow: _responses, RecruiterWorkRow: _work,
    TimeToScheduleRow: _scheduled, InterviewsPerHireRow: _interviews,
    HireChanceRow: _chance,
    PipelineHealthRow: _health,
    AdverseImpactRow: _impact,
}  # fmt: skip
