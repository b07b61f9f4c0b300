"""What the facts tell of the world, each part folded once, when it is first asked for."""

from collections.abc import Iterable
from functools import cached_property

from services.reporting.metrics import applications
from services.reporting.metrics.application import Application
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.fact import Fact, in_order
from services.reporting.metrics.interviews import Interview, interviews
from services.reporting.metrics.jobs import Jobs
from services.reporting.metrics.members import Members
from services.reporting.metrics.people import Aliases, people
from services.reporting.metrics.requisitions import Requisitions
from services.reporting.metrics.touches import Touches


class World:
    """As it was at these clocks."""

    def __init__(self, facts: Iterable[Fact], clocks: Clocks) -> None:
        self.facts, self.clocks = in_order(clocks.cut(facts)), clocks

    def until(self, end: Clocks) -> "World":
        """The same seen from an earlier as_of."""
        return self if end == self.clocks else World(self.facts, end)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.facts)

    @cached_property
    def people(self) -> Aliases:
        return people(self.facts)

    @cached_property
    def requisitions(self) -> Requisitions:
        return Requisitions(self.facts)

    @cached_property
    def applications(self) -> list[Application]:
        """Those that a merge left out are inside the one that it kept."""
        return applications.fold(self.facts, self.jobs, self.people)

    @cached_property
    def members(self) -> Members:
        return Members(self.facts)

    @cached_property
    def interviews(self) -> list[Interview]:
        return list(interviews(self.facts))

    @cached_property
    def touches(self) -> Touches:
        return Touches(self.facts, self.people, self.applications)
