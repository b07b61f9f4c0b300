"""When somebody was first met, and the touches that an application can be credited to."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from services.reporting.metrics.application import Application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.people import Aliases
from shared.events.ats.candidate import CandidatesMerged
from shared.events.crm.prospect import CandidateSourced
from shared.events.crm.touchpoint import TouchpointLogged, TouchpointReplied, TouchpointSent
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset({CandidateSourced, TouchpointLogged, TouchpointReplied, TouchpointSent})
WINDOW = timedelta(days=365)


class Touches:
    """Being added to the CRM is no touch: somebody must have been written to, talked to or heard from."""

    def __init__(self, facts: Iterable[Fact], people: Aliases, applications: Iterable[Application]) -> None:
        """`facts` in order."""
        self._sourced: dict[UUID, Fact] = {}
        self._touches: dict[UUID, list[Fact]] = defaultdict(list)
        self._applications: dict[UUID, list[Application]] = defaultdict(list)
        for fact in facts:
            match fact.event:
                case CandidateSourced(person_id=person):
                    self._sourced.setdefault(people.resolve(person), fact)
                case TouchpointLogged() | TouchpointReplied() | TouchpointSent() as touch:
                    self._touches[people.resolve(touch.person_id)].append(fact)
        for application in applications:
            self._applications[application.person].append(application)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._touches)

    def sourced(self, application: Application) -> Fact | None:
        return self._sourced.get(application.person)

    def before(self, application: Application, submission: Fact) -> list[Fact]:
        """Within a year before the submission and since the person's application before."""
        opens = submission.occurred - WINDOW
        for other in self._applications[application.person]:
            if other is not application:
                opens = max([opens, *(e.occurred for e in _ends(other) if e.occurred <= submission.occurred)])
        touches = self._touches.get(application.person, [])
        return [touch for touch in touches if opens <= touch.occurred <= submission.occurred]


def _ends(application: Application) -> Iterable[Fact]:
    """A merge ends nothing: it tells that two were one."""
    ended = (fact for _, fact in application.spells if fact is not None)
    yield from (fact for fact in ended if not isinstance(fact.event, CandidatesMerged))
    yield from (acceptance.fact for acceptance in application.accepted.values())
