"""Adverse impact is off unless it was switched on for a country: elsewhere law may forbid to compare such groups."""

from typing import TypeVar

from fastapi import Request

from services.reporting.metrics.considered import AdverseImpact
from services.reporting.metrics.question import Question
from shared.kit.refusals import Invalid

Q = TypeVar("Q", bound=Question)


def where_it_is_on(question: Q, request: Request) -> Q:
    """The same question, of those countries at most. Raises Invalid."""
    if not isinstance(question, AdverseImpact):
        return question
    on: frozenset[str] = request.app.state.adverse_impact_in
    if not on:
        raise Invalid(
            "Adverse impact is switched off in every country",
            "name those where it may be computed in HIRELOG_ADVERSE_IMPACT_IN of reporting, and start it again",
        )
    if off := sorted({*question.countries} - on):
        raise Invalid(f"Adverse impact is switched off in {', '.join(off)}", f"ask about {', '.join(sorted(on))}")
    return question.model_copy(update={"countries": question.countries or tuple(sorted(on))})
