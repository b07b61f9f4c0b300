"""The contracts: every event that crosses a service's border. Importing this package fills the registry."""

from shared.events.ats import (
    application,
    approval,
    approval_chain,
    candidate,
    interview,
    job,
    offer,
    opening,
    posting,
    requisition,
    scorecard,
    self_identification,
    stage_plan,
    team_member,
)
from shared.events.crm import campaign, consent, enrolment, prospect, touchpoint
from shared.events.notifier import candidate_message, notification
from shared.events.reporting import adverse_impact, adverse_impact_snapshot, metric, schedule, snapshot

__all__ = [
    "adverse_impact",
    "adverse_impact_snapshot",
    "application",
    "approval",
    "approval_chain",
    "campaign",
    "candidate",
    "candidate_message",
    "consent",
    "enrolment",
    "interview",
    "job",
    "metric",
    "notification",
    "offer",
    "opening",
    "posting",
    "prospect",
    "requisition",
    "schedule",
    "scorecard",
    "self_identification",
    "snapshot",
    "stage_plan",
    "team_member",
    "touchpoint",
]
