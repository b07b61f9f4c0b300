"""What a job was at a moment: where it belonged, who recruited for it, under which requisition (rules D16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.job import JobOpened, JobTeamChanged, JobUpdated
from tests.oracle.calendars import Calendar, known_zone
from tests.oracle.happened import Happened

Terms = JobOpened | JobUpdated


@dataclass
class Membership:
    member: UUID
    since: datetime
    until: datetime | None

    def at(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


class Jobs:
    def __init__(self, world: Sequence[Happened]) -> None:
        self._terms: dict[UUID, list[tuple[datetime, Terms]]] = {}
        self._teams: dict[tuple[UUID, str], list[Membership]] = {}
        for happened in world:
            match happened.event:
                case JobOpened() | JobUpdated() as event:
                    told = self._terms.setdefault(event.job_id, [])
                    told.append((happened.occurred, changed(told[-1][1], event) if told else event))
                case JobTeamChanged() as event:
                    self._change_team(event)

    def _change_team(self, event: JobTeamChanged) -> None:
        team = self._teams.setdefault((event.job_id, event.role), [])
        for membership in team:
            ends = membership.until is None or membership.since == event.since
            if membership.member == event.member and ends:
                membership.until = event.until
        team.append(Membership(event.member, event.since, event.until))

    def department(self, job: UUID | None, moment: datetime) -> str | None:
        terms = self._terms_at(job, moment)
        return terms.department if terms else None

    def location(self, job: UUID | None, moment: datetime) -> str | None:
        terms = self._terms_at(job, moment)
        return terms.location if terms else None

    def requisition(self, job: UUID) -> UUID | None:
        told = self._terms.get(job)
        return told[-1][1].requisition_id if told else None

    def calendar(self, job: UUID | None, moment: datetime) -> Calendar:
        """Monday to Friday where the job is; of a job that nobody has told of, in UTC."""
        terms = self._terms_at(job, moment)
        return Calendar(known_zone(terms.zone), holidays=terms.country) if terms else Calendar()

    def member(self, job: UUID | None, role: str, moment: datetime) -> str | None:
        """Of several at once the one who came last."""
        then = [membership for membership in self._teams.get((job, role), []) if membership.at(moment)] if job else []
        latest: Membership | None = None
        for membership in then:
            if latest is None or membership.since >= latest.since:
                latest = membership
        return str(latest.member) if latest else None

    def _terms_at(self, job: UUID | None, moment: datetime) -> Terms | None:
        told = self._terms.get(job, []) if job else []
        so_far = [terms for since, terms in told if since <= moment]
        return so_far[-1] if so_far else told[0][1] if told else None


def changed(before: Terms, event: Terms) -> Terms:
    """Written with all terms, as they stand when it is written, an update says of its own day what it names alone."""
    if isinstance(event, JobOpened):
        return before if event.reopened else event
    if not event.changed:
        return event
    return before.model_copy(update={name: getattr(event, name) for name in event.changed})
