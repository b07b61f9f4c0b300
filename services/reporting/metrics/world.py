"""What the facts tell of the world, each part folded once, when it is first asked for."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import Application
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.fact import MICROSECOND, Fact, in_order
from services.reporting.metrics.interviews import Interview, interviews
from services.reporting.metrics.jobs import Jobs
from services.reporting.metrics.members import Members
from services.reporting.metrics.messages import Message, messages
from services.reporting.metrics.people import Aliases, people
from services.reporting.metrics.reach import Reach
from services.reporting.metrics.requisitions import Requisitions
from services.reporting.metrics.touches import Touches

T = TypeVar("T")


class World:
    """As it was at these clocks. `around`: the same clocks' world of jobs and members, where `facts` tell of others."""

    def __init__(self, facts: Iterable[Fact], clocks: Clocks, around: "World | None" = None) -> None:
        self.facts, self.clocks, self._around = in_order(clocks.cut(facts)), clocks, around
        # What is asked of the time.
        self.time = Reach()
        self._made: dict[Callable[[World], Any], Any] = {}

    def once(self, make: Callable[["World"], T]) -> T:
        """What it makes of this world, for several metrics; where it asks what is over, for those that read alike."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def until(self, end: Clocks) -> "World":
        """The same seen from an earlier as_of."""
        around = self._around and self._around.until(end)
        return self if end == self.clocks else World(self.facts, end, around)

    def is_over(self, moment: datetime) -> bool:
        """Whether it lies before the end."""
        over = moment < self.clocks.as_of
        self.time.watch(moment, over)
        return over

    def looked(self) -> Reach:
        """At what is known of jobs, requisitions and members, for the facts of this world."""
        return Reach().join(self.jobs.reach).join(self.requisitions.reach).join(self.members.reach)

    @cached_property
    def jobs(self) -> Jobs:
        return self._around.jobs.afresh() if self._around else Jobs(self.facts, self.clocks.as_of)

    def current(self, job: str) -> Mapping[str, str | None]:
        """Of the dimensions of a job, the values at the end."""
        return self.jobs.values(UUID(job), self.clocks.as_of - MICROSECOND)

    @cached_property
    def people(self) -> Aliases:
        return people(self.facts)

    @cached_property
    def requisitions(self) -> Requisitions:
        return self._around.requisitions.afresh() if self._around else Requisitions(self.facts)

    @cached_property
    def applications(self) -> list[Application]:
        """Those that a merge left out are inside the one that it kept."""
        return applications.fold(self.facts, self.jobs, self.people)

    @cached_property
    def by_id(self) -> Mapping[UUID, Application]:
        """Applications, by each of their ids."""
        return {of: application for application in self.applications for of in application.ids}

    @cached_property
    def members(self) -> Members:
        return self._around.members.afresh() if self._around else Members(self.facts)

    @cached_property
    def interviews(self) -> list[Interview]:
        return list(interviews(self.facts))

    @cached_property
    def messages(self) -> list[Message]:
        return messages(self.facts, self.people)

    @cached_property
    def touches(self) -> Touches:
        return Touches(self.facts, self.people, self.applications)
