"""Which groups are too small to be shown, or to be compared, and which with them: they are parts of a known whole."""

from collections.abc import Collection, Mapping, Sequence

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


def withheld_between(
    groups: Mapping[str | None, Sequence[int]], hidden: Collection[str | None] = ()
) -> frozenset[str | None]:
    """Of groups and by how much each of their counts differs between two answers; `hidden`: what either withholds.

    Whoever differs in anything by fewer than five, and then who differs least, one after the other, until in no count
    fewer than five are withheld together: so many the others leave of the whole. Where that comes to nothing,
    everybody; also those who told nothing, for whoever goes from or to them belongs to a group.
    """
    together = {*hidden, *(name for name, by in groups.items() if any(0 < abs(n) < ENOUGH for n in by))}
    if not together:
        return frozenset()
    moved = {name: max(map(abs, by)) for name, by in groups.items() if name not in together and any(by)}
    for name in sorted(moved, key=lambda name: (moved[name], name is None, name or "")):
        if _enough(groups, together):
            break
        together.add(name)
    return frozenset(together if _enough(groups, together) else groups)


def _enough(groups: Mapping[str | None, Sequence[int]], together: Collection[str | None]) -> bool:
    counts = zip(*(groups[name] for name in together), strict=True)
    return all(not 0 < sum(map(abs, by)) < ENOUGH for by in counts)
