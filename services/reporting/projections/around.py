"""What is known of jobs, their plans and requisitions: facts about no person, few beside the others, held in memory."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.reporting.metrics.clocks import Clocks, corrected
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.world import World
from services.reporting.projections.history import COLUMNS, fact_of
from services.reporting.projections.marks import AROUND, subject
from shared.events.ats.application import ApplicationTransferred
from shared.events.ats.job import JobEvent, JobOpened, JobTerms, StagePlanChanged
from shared.events.event import Event

TYPES = [model.wire_type for model in AROUND]
STAND = "SELECT count(*), coalesce(sum(change), 0) AS changes FROM facts WHERE type = ANY($1::text[])"
LOAD = f"SELECT {COLUMNS} FROM facts WHERE type = ANY($1::text[])"  # noqa: S608


class Around:
    def __init__(self) -> None:
        self._stand: object = None
        self._facts: dict[tuple[str, UUID], list[Fact]] = {}
        self._all: Sequence[Fact] = []

    async def follow(self, connection: asyncpg.Connection) -> None:
        """Reads all again where any of it is new."""
        stand = await connection.fetchrow(STAND, TYPES)
        if stand != self._stand:
            self.hold([fact_of(row) for row in await connection.fetch(LOAD, TYPES)])
            self._stand = stand

    def hold(self, facts: Sequence[Fact]) -> None:
        self._all, self._facts = facts, defaultdict(list)
        for fact in facts:
            self._facts[subject(fact.event)].append(fact)

    def world(self, clocks: Clocks, about: Iterable[Fact] = ()) -> World:
        """With all plans, and of the jobs that facts about persons name."""
        jobs = {job for fact in about for job in named(fact.event)}
        facts = [fact for job in jobs for fact in self._facts.get(("job", job), ())]
        of = {fact.event.requisition_id for fact in facts if isinstance(fact.event, JobTerms)}
        facts += [fact for each in of for fact in self._facts.get(("requisition", each), ())]
        facts += [fact for (kind, _), found in self._facts.items() if kind == "stage-plan" for fact in found]
        return World(facts, clocks)

    def last_known(self) -> datetime | None:
        return max((fact.known for fact in self._all), default=None)

    def horizon(self, clocks: Clocks) -> datetime | None:
        """When more of it will have occurred, told before it did."""
        return min((f.occurred for f in corrected(self._all) if f.occurred >= clocks.as_of), default=None)

    def jobs_of(self, kind: str, ids: Collection[UUID]) -> set[UUID]:
        """With that plan or requisition at any time."""
        return set(self._jobs_of(kind, ids))

    def _jobs_of(self, kind: str, ids: Collection[UUID]) -> Iterator[UUID]:
        for fact in self._all:
            event = fact.event
            of_plan = isinstance(event, JobOpened | StagePlanChanged) and kind == "stage-plan" and event.plan_id in ids
            of_requisition = isinstance(event, JobTerms) and kind == "requisition" and event.requisition_id in ids
            if isinstance(event, JobEvent) and (of_plan or of_requisition):
                yield event.job_id


def named(event: Event) -> Iterator[UUID]:
    """Jobs."""
    if (job := getattr(event, "job_id", None)) is not None:
        yield job
    if isinstance(event, ApplicationTransferred):
        yield event.to_job
