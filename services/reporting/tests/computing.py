"""Asks a metric of facts in memory, as the service asks it of those in its database."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any, get_args

from services.reporting.commands.questions import defined
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition, Report
from services.reporting.metrics.world import World

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def computed(report: str, facts: Iterable[Fact], parameters: dict[str, Any], now: datetime = NOW) -> Report[Any, Any]:
    """In whatever order the facts come."""
    definition, world, question = prepared(report, facts, parameters, now)
    answer: Report[Any, Any] = definition.compute(world, question)
    return answer


def prepared(
    report: str, facts: Iterable[Fact], parameters: dict[str, Any], now: datetime = NOW
) -> tuple[Definition[Any, Any, Any], World, Question]:
    """What a report is computed with."""
    question = DEFINITIONS[report].question.model_validate(parameters)
    definition = defined(report, question.version)
    needed = [fact for fact in facts if type(fact.event) in definition.reads]
    Random(1).shuffle(needed)
    return definition, World(needed, question.clocks(now)), question


def dimensions(report: str) -> list[str]:
    """What it can be cut by."""
    annotation: Any = DEFINITIONS[report].question.model_fields["by"].annotation
    [literal, _] = get_args(annotation)
    return list(get_args(literal))
