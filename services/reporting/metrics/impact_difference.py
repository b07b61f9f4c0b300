"""How two answers of adverse impact differ: in one step, and without what only a few have changed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from services.reporting.metrics.adverse_impact import AdverseImpactRow, groups_of
from services.reporting.metrics.considered import AdverseImpact, AdverseImpactPart, Outcome
from services.reporting.metrics.report import Group, Report
from services.reporting.metrics.withholding import withheld_between

Answer = Report[AdverseImpactRow, AdverseImpactPart]
Cut = tuple[tuple[str, str | None], ...]
Rows = Mapping[str | None, AdverseImpactRow]
Pair = tuple[AdverseImpactRow | None, AdverseImpactRow | None]
NOBODY = (0,) * 6


def differing(question: AdverseImpact, first: Answer, second: Answer) -> list[Pair]:
    """The rows that differ, before and after; None where there was, or is, no such row.

    A row that is withheld here is so on both sides, also where one answer shows it, or does not have it.
    """
    rows = [_rows(answer, question.category) for answer in (first, second)]
    old, new = (_counts(answer) for answer in (first, second))
    return [
        pair for cut in {**old, **new}
        for pair in _of_cut(cut, question.category, rows, _apart(old.get(cut, {}), new.get(cut, {})))
    ]  # fmt: skip


def _rows(answer: Answer, category: str) -> dict[Cut, dict[str | None, AdverseImpactRow]]:
    found: dict[Cut, dict[str | None, AdverseImpactRow]] = {}
    for row in (cell.row for cell in answer.cells):
        cut = tuple((name, value) for name, value in row.group.items() if name != category)
        found.setdefault(cut, {})[row.group[category]] = row
    return found


def _counts(answer: Answer) -> dict[Cut, dict[str | None, Sequence[int]]]:
    """As they are, before anything is withheld."""
    assert answer.groups is not None
    return {
        tuple(group.items()): {name: _of_group(became) for name, became in groups_of(tally).items()}
        for group, tally in answer.groups
    }


def _of_group(became: Counter[Outcome]) -> Sequence[int]:
    """All that a row shows, and all that follows from it."""
    selected, rejected = became["selected"], became["rejected"]
    return became.total(), became["withdrew"], became["pending"], selected + rejected, selected, rejected


def _apart(
    old: Mapping[str | None, Sequence[int]], new: Mapping[str | None, Sequence[int]]
) -> dict[str | None, Sequence[int]]:
    """By how much each count of each group differs."""
    return {
        name: [after - before for before, after in zip(old.get(name, NOBODY), new.get(name, NOBODY), strict=True)]
        for name in {**old, **new}
    }


def _of_cut(
    cut: Cut, category: str, rows: Sequence[Mapping[Cut, Rows]], apart: Mapping[str | None, Sequence[int]]
) -> list[Pair]:
    before, after = (answer.get(cut, {}) for answer in rows)
    if not (before or after) or not any(map(any, apart.values())):
        return []
    small = {name for side in (before, after) for name, row in side.items() if row.considered is None}
    hidden = withheld_between(apart, small)
    shown = [_beside_what_is_shown(side, hidden) for side in (before, after)]
    found: list[Pair] = []
    for name in sorted(apart, key=lambda name: (name is None, name or "")):
        withheld = _withheld({**dict(cut), category: name})
        one, other = (withheld if name in hidden else side.get(name) for side in shown)
        if one != other or name in hidden:
            found.append((one, other))
    return found


def _beside_what_is_shown(side: Rows, hidden: frozenset[str | None]) -> Rows:
    """A ratio to a reference that is withheld would tell its rate."""
    if not any(row.verdict == "reference" for name, row in side.items() if name in hidden):
        return side
    blind = {"ratio": None, "p": None, "verdict": "withheld"}
    return {name: row.model_copy(update=blind) if name is not None else row for name, row in side.items()}


def _withheld(group: Group) -> AdverseImpactRow:
    return AdverseImpactRow(
        group=group, applied=None, withdrew=None, pending=None, considered=None, selected=None, rate=None,
        ratio=None, p=None, verdict="withheld",
    )  # fmt: skip
