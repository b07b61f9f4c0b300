"""Made-up merges of candidates: two records of one person, and which of two applications on one job is kept."""

from dataclasses import dataclass
from uuid import UUID

from shared.events.ats.candidate import CandidatesMerged
from tests.oracle.made_up.applying import Application, Applying
from tests.oracle.made_up.people import Human
from tests.oracle.made_up.scribe import Scribe

RANKS = {"hired": 0, "accepted": 0, "active": 1, "closed": 2}


@dataclass
class Merging:
    scribe: Scribe
    applying: Applying

    def merge(self, survivor: Human, merged: Human) -> None:
        """Also of people who are two: the log then says that they are one, and one they are."""
        ids = [candidate for human in (survivor, merged) for candidate in human.candidates]
        if len(ids) < 2 or ids[0] == ids[-1]:
            return
        chosen = self._pairs(ids[0], ids[-1])
        if chosen is None:
            return
        for left_out, _ in chosen:
            left_out.left_out = True
        self.scribe.tell(
            CandidatesMerged(
                person_id=ids[0],
                merged=ids[-1],
                application_map={left_out.id: kept.id for left_out, kept in chosen},
            ),
            after=[application.stream for pair in chosen for application in pair],
        )
        if survivor is not merged:
            survivor.candidates += merged.candidates
            survivor.messages += merged.messages
            merged.candidates, merged.messages = [], []
            for application in self.applying.applications:
                if application.human is merged:
                    application.human = survivor
            # Whoever comes under this number is somebody else, whom nobody has enrolled yet.
            merged.prospect, merged.enrolments = None, {}
        else:
            survivor.candidates.remove(ids[-1])

    def _pairs(self, survivor: UUID, merged: UUID) -> list[tuple[Application, Application]] | None:
        """The one left out and the one kept, for each job; None where the merge is refused."""
        pairs = []
        for job in self.applying.company.jobs:
            sides = [
                [a for a in self.applying.applications if a.person == person and a.job is job and not a.left_out]
                for person in (survivor, merged)
            ]
            if all(sides):
                kept, left_out = sorted((sides[0][-1], sides[1][-1]), key=self._rank)
                if RANKS[left_out.state] == 0 or left_out.offer_out:
                    return None
                pairs.append((left_out, kept))
        return pairs

    def _rank(self, application: Application) -> tuple[int, int, int]:
        """Accepted before active before the furthest stage before the earliest."""
        return RANKS[application.state], -application.job.plan.order(application.stage), application.number
