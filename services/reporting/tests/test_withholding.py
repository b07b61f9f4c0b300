"""What is withheld can't be had by taking what is shown from the whole."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.metrics.withholding import shows, withheld, withheld_between


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


@pytest.mark.parametrize(
    ("groups", "before", "hidden"),
    [
        ({"A": (9, 5), "B": (0, 0), None: (6, 0)}, (), set()),
        # One who told it later would else be seen going from the undisclosed to C.
        ({"A": (0, 0), "B": (0, 0), "C": (1, 0), None: (-1, 0)}, (), {"A", "B", "C", None}),
        ({"A": (30, 9), "B": (40, 8), "C": (3, 0), "E": (2, 0)}, (), {"C", "E"}),
        ({"A": (30, 9), "B": (40, 8), "C": (1, 0), "D": (6, 0)}, (), {"C", "D"}),
        # Of nine that came two were selected: nine are enough, the two are not.
        ({"A": (30, 9), "B": (9, 2), "D": (12, 0)}, (), {"A", "B", "D"}),
        ({"A": (30, 9), "B": (8, 0), "C": (0, 0), "E": (0, 0)}, "CE", {"C", "E"}),
        ({"A": (30, 9), "B": (8, 0), "C": (2, 0), "E": (0, 0)}, "CE", {"B", "C", "E"}),
        ({"A": (-3, 0), "B": (3, 0), "D": (0, 0)}, (), {"A", "B"}),
        ({}, (), set()),
    ],
)
def test_who_differs_by_a_few_is_withheld_and_with_them_who_differs_least(
    groups: Mapping[str | None, Sequence[int]], before: Sequence[str], hidden: set[str | None]
) -> None:
    assert withheld_between(groups, before) == hidden


@settings(derandomize=True, max_examples=300)
@given(
    st.dictionaries(st.sampled_from("ABCDEF"), st.tuples(st.integers(-12, 12), st.integers(-12, 12))),
    st.sets(st.sampled_from("ABCDEF")),
)
def test_neither_what_is_shown_nor_what_it_leaves_of_the_whole_differs_by_a_few(
    groups: dict[str, Sequence[int]], before: set[str]
) -> None:
    everybody: dict[str | None, Sequence[int]] = dict(groups.items())
    hidden = withheld_between(everybody, before & groups.keys())
    for name, by in groups.items():
        assert name in hidden or all(n == 0 or abs(n) >= 5 for n in by)
    together = zip(*(everybody[name] for name in hidden), strict=True)
    left = [sum(map(abs, by)) for by in together]
    assert hidden == everybody.keys() or all(n == 0 or n >= 5 for n in left)
