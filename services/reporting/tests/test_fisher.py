"""Fisher's exact test, against scipy's."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from services.reporting.metrics.figures import Probability
from services.reporting.metrics.fisher import two_sided


def judged(selected: int, considered: int, others_selected: int, others: int) -> float:
    table = np.array([[selected, considered - selected], [others_selected, others - others_selected]])
    return float(fisher_exact(table).pvalue)


@st.composite
def tables(draw: st.DrawFn, most: int = 60) -> tuple[int, int, int, int]:
    considered, others = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, considered)), considered, draw(st.integers(0, others)), others


@settings(derandomize=True, max_examples=400, deadline=None)
@given(tables())
def test_it_is_what_scipy_says(table: tuple[int, int, int, int]) -> None:
    assert float(two_sided(*table)) == pytest.approx(judged(*table), rel=1e-9)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(tables())
def test_it_is_a_probability_and_does_not_care_which_group_comes_first(table: tuple[int, int, int, int]) -> None:
    selected, considered, others_selected, others = table
    assert 0 < two_sided(*table) <= 1
    assert two_sided(*table) == two_sided(others_selected, others, selected, considered)


def test_a_table_as_probable_as_the_one_observed_counts() -> None:
    # Of 2 out of 4, the tables 0, 1, 2 have 1, 4, 1 of 6: the other end is exactly as probable.
    assert two_sided(2, 2, 0, 2) == Fraction(1, 3)


def test_thousands_are_no_hurdle_and_their_digits_are_not_written_out() -> None:
    p = two_sided(7_000, 20_000, 7_500, 20_000)
    assert float(p) == pytest.approx(judged(7_000, 20_000, 7_500, 20_000), rel=1e-6)
    assert Probability.of(p).exact is None
    assert Probability.of(Fraction(1, 3)) == Probability(exact="1/3", shown=0.3333)
