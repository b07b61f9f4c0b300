"""Events that have to be told, about ids of their own."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from shared.events.ats.application import CandidateHired
from shared.events.ats.approval import ApprovalDecided, ApprovalRequested, Group
from shared.events.ats.offer import OfferApproved
from shared.events.ats.requisition import RequisitionDrafted
from shared.events.ats.scorecard import ScorecardRequested
from shared.events.reporting.snapshot import SnapshotSealed
from shared.kit.context import now


def scorecard_requested(interviewer: UUID, job: UUID) -> ScorecardRequested:
    return ScorecardRequested(
        scorecard_id=uuid4(), interview_id=uuid4(), application_id=uuid4(), person_id=uuid4(), interviewer=interviewer,
        job_id=job, stage="Onsite", due=now() + timedelta(days=1),
    )  # fmt: skip


def offer_approved(job: UUID) -> OfferApproved:
    return OfferApproved(offer_id=uuid4(), application_id=uuid4(), person_id=uuid4(), job_id=job, version=1)


def hired(job: UUID) -> CandidateHired:
    return CandidateHired(
        application_id=uuid4(), person_id=uuid4(), job_id=job, opening_id=uuid4(), offer_id=uuid4(), start_date=None
    )


def requisition(title: str | None = "Engineer", confidential: bool = False) -> RequisitionDrafted:
    return RequisitionDrafted(
        requisition_id=uuid4(), revision=1, headcount=1, department="Engineering", location="Berlin", title=title,
        confidential=confidential,
    )  # fmt: skip


def approval_requested(of: UUID, *groups: tuple[UUID, ...]) -> ApprovalRequested:
    """Of a requisition; one vote decides a group."""
    return ApprovalRequested(
        approval_id=uuid4(), anchor_id=of, anchor_purpose="confidential", subject="requisition", subject_id=of,
        subject_version=1, chain_id=uuid4(), chain_version=1, round=1, requester=uuid4(),
        groups=tuple(Group(n=1, members=members) for members in groups),
    )  # fmt: skip


def approved(asked: ApprovalRequested, step: int, approver: UUID) -> ApprovalDecided:
    return ApprovalDecided(
        approval_id=asked.approval_id, anchor_id=asked.anchor_id, anchor_purpose=asked.anchor_purpose, step=step,
        approver=approver, decision="approved", channel="api",
    )  # fmt: skip


def snapshot_sealed(*recipients: UUID, title: str | None = "Funnel of last month") -> SnapshotSealed:
    return SnapshotSealed(
        snapshot_id=uuid4(), metric="funnel", definition=1,
        question='{"period": "2026-02", "zone": "America/New_York"}', as_of=datetime(2026, 3, 2, 7, tzinfo=UTC),
        known_at=now(), offsets={"ats.events": {0: 17}}, facts=3, root="00", table='[{"reached": 4711}]',
        answer="a5" * 32, title=title, recipients=recipients,
    )  # fmt: skip
