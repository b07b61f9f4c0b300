"""The judge's answer to any question: a report, its parameters, a log in any order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.oracle.engagement import engagement
from tests.oracle.entered import entered
from tests.oracle.funnel import funnel
from tests.oracle.happened import Happened
from tests.oracle.offer_acceptance import offer_acceptance
from tests.oracle.offer_days import days_to_decision, days_to_offer, time_to_answer
from tests.oracle.questions import Question, Row, question
from tests.oracle.source_effectiveness import source_effectiveness
from tests.oracle.time_in_stage import time_in_stage
from tests.oracle.time_to_fill import time_to_fill
from tests.oracle.time_to_hire import hires, time_to_hire

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
}


def answer(report: str, parameters: Mapping[str, Any], log: Sequence[Happened], now: datetime) -> list[dict[str, Any]]:
    """The rows, in no order that matters. Durations are exact microseconds, shares are (count, of)."""
    return REPORTS[report](question(parameters, now), log)
