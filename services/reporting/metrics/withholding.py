"""Which groups are too small to be shown, and which others with them: what is shown is taken from a known whole."""

from collections.abc import Mapping

ENOUGH = 5


def shows(considered: int) -> bool:
    """Whether there are enough for anything at all: the very name of a group would tell who the only person is."""
    return considered >= ENOUGH


def withheld(groups: Mapping[str, int]) -> frozenset[str | None]:
    """Of groups and how many were considered in each; None stands for those who told nothing.

    Whoever has fewer than five, and then the next smallest, one after the other, until those withheld are two groups
    and five people at the least. Those who told nothing stand in only where nobody else is left.
    """
    together = [name for name, considered in groups.items() if considered < ENOUGH]
    if not together:
        return frozenset()
    for name in sorted(groups.keys() - together, key=lambda name: (groups[name], name)):
        if _hides(together, groups):
            break
        together.append(name)
    return frozenset(together if _hides(together, groups) else {*together, None})


def _hides(together: list[str], groups: Mapping[str, int]) -> bool:
    return len(together) > 1 and sum(groups[name] for name in together) >= ENOUGH
