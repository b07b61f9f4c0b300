"""Groups compared: four fifths, exactly, the reference, and when there are too few to say anything."""

from fractions import Fraction

import pytest

from services.reporting.metrics.impact import Tally, Verdict, compare

# 29 CFR 1607.4(D); the EEOC's examples and small numbers (Q&A 21): Uniform Guidelines, Questions and Answers,
# 44 FR 11996 (2 March 1979).
FURTHER: list[tuple[str, tuple[int, int], tuple[int, int], str, str, Verdict]] = [
    ("one person decides it", (2, 10), (0, 6), "0", "0.5000", "too few to say"),
    ("large numbers", (900, 1000), (850, 1000), "17/18", "0.0009", "look closer"),
    ("EEOC Q&A, American Indians", (60, 100), (45, 100), "3/4", "0.0472", "flagged, significant"),
    ("EEOC Q&A, Hispanics", (60, 100), (48, 100), "4/5", "0.1184", "not flagged"),
    ("EEOC Q&A, Blacks", (60, 100), (51, 100), "17/20", "0.2550", "not flagged"),
    ("float trap", (20, 100), (12, 75), "4/5", "0.5571", "not flagged"),
]


@pytest.mark.parametrize(("case", "reference", "group", "ratio", "p", "verdict"), FURTHER)
def test_a_group_beside_the_reference_has_the_ratio_p_and_verdict_of_the_example(
    case: str, reference: tuple[int, int], group: tuple[int, int], ratio: str, p: str, verdict: Verdict
) -> None:
    found = compare({name: Tally(of, selected) for name, (selected, of) in (("A", reference), ("B", group))})
    assert found["A"].verdict == "reference"
    assert (found["B"].ratio, found["B"].verdict) == (Fraction(ratio), verdict)
    assert found["B"].p is not None
    assert f"{float(found['B'].p):.4f}" == p


def test_just_below_four_fifths_is_flagged() -> None:
    found = compare({"A": Tally(1000, 500), "B": Tally(1000, 399)})
    assert found["B"].verdict == "flagged, significant"
    assert compare({"A": Tally(1000, 500), "B": Tally(1000, 400)})["B"].verdict == "look closer"


def test_each_is_compared_with_the_highest_and_not_with_all_others() -> None:
    found = compare({"A": Tally(100, 50), "B": Tally(100, 10), "C": Tally(100, 41)})
    assert [found[name].ratio for name in "ABC"] == [None, Fraction(1, 5), Fraction(41, 50)]


@pytest.mark.parametrize("others", [196, 250])
def test_who_has_fewer_than_2_percent_or_fewer_than_five_is_never_the_reference(others: int) -> None:
    found = compare({"A": Tally(others, others // 2), "few": Tally(4, 4)})
    assert (found["A"].verdict, found["few"].verdict) == ("reference", "too few to say")


def test_2_percent_exactly_are_enough_and_fewer_are_not() -> None:
    assert compare({"A": Tally(490, 100), "B": Tally(10, 9)})["B"].verdict == "reference"
    assert compare({"A": Tally(491, 100), "B": Tally(10, 9)})["B"].verdict == "too few to say"


def test_five_are_enough_and_four_are_not() -> None:
    assert compare({"A": Tally(60, 50), "B": Tally(5, 1)})["B"].verdict == "flagged, significant"
    assert compare({"A": Tally(60, 50), "B": Tally(4, 0)})["B"].verdict == "too few to say"


def test_an_order_that_one_person_brings_to_a_tie_is_not_turned() -> None:
    # 3/10 to 1/10: with one person moved both have 2/10.
    assert compare({"A": Tally(10, 3), "B": Tally(10, 1)})["B"].verdict == "flagged"
    assert compare({"A": Tally(10, 3), "B": Tally(10, 2)})["B"].verdict == "too few to say"


def test_groups_that_are_all_but_equal_are_not_flagged_though_one_person_would_turn_their_order() -> None:
    assert compare({"A": Tally(1000, 500), "B": Tally(1000, 499)})["B"].verdict == "not flagged"


def test_of_equal_rates_the_larger_group_is_the_reference_and_the_order_of_names_decides_last() -> None:
    assert compare({"A": Tally(50, 5), "B": Tally(100, 10)})["B"].verdict == "reference"
    assert compare({"B": Tally(50, 5), "A": Tally(50, 5)})["A"].verdict == "reference"


def test_where_nobody_was_selected_there_is_nothing_to_compare() -> None:
    found = compare({"A": Tally(50, 0), "B": Tally(40, 0)})
    assert (found["B"].verdict, found["B"].ratio) == ("too few to say", None)
    assert compare({}) == {}
