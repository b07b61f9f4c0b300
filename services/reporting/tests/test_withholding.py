"""What is withheld can't be had by taking what is shown from the whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.metrics.withholding import shows, withheld


@pytest.mark.parametrize(
    ("groups", "hidden"),
    [
        ({"A": 100, "B": 5}, set()),
        ({"A": 100, "B": 100, "C": 4, "D": 50, "E": 20}, {"C", "E"}),
        ({"A": 100, "B": 4, "C": 3}, {"B", "C"}),
        ({"A": 100, "B": 2, "C": 1}, {"A", "B", "C"}),
        ({"A": 100, "B": 90, "C": 2, "D": 1}, {"B", "C", "D"}),
        ({"A": 7, "B": 7, "C": 1}, {"A", "C"}),
        ({"A": 3}, {"A", None}),
        ({"A": 1, "B": 2}, {"A", "B", None}),
        ({"A": 0, "B": 9}, {"A", "B"}),
        ({}, set()),
    ],
)
def test_a_small_group_is_withheld_and_with_it_the_next_smallest(
    groups: dict[str, int], hidden: set[str | None]
) -> None:
    assert withheld(groups) == hidden


@settings(derandomize=True, max_examples=300)
@given(st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 12)), st.integers(0, 12))
def test_the_difference_to_the_whole_is_never_one_group_and_never_of_fewer_than_five(
    groups: dict[str, int], undisclosed: int
) -> None:
    if shows(sum(groups.values()) + undisclosed):
        everybody: dict[str | None, int] = {None: undisclosed}
        everybody.update(groups.items())
        hidden = withheld(groups)
        assert {name for name, of in groups.items() if of < 5} <= hidden
        assert not hidden or (len(hidden) > 1 and sum(everybody[name] for name in hidden) >= 5)
