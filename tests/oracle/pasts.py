"""The past as one report sees it: everything that is read from the log, on both clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.requisition import RequisitionClosed, RequisitionHeld, RequisitionResumed
from tests.oracle import clocks
from tests.oracle.applications import Application, applications
from tests.oracle.happened import Happened
from tests.oracle.jobs import Jobs
from tests.oracle.persons import Persons
from tests.oracle.plans import Plans
from tests.oracle.spells import Spell


@dataclass(frozen=True)
class Past:
    """`jobs_now`: as they are when the question looks back, also where the report looks at an earlier moment."""

    world: Sequence[Happened]
    knowledge: Sequence[Happened]
    as_of: datetime
    plans: Plans
    jobs: Jobs
    jobs_now: Jobs
    persons: Persons
    applications: Sequence[Application]


def past(log: Sequence[Happened], as_of: datetime, known_at: datetime, now: datetime | None = None) -> Past:
    """`now` is the as_of of the question, where the report looks at an earlier one."""
    world, knowledge = clocks.world(log, as_of, known_at), clocks.knowledge(log, known_at)
    plans, persons = Plans(world), Persons(knowledge)
    told = applications(world, knowledge, plans, persons, as_of)
    jobs = Jobs(world)
    jobs_now = Jobs(clocks.world(log, now, known_at)) if now else jobs
    return Past(world, knowledge, as_of, plans, jobs, jobs_now, persons, told)


def is_held(seen: Past, requisition: UUID | None) -> bool:
    """At as_of."""
    return any(until == seen.as_of for _, until in held(seen, requisition))


def held(seen: Past, requisition: UUID | None) -> Sequence[Spell]:
    """When a requisition was on hold; up to as_of, if it still is."""
    spells: list[Spell] = []
    since: datetime | None = None
    for happened in seen.world:
        match happened.event:
            case RequisitionHeld(requisition_id=of) if of == requisition:
                since = since or happened.occurred
            case RequisitionResumed(requisition_id=of) | RequisitionClosed(requisition_id=of) if of == requisition:
                if since is not None:
                    spells.append((since, happened.occurred))
                since = None
    return [*spells, (since, seen.as_of)] if since is not None else spells
