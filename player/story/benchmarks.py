"""How large a history is and how its funnel falls off.

Published figures per hire: 86 to 120 applicants, 15 screens, 4.7 on-sites, 1.5 offers (64 to 69 % of them accepted).
They are kept from the screen on. The top is thinned to about 38 applicants a hire, for with 100 a thousand
applications would end in ten hires, too few for a median by department. Sources keep their published shares of
applications and of hires. First interviews, which nobody publishes, lie between screens and on-sites.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

from player.story.dice import shares

SIZES = {"small": 1, "medium": 5, "large": 20}


class Depth(IntEnum):
    """How far an application comes. `OFFER`: to an offer that does not end in a hire."""

    APPLIED, SCREENED, INTERVIEWED, ONSITE, OFFER, HIRED = range(6)


@dataclass(frozen=True)
class Scale:
    """Counts of one history."""

    jobs: int
    applications: int
    hires: int
    prospects: int
    campaigns: int
    recruiters: int
    sourcers: int

    @classmethod
    def of(cls, size: str) -> "Scale":
        times = SIZES[size]
        return cls(14 * times, 1_020 * times, 27 * times, 320 * times, 8 * times, 4 + times, 1 + times)


PER_HIRE = {Depth.SCREENED: 15, Depth.INTERVIEWED: 8, Depth.ONSITE: 4.7, Depth.OFFER: 1.5}
SOURCES = {"careers_site": 0.488, "job_board": 0.25, "sourced": 0.231, "referral": 0.025, "agency": 0.006}
APPLICATIONS_PER_HIRE = {"careers_site": 152, "job_board": 152, "sourced": 72, "referral": 16, "agency": 22}


def depths(scale: Scale) -> dict[str, list[Depth]]:
    """By source, the depth of each of its applications, deepest first."""
    applications = shares(scale.applications, SOURCES)
    hires = shares(scale.hires, {source: share / APPLICATIONS_PER_HIRE[source] for source, share in SOURCES.items()})
    return {source: _fall_off(applications[source], hires[source], scale) for source in SOURCES}


def _fall_off(applications: int, hires: int, scale: Scale) -> list[Depth]:
    """Every source falls off in the company's proportions (on a logarithmic scale) down to its own hires."""
    whole = math.log(scale.applications / scale.hires)
    bottom = max(hires, 1) / applications
    reaching = {
        depth: round(applications * bottom ** (math.log(scale.applications / (per_hire * scale.hires)) / whole))
        for depth, per_hire in PER_HIRE.items()
    }
    reaching |= {Depth.HIRED: hires, Depth.APPLIED: applications}
    return [max(depth for depth in Depth if rank < reaching[depth]) for rank in range(applications)]
