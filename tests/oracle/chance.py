"""What chance alone would do: Fisher's exact test, in whole numbers (rules D12)."""

from fractions import Fraction
from math import comb


def fisher(selected: int, of: int, other_selected: int, of_others: int) -> Fraction:
    """How likely a table at most as likely as this one is, were all the same: of those with the same sums."""
    chosen, everybody = selected + other_selected, of + of_others

    def ways(among_these: int) -> int:
        return comb(of, among_these) * comb(of_others, chosen - among_these)

    as_rare = [ways(n) for n in range(chosen + 1) if ways(n) <= ways(selected)]
    return Fraction(sum(as_rare), comb(everybody, chosen))
