"""The worked examples: every history gives the answers that it must."""

from datetime import UTC, datetime
from random import Random

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.tests.tables import Asked, asked, figures

NOW = datetime(2027, 1, 1, tzinfo=UTC)
ALL = list(asked())


def answer(row: Asked) -> dict[str, str]:
    definition = DEFINITIONS[row.report]
    question = definition.question.model_validate(row.parameters)
    facts = [fact for fact in question.clocks(NOW).cut(row.facts) if type(fact.event) in definition.needs]
    Random(1).shuffle(facts)
    found = figures(definition.compute(facts, question))
    return {name: found.get(name, "0" if name.startswith("left out") else "not there") for name in row.answer}


@pytest.mark.parametrize("row", ALL, ids=str)
def test_a_history_gives_the_answer_of_its_table(row: Asked) -> None:
    assert answer(row) == row.answer


def test_the_examples_were_read() -> None:
    assert len(ALL) >= 55
