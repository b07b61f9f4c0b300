"""The worked examples: every history gives the answers that it must."""

import pytest

from services.reporting.tests.computing import computed
from services.reporting.tests.tables import Asked, asked, figures

ALL = list(asked())


def answer(row: Asked) -> dict[str, str]:
    found = figures(computed(row.report, row.facts, row.parameters))
    return {name: found.get(name, "0" if name.startswith("left out") else "not there") for name in row.answer}


@pytest.mark.parametrize("row", ALL, ids=str)
def test_a_history_gives_the_answer_of_its_table(row: Asked) -> None:
    assert answer(row) == row.answer


def test_the_examples_were_read() -> None:
    assert len(ALL) >= 128
