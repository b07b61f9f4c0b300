"""Figures: interpolated, exact, rounded half to even, and silent where there is nothing to say."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.metrics.figures import DAY, Duration, Share, median, p90, percentile, rounded
from services.reporting.metrics.survival import survival, survival_median, thinned

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


@given(
    st.lists(st.integers(0, 60), max_size=80).map(sorted), st.lists(st.integers(0, 60), max_size=80), st.integers(2, 12)
)
def test_a_curve_of_many_steps_is_the_same_curve_at_fewer_of_them(
    over: list[int], waiting: list[int], most: int
) -> None:
    exact, thin = list(survival(over, waiting)), list(thinned(over, waiting, most))
    if len(exact) <= most:
        assert thin == exact
        return
    assert (len(thin), thin[-1].after) == (most, exact[-1].after)
    assert sum(step.left for step in thin) == len(over)
    at = {step.after: step for step in exact}
    for step in thin:
        assert abs(step.share - at[step.after].share) <= Fraction(1, 10**9)
        assert step.at_risk == at[step.after].at_risk


@pytest.mark.parametrize(
    ("over", "waiting", "shares", "half"),
    [
        pytest.param(
            [1, 1, 4, 5, 9, 22], [6, 9], {1: "0.750", 4: "0.625", 5: "0.500", 9: "0.333", 22: "0.000"}, 5,
            id="Bewick, Cheek and Ball, Critical Care 8 (2004) 389, table 2",
        ),
        pytest.param(
            [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
            {6: "0.857", 7: "0.807", 10: "0.753", 13: "0.690", 16: "0.627", 22: "0.538", 23: "0.448"}, 23,
            id="weeks in remission with 6-MP: Freireich et al., Blood 21 (1963) 699",
        ),
    ],
)  # fmt: skip
def test_survival_is_that_of_published_examples(
    over: list[int], waiting: list[int], shares: dict[int, str], half: int
) -> None:
    assert {step.after: f"{float(step.share):.3f}" for step in survival(over, waiting)} == shares
    assert survival_median(over, waiting) == half
