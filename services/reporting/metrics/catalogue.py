"""All metrics, by the name that they are asked for, in all their versions."""

from typing import Any

from services.reporting.metrics.adverse_impact import ADVERSE_IMPACT
from services.reporting.metrics.approvals import APPROVALS
from services.reporting.metrics.engaged_to_hired import ENGAGED_TO_HIRED
from services.reporting.metrics.engagement import ENGAGEMENT
from services.reporting.metrics.entered import ENTERED
from services.reporting.metrics.feedback_overdue import FEEDBACK_OVERDUE
from services.reporting.metrics.feedback_sla import FEEDBACK_SLA
from services.reporting.metrics.funnel import FUNNEL
from services.reporting.metrics.hire_chance import HIRE_CHANCE
from services.reporting.metrics.hires import HIRES
from services.reporting.metrics.interviews_per_hire import INTERVIEWS_PER_HIRE
from services.reporting.metrics.offer_acceptance import OFFER_ACCEPTANCE
from services.reporting.metrics.offer_times import DAYS_TO_DECISION, DAYS_TO_OFFER, TIME_TO_ANSWER, TIME_TO_START
from services.reporting.metrics.pipeline_health import PIPELINE_HEALTH
from services.reporting.metrics.recruiter_work import RECRUITER_WORK
from services.reporting.metrics.report import Definition
from services.reporting.metrics.response_time import RESPONSE_TIME
from services.reporting.metrics.source_effectiveness import SOURCE_EFFECTIVENESS
from services.reporting.metrics.time_in_stage import CURVE, TIME_IN_STAGE
from services.reporting.metrics.time_to_fill import TIME_TO_FILL
from services.reporting.metrics.time_to_hire import TIME_TO_HIRE
from services.reporting.metrics.time_to_schedule import TIME_TO_SCHEDULE

ALL: tuple[Definition[Any, Any, Any], ...] = (
    TIME_TO_HIRE, HIRES, DAYS_TO_OFFER, DAYS_TO_DECISION, TIME_TO_ANSWER, TIME_TO_START, *OFFER_ACCEPTANCE,
    *TIME_TO_FILL, FUNNEL, ENTERED, *TIME_IN_STAGE, *CURVE, *SOURCE_EFFECTIVENESS, *ENGAGEMENT, ENGAGED_TO_HIRED,
    APPROVALS, TIME_TO_SCHEDULE, FEEDBACK_SLA, FEEDBACK_OVERDUE, INTERVIEWS_PER_HIRE,
    RESPONSE_TIME, RECRUITER_WORK, HIRE_CHANCE, PIPELINE_HEALTH,
    ADVERSE_IMPACT,
)  # fmt: skip
VERSIONS = {name: {each.version: each for each in ALL if each.id == name} for name in dict.fromkeys(d.id for d in ALL)}
DEFINITIONS = {name: versions[max(versions)] for name, versions in VERSIONS.items()}
"""The newest of each."""
