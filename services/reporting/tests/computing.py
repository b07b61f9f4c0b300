"""Asks a metric of facts in memory, as the service asks it of those in its database."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any, get_args

from services.reporting.commands.questions import defined
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from services.reporting.metrics.world import World

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def computed(report: str, facts: Iterable[Fact], parameters: dict[str, Any], now: datetime = NOW) -> Report[Any, Any]:
    """In whatever order the facts come."""
    question = DEFINITIONS[report].question.model_validate(parameters)
    definition = defined(report, question.version)
    clocks = question.clocks(now)
    needed = [fact for fact in facts if type(fact.event) in definition.reads]
    Random(1).shuffle(needed)
    answer: Report[Any, Any] = definition.compute(World(needed, clocks), question)
    return answer


def dimensions(report: str) -> list[str]:
    """What it can be cut by."""
    annotation: Any = DEFINITIONS[report].question.model_fields["by"].annotation
    [literal, _] = get_args(annotation)
    return list(get_args(literal))
