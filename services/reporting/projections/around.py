"""What is known of jobs, their plans and requisitions, and of members: few facts beside the others, held in memory."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.reporting.metrics.clocks import Clocks, corrected
from services.reporting.metrics.dimensions import NOWHERE, Current
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.reach import Reach
from services.reporting.metrics.world import World
from services.reporting.projections.history import COLUMNS, fact_of
from services.reporting.projections.marks import AROUND, Mark, mark_of
from shared.events.ats.application import ApplicationTransferred
from shared.events.ats.interview import InterviewTime
from shared.events.ats.job import JobEvent, JobOpened, JobTerms, StagePlanChanged
from shared.events.ats.opening import OpeningOpened
from shared.events.correction import OccurrenceCorrected
from shared.events.event import Event
from shared.kit.computing import compute

TYPES = [model.wire_type for model in AROUND]
# How many there are, and the sum of their numbers, with those that have higher ones: as of one moment.
NEWER = f"""
WITH stand AS (SELECT count(*) AS many, coalesce(sum(change), 0)::bigint AS sum FROM facts WHERE type = ANY($1::text[]))
SELECT 'facts'::regclass::oid AS of, many, sum, change, {COLUMNS}
FROM stand LEFT JOIN facts ON type = ANY($1::text[]) AND change > $2
"""  # noqa: S608


class Around:
    def __init__(self) -> None:
        self._table, self._read = 0, dict[UUID, tuple[int, Fact]]()
        self._facts: dict[Mark, list[Fact]] = {}
        self._all: Sequence[Fact] = ()
        # When the last correction was known.
        self._corrected: dict[Mark, datetime] = {}
        self._last_known: datetime | None = None
        self._now: _Now | None = None

    async def follow(self, connection: asyncpg.Connection) -> None:
        """Reads what is new of it, or was changed."""
        if not await self._read_newer(connection):
            # Some came to be seen after others that had drawn their numbers later, or this is another table.
            self._read = {}
            await self._read_newer(connection)

    async def _read_newer(self, connection: asyncpg.Connection) -> bool:
        """Whether that makes it all that there is."""
        last = max((change for change, _ in self._read.values()), default=0)
        rows = await connection.fetch(NEWER, TYPES, last)
        if rows[0]["of"] != self._table and self._read:
            return False
        self._table = rows[0]["of"]
        new = [row for row in rows if row["event_id"]]
        if new:
            facts = await compute(lambda: list(map(fact_of, new)))
            read = self._read | {fact.id: (row["change"], fact) for row, fact in zip(new, facts, strict=True)}
            await compute(lambda: self.hold([fact for _, fact in read.values()]))
            # Last: who is broken off before reads it once more.
            self._read = read
        changes = sum(change for change, _ in self._read.values())
        return (len(self._read), changes) == (rows[0]["many"], rows[0]["sum"])

    def hold(self, facts: Sequence[Fact]) -> None:
        by_mark: dict[Mark, list[Fact]] = defaultdict(list)
        amended: dict[Mark, datetime] = {}
        for fact in facts:
            of = mark_of(fact.event)
            by_mark[of].append(fact)
            if isinstance(fact.event, OccurrenceCorrected):
                amended[of] = max(amended.get(of, fact.known), fact.known)
        as_corrected = corrected(facts)
        self._all, self._facts, self._corrected = as_corrected, by_mark, amended
        self._last_known, self._now = max((fact.known for fact in as_corrected), default=None), None

    def world(self, clocks: Clocks, about: Iterable[Fact]) -> World:
        """Of what these facts name."""
        return World((fact for of in self._named(about) for fact in self._facts.get(of, ())), clocks)

    def with_facts(self, facts: Collection[Fact], clocks: Clocks) -> World:
        """Theirs, beside what is known of what they name."""
        return World(facts, clocks, self.world(clocks, facts))

    def without(self, ids: frozenset[UUID]) -> "Around":
        """What would be known without these facts."""
        if not ids or not any(fact.id in ids for of in self._facts.values() for fact in of):
            return self
        rest = Around()
        rest.hold([fact for of in self._facts.values() for fact in of if fact.id not in ids])
        return rest

    def plans(self, clocks: Clocks) -> World:
        """All of them, for rows by stage."""
        return World((fact for (kind, _), of in self._facts.items() if kind == "stage-plan" for fact in of), clocks)

    def current(self, clocks: Clocks) -> Current:
        """The values of every job; made once for those who ask for what is so now."""
        if self._now is None or not self._now.holds(clocks, self._last_known):
            world = World((fact for (kind, _), of in self._facts.items() if kind == "job" for fact in of), clocks)
            values = {str(of): world.current(str(of)) for kind, of in self._facts if kind == "job"}
            planned = (moment for (kind, _), moment in self.planned(clocks).items() if kind == "job")
            self._now = _Now(clocks, min([*planned, world.jobs.reach.until]), values)
        return self._now.of

    def last_known(self) -> datetime | None:
        return self._last_known

    def planned(self, clocks: Clocks) -> Mapping[Mark, datetime]:
        """When first more of it will have occurred, where it was told before it does."""
        found: dict[Mark, datetime] = {}
        for fact in self._all:
            if fact.occurred >= clocks.as_of:
                of = mark_of(fact.event)
                found[of] = min(found.get(of, fact.occurred), fact.occurred)
        return found

    def reach(self, planned: Mapping[Mark, datetime], about: Iterable[Fact]) -> Reach:
        """Besides what is looked up: until when it is the same world for these facts, though nobody tells anything new;
        and who did not know a correction yet may have found something else.
        """
        found = Reach()
        for of in self._named(about) if planned or self._corrected else ():
            if of in planned:
                found.plan(planned[of])
            if of in self._corrected:
                found.known = max(found.known, self._corrected[of])
        return found

    def _named(self, about: Iterable[Fact]) -> set[Mark]:
        found = {of for fact in about for of in named(fact.event)}
        return found.union(*(_behind(fact.event) for of in found for fact in self._facts.get(of, ())))

    def jobs_of(self, kind: str, ids: Collection[UUID]) -> set[UUID]:
        """With that plan or requisition at any time."""
        return set(self._jobs_of(kind, ids)) if ids else set()

    def _jobs_of(self, kind: str, ids: Collection[UUID]) -> Iterator[UUID]:
        for fact in self._all:
            event = fact.event
            if isinstance(event, JobEvent) and any(of == kind and each in ids for of, each in _behind(event)):
                yield event.job_id


@dataclass(frozen=True)
class _Now:
    """Values of jobs at these clocks, and `until` when they stay so if nobody tells anything new."""

    clocks: Clocks
    until: datetime
    values: Mapping[str, Mapping[str, str | None]]

    def holds(self, clocks: Clocks, last_known: datetime | None) -> bool:
        """Where everything was known then."""
        knew_all = last_known is None or last_known < self.clocks.known_at <= clocks.known_at
        return knew_all and self.clocks.as_of <= clocks.as_of < self.until

    def of(self, job: str) -> Mapping[str, str | None]:
        return self.values.get(job) or {"job": job, **NOWHERE}


def _behind(event: Event) -> Iterator[Mark]:
    """What a job was opened with, and has passed since."""
    if isinstance(event, JobTerms) and event.requisition_id:
        yield "requisition", event.requisition_id
        # Who corrects a posting names no job.
        yield "posting", event.requisition_id
    if isinstance(event, JobOpened | StagePlanChanged):
        yield "stage-plan", event.plan_id


def named(event: Event) -> Iterator[Mark]:
    if (job := event.__dict__.get("job_id")) is not None:
        yield "job", job
    match event:
        case ApplicationTransferred():
            yield "job", event.to_job
        case OpeningOpened():
            yield "requisition", event.requisition_id
            yield "posting", event.requisition_id
            yield from (("job", job) for job in event.jobs)
        case InterviewTime():
            yield from (("team-member", member) for member in event.panel)
