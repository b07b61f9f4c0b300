"""Groups of people compared with the one that fared best: four fifths, chance, and too few to say (rules D12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.chance import fisher
from tests.oracle.questions import Row

UNDISCLOSED = "undisclosed"
FEW = 5
SHARE = Fraction(2, 100)
FOUR_FIFTHS = Fraction(4, 5)
SIGNIFICANT = Fraction(5, 100)


@dataclass(frozen=True)
class Group:
    """`applied` are all of them: those who withdrew, those who wait, those selected, and those rejected by us."""

    of: str
    applied: int
    withdrew: int
    pending: int
    selected: int

    @property
    def considered(self) -> int:
        return self.applied - self.withdrew - self.pending

    @property
    def rate(self) -> Fraction:
        return Fraction(self.selected, self.considered)


def verdicts(groups: Sequence[Group]) -> list[Row]:
    """A row a group; all is told here, also of few people."""
    best = _reference(groups)
    return [_row(group, best, groups) for group in groups]


def _reference(groups: Sequence[Group]) -> Group | None:
    """Of several with the same rate the one with most people, then the first by name."""
    enough = [group for group in groups if group.of != UNDISCLOSED and not _is_small(group, groups)]
    return min(enough, key=lambda group: (-group.rate, -group.considered, group.of), default=None)


def _is_small(group: Group, groups: Sequence[Group]) -> bool:
    disclosed = sum(other.considered for other in groups if other.of != UNDISCLOSED)
    return group.considered < FEW or group.considered < SHARE * disclosed


def _turns(group: Group, best: Group) -> bool:
    """Whether one selection of theirs instead of one of the reference's takes back what would be flagged, and more.

    Groups that are all but equal turn round at any selection: of them there is nothing to take back.
    """
    moved = Fraction(group.selected + 1, group.considered), Fraction(best.selected - 1, best.considered)
    return best.selected == 0 or (group.rate < FOUR_FIFTHS * best.rate and moved[0] > moved[1])


def _row(group: Group, best: Group | None, groups: Sequence[Group]) -> Row:
    compared: Row = {"ratio": None, "p": None}
    if group.of == UNDISCLOSED:
        verdict = UNDISCLOSED
    elif group is best:
        verdict = "reference"
    elif best is None or _is_small(group, groups) or _turns(group, best):
        verdict = "too few to say"
    else:
        ratio = group.rate / best.rate
        p = fisher(group.selected, group.considered, best.selected, best.considered)
        compared, verdict = {"ratio": ratio, "p": p}, _verdict(ratio, p)
    return {
        "of": group.of,
        "applied": group.applied,
        "withdrew": group.withdrew,
        "pending": group.pending,
        "considered": group.considered,
        "selected": group.selected,
        "rate": (group.selected, group.considered),
        **compared,
        "verdict": verdict,
    }


def _verdict(ratio: Fraction, p: Fraction) -> str:
    flagged, significant = ratio < FOUR_FIFTHS, p < SIGNIFICANT
    if flagged:
        return "flagged, significant" if significant else "flagged"
    return "look closer" if significant else "not flagged"
