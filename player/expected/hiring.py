"""Time to hire and the funnel, as the rules of the domain have them."""

from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from player.expected.happened import HIRED, MILESTONES, Application, Happened, Leg

MICROSECOND = timedelta(microseconds=1)
ENOUGH_FOR_P90 = 10
Group = tuple[str | None, str | None]
"""Dimension and value; (None, None) is the whole."""


def time_to_hire(happened: Happened, by: str | None = None) -> dict[Group, dict[str, Any]]:
    """Acceptance less submission less inactive gaps, over the acceptances that stand; dated by the acceptance."""
    groups: dict[Group, list[int]] = defaultdict(list)
    for one in happened.applications.values():
        if one.hired is not None:
            groups[_group(happened, one, one.job, one.hired, by)].append(duration(one))
    return {
        group: {
            "n": len(found),
            "median": str(type_7(found, Fraction(1, 2))),
            "p90": str(type_7(found, Fraction(9, 10))) if len(found) >= ENOUGH_FOR_P90 else None,
        }
        for group, found in groups.items()
    }


def duration(one: Application) -> int:
    """Microseconds."""
    assert one.submitted is not None
    assert one.hired is not None
    whole = one.hired - one.submitted
    for start, end in one.gaps:
        inside = min(end or one.hired, one.hired) - max(start, one.submitted)
        whole -= max(inside, timedelta())
    return whole // MICROSECOND


def type_7(values: list[int], share: Fraction) -> Fraction:
    """Linear interpolation between neighbours."""
    ranked = sorted(values)
    below, rest = divmod((len(ranked) - 1) * share, 1)
    low, high = ranked[int(below)], ranked[min(int(below) + 1, len(ranked) - 1)]
    return low + rest * (high - low)


def funnel(happened: Happened, by: str | None = None) -> dict[tuple[Group, str], dict[str, Any]]:
    """By group and milestone. Reached is entered, come past, or skipped; hired is an acceptance that stands."""
    ways: dict[Group, list[tuple[Application, Leg | None]]] = defaultdict(list)
    for one in happened.applications.values():
        if one.submitted is None:
            continue
        for leg in one.legs if by == "job" else [None]:
            job = leg.job if leg else one.legs[0].job
            ways[_group(happened, one, job, one.submitted, by)].append((one, leg))
    return {
        (group, milestone): _row(found, rank)
        for group, found in ways.items() for rank, milestone in enumerate(MILESTONES)
    }  # fmt: skip


def _row(ways: list[tuple[Application, Leg | None]], rank: int) -> dict[str, Any]:
    reached = passed = counted = waiting = 0
    for one, leg in ways:
        first, last = _span(one, leg)
        if first <= rank <= last:
            reached += 1
            passed += last > rank
            # What was transferred away did not take the next step there.
            counts = rank != HIRED and (last > rank or leg is None or not leg.left)
            counted += counts
            waiting += counts and one.active and last == rank
    return {
        "reached": reached, "pass_through": _share(passed, counted), "completed": _share(passed, counted - waiting),
        "waiting": waiting,
    }  # fmt: skip


def _span(one: Application, leg: Leg | None) -> tuple[int, int]:
    """The first and the last milestone reached, in the whole or in the time that one job saw."""
    if leg is None:
        return 0, one.furthest
    first = 0 if leg is one.legs[0] else leg.ranks[0]
    return first, HIRED if one.accepted and leg is one.legs[-1] else max(leg.ranks)


def _share(count: int, of: int) -> tuple[int | None, int]:
    return (count, of) if of else (None, 0)


def _group(happened: Happened, one: Application, job: str, at: datetime, by: str | None) -> Group:
    """The value that the dimension had at the counted moment."""
    match by:
        case "job":
            return by, job
        case "department":
            return by, happened.department(job)
        case "source":
            return by, one.source
        case "recruiter":
            return by, happened.recruiter(job, at)
        case "month":
            return by, f"{at:%Y-%m}"
    return None, None
