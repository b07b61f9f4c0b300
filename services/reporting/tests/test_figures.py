"""Figures: interpolated, exact, rounded half to even, and silent where there is nothing to say."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.metrics.figures import DAY, Duration, Share, median, p90, percentile, rounded

HALF = Fraction(1, 2)
ATOMS = st.lists(st.integers(0, 10**15), min_size=1, max_size=40)


def test_percentiles_are_interpolated_between_neighbours() -> None:
    assert percentile([40, 10, 30, 20], HALF) == 25
    assert percentile([40, 10, 30, 20], Fraction(9, 10)) == 37
    assert percentile([7], Fraction(9, 10)) == 7
    assert percentile([], HALF) is None


@given(ATOMS)
def test_a_percentile_lies_among_the_values_and_grows_with_its_share(values: list[int]) -> None:
    found = [percentile(values, Fraction(share, 10)) for share in range(11)]
    assert found == sorted(found, key=lambda value: value or 0)
    assert [found[0], found[-1]] == [Fraction(min(values)), Fraction(max(values))]


def test_the_90th_percentile_needs_ten() -> None:
    assert p90([DAY] * 9).note == "too few"
    assert p90([DAY] * 10).days == 1.0
    assert p90([]).note == "no data"


@pytest.mark.parametrize(("tenths", "shown"), [(5, 0.0), (15, 0.2), (25, 0.2), (185, 1.8), (-5, 0.0)])
def test_days_are_rounded_half_to_even(tenths: int, shown: float) -> None:
    assert Duration.of(Fraction(tenths * DAY, 100)).days == shown


@given(st.integers(), st.integers(1), st.sampled_from([1, 2, 4]))
def test_rounding_is_that_of_fractions(numerator: int, denominator: int, decimals: int) -> None:
    for halves in (numerator, (2 * numerator + 1) * denominator):
        of = halves, 2 * denominator * 10**decimals
        assert rounded(*of, decimals) == float(round(Fraction(*of), decimals))


def test_half_a_microsecond_is_kept() -> None:
    assert median([1, 2]).microseconds == "3/2"
    assert median([DAY, DAY]).microseconds == str(DAY)


def test_nothing_is_null_and_never_zero() -> None:
    assert median([]).model_dump() == {"microseconds": None, "days": None, "note": "no data"}
    assert Share.among(0, 0).model_dump() == {"count": None, "of": 0, "percent": None, "note": "no data"}
    assert Share.among(0, 3).model_dump() == {"count": 0, "of": 3, "percent": 0.0, "note": None}
    assert Share.among(1, 3).percent == 33.3
