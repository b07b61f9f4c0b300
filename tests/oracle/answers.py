"""The judge's answer to any question: a report, its parameters, a log in any order."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.oracle.adverse_impact import adverse_impact
from tests.oracle.approvals import approvals
from tests.oracle.engaged_to_hired import engaged_to_hired
from tests.oracle.engagement import engagement
from tests.oracle.entered import entered
from tests.oracle.feedback import feedback_overdue, feedback_sla
from tests.oracle.funnel import funnel
from tests.oracle.happened import Happened
from tests.oracle.hire_chance import hire_chance, hire_chance_found
from tests.oracle.interviews_per_hire import interviews_per_hire, interviews_per_hire_found
from tests.oracle.left_out import reasons
from tests.oracle.offer_acceptance import offer_acceptance
from tests.oracle.offer_days import (
    days_to_decision,
    days_to_offer,
    time_to_answer,
    time_to_start,
    time_to_start_found,
)
from tests.oracle.pipeline_health import pipeline_health
from tests.oracle.questions import Question, Row, Values, question
from tests.oracle.recruiter_work import recruiter_work
from tests.oracle.response_time import response_time
from tests.oracle.source_effectiveness import source_effectiveness
from tests.oracle.time_in_stage import time_in_stage, time_in_stage_curve, time_in_stage_found
from tests.oracle.time_to_fill import time_to_fill, time_to_fill_found
from tests.oracle.time_to_hire import hires, time_to_hire
from tests.oracle.time_to_schedule import time_to_schedule, time_to_schedule_found

REPORTS: Mapping[str, Callable[[Question, Sequence[Happened]], list[Row]]] = {
    "time-to-hire": time_to_hire,
    "hires": hires,
    "funnel": funnel,
    "entered": entered,
    "time-in-stage": time_in_stage,
    "time-to-fill": time_to_fill,
    "offer-acceptance": offer_acceptance,
    "days-to-offer": days_to_offer,
    "days-to-decision": days_to_decision,
    "time-to-answer": time_to_answer,
    "source-effectiveness": source_effectiveness,
    "engagement": engagement,
    "time-in-stage-curve": time_in_stage_curve,
    "approvals": approvals,
    "engaged-to-hired": engaged_to_hired,
    "feedback-sla": feedback_sla,
    "feedback-overdue": feedback_overdue,
    "response-time": response_time,
    "recruiter-work": recruiter_work,
    "hire-chance": hire_chance,
    "pipeline-health": pipeline_health,
    "adverse-impact": adverse_impact,
    "time-to-schedule": time_to_schedule,
    "interviews-per-hire": interviews_per_hire,
    "time-to-start": time_to_start,
}
FOUND: Mapping[str, Callable[[Question, Sequence[Happened]], Iterable[tuple[Values, object]]]] = {
    "time-in-stage": time_in_stage_found,
    "time-in-stage-curve": time_in_stage_found,
    "hire-chance": hire_chance_found,
    "time-to-fill": time_to_fill_found,
    "time-to-schedule": time_to_schedule_found,
    "interviews-per-hire": interviews_per_hire_found,
    "time-to-start": time_to_start_found,
}
"""What is counted and what is left out, of the reports of which that is told."""


def answer(report: str, parameters: Mapping[str, Any], log: Sequence[Happened], now: datetime) -> list[dict[str, Any]]:
    """The rows, in no order that matters. Durations are exact microseconds, shares are (count, of)."""
    return REPORTS[report](question(parameters, now), log)


def left_out(report: str, parameters: Mapping[str, Any], log: Sequence[Happened], now: datetime) -> Mapping[str, int]:
    """How many things of the kind asked for are not in the rows, by the reason; whatever the period, unless told so."""
    asked = question(parameters, now)
    return Counter(reasons(asked, FOUND[report](asked, log)))
