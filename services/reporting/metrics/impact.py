"""How groups fared beside the one with the highest rate: 29 CFR 1607.4(D), and question 21 of the EEOC's answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from services.reporting.metrics.fisher import two_sided

ENOUGH = 5
OF_ALL = Fraction(2, 100)
FOUR_FIFTHS = Fraction(4, 5)
SIGNIFICANT = Fraction(5, 100)

Verdict = Literal[
    "reference", "not flagged", "flagged", "flagged, significant", "look closer", "too few to say", "undisclosed",
    "withheld",
]  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """Of one group: how many were decided about, and for how many of them."""

    considered: int
    selected: int

    @property
    def rate(self) -> Fraction:
        return Fraction(self.selected, self.considered)

    def plus(self, selected: int) -> Fraction:
        """Its rate, had so many more been selected."""
        return Fraction(self.selected + selected, self.considered)


@dataclass(frozen=True)
class Comparison:
    """`ratio` of its rate to the reference's, and Fisher's `p`: none for the reference, and where there are too few."""

    verdict: Verdict
    ratio: Fraction | None = None
    p: Fraction | None = None


def compare(groups: Mapping[str, Tally]) -> dict[str, Comparison]:
    """Each group that people disclosed against the single one with the highest rate, never against all others."""
    all_considered = sum(tally.considered for tally in groups.values())
    enough = {
        name: tally for name, tally in groups.items()
        if tally.considered >= ENOUGH and tally.considered >= OF_ALL * all_considered
    }  # fmt: skip
    # Of equal rates that of the larger group says more.
    ranked = sorted(enough, key=lambda name: (-enough[name].rate, -enough[name].considered, name))
    found = dict.fromkeys(groups, Comparison("too few to say"))
    for name in ranked[:1]:
        found[name] = Comparison("reference")
    for name in ranked[1:]:
        found[name] = _beside(enough[ranked[0]], enough[name])
    return found


def _beside(reference: Tally, group: Tally) -> Comparison:
    ratio = group.rate / reference.rate if reference.selected else None
    p = two_sided(group.selected, group.considered, reference.selected, reference.considered)
    return Comparison(_verdict(reference, group, ratio, p), ratio, p)


def _verdict(reference: Tally, group: Tally, ratio: Fraction | None, p: Fraction) -> Verdict:
    if ratio is None:
        return "too few to say"  # nobody was selected: there is no order
    if ratio >= FOUR_FIFTHS:
        return "look closer" if p < SIGNIFICANT else "not flagged"
    # A difference that one person selected instead of another turns round is none to be flagged.
    if group.plus(1) > reference.plus(-1):
        return "too few to say"
    return "flagged, significant" if p < SIGNIFICANT else "flagged"
