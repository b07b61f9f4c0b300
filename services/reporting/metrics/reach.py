"""How far back an answer goes that was made once: as far as everything that it was made of was there already."""

from datetime import UTC, datetime

from services.reporting.metrics.clocks import KNOWLEDGE
from services.reporting.metrics.fact import Fact

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


class Reach:
    """`occurred`, `known`: of the last of the facts that were looked at. Seen from clocks that admit all of them it was
    the same: what was looked up is decided by some of the facts before a moment, and fewer facts are no others.

    `until`: when it changes though nothing happens, since something was planned.
    """

    def __init__(self) -> None:
        self.occurred, self.known, self.until = BEGINNING, BEGINNING, END

    def look(self, *facts: Fact) -> None:
        for fact in facts:
            if fact.known > self.known:
                self.known = fact.known
            if fact.occurred > self.occurred and not isinstance(fact.event, KNOWLEDGE):
                self.occurred = fact.occurred

    def plan(self, moment: datetime) -> None:
        self.until = min(self.until, moment)

    def watch(self, moment: datetime, over: bool) -> None:
        """Whether it is over decides something: from then on, or until then."""
        if over:
            self.occurred = max(self.occurred, moment)
        else:
            self.plan(moment)

    def join(self, other: "Reach") -> "Reach":
        if other.occurred > self.occurred:
            self.occurred = other.occurred
        if other.known > self.known:
            self.known = other.known
        if other.until < self.until:
            self.until = other.until
        return self
