"""Fisher's exact test of two shares, in whole numbers."""

from fractions import Fraction
from math import comb


def two_sided(selected: int, considered: int, others_selected: int, others_considered: int) -> Fraction:
    """The probability of all tables with these margins that are no more probable than the one observed."""
    chosen, everybody = selected + others_selected, considered + others_considered
    low, high = max(0, chosen - others_considered), min(chosen, considered)
    observed = comb(considered, selected) * comb(others_considered, others_selected)
    extreme, weight = 0, comb(considered, low) * comb(others_considered, chosen - low)
    for k in range(low, high + 1):
        if weight <= observed:
            extreme += weight
        # Each from the one before: among thousands, binomials of their own would take minutes.
        weight = weight * (considered - k) * (chosen - k) // ((k + 1) * (others_considered - chosen + k + 1))
    return Fraction(extreme, comb(everybody, chosen))
