"""Which groups are too small to be shown, and which others with them: what is shown is taken from a known whole."""

from collections.abc import Mapping

ENOUGH = 5


def shows(considered: int) -> bool:
    """Whether there are enough for anything at all: the very name of a group would tell who the only person is."""
    return considered >= ENOUGH


def withheld(groups: Mapping[str, int]) -> frozenset[str | None]:
    """Of groups and how many were considered in each; None stands for those who told nothing.

    Whoever has fewer than five, and then the next smallest, one after the other, until five at the least are withheld
    together: so many the others leave of the whole. Those who told nothing stand in only where nobody else is left.
    """
    together: set[str | None] = {name for name, considered in groups.items() if considered < ENOUGH}
    if not together:
        return frozenset()
    left = sum(considered for considered in groups.values() if considered < ENOUGH)
    for name in sorted(groups.keys() - together, key=lambda name: (groups[name], name)):
        if left >= ENOUGH:
            break
        together.add(name)
        left += groups[name]
    return frozenset(together if left >= ENOUGH else {*together, None})
