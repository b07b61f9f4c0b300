"""The ledger as it is to be counted: what had happened by a moment, and what became of each application."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from player.ledger import Entry

LEAD = "lead"
MILESTONES = ("applied", "screened", "interviewed", "onsite", "offer", "hired")
HIRED = len(MILESTONES) - 1
# What the CRM's channels are as sources; everybody else was found by us.
SOURCES = {"referral": "referral", "agency": "agency"}
SUBMISSIONS = ("posting.apply", "application.submit", "application.find")


@dataclass
class Leg:
    """What one job saw: `ranks` of the milestones of the stages entered there, a mistake taken out again."""

    job: str
    ranks: list[int]
    left: bool = False


@dataclass
class Application:
    """`submitted` is None for a lead. `accepted`: (offer, when) of those that stand. `gaps` are inactive times."""

    id: str
    person: str | None
    source: str
    legs: list[Leg]
    submitted: datetime | None
    accepted: list[tuple[str, datetime]] = field(default_factory=list)
    gaps: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    @property
    def active(self) -> bool:
        return not self.gaps or self.gaps[-1][1] is not None

    @property
    def hired(self) -> datetime | None:
        return self.accepted[-1][1] if self.accepted else None

    @property
    def job(self) -> str:
        return self.legs[-1].job

    @property
    def furthest(self) -> int:
        return HIRED if self.accepted else max(rank for leg in self.legs for rank in leg.ranks)


class Happened:
    """`entries`: those that occurred before `as_of`, in the order of occurrence; what happened today has no date."""

    def __init__(self, ledger: Iterable[Entry], as_of: datetime) -> None:
        dated = [entry for entry in ledger if entry.at is not None and entry.at < as_of]
        self.entries = sorted(dated, key=at_of)
        self._plans: dict[str, list[dict[str, Any]]] = {}
        self._jobs: dict[str, dict[str, Any]] = {}
        self._departments: dict[str, str] = {}
        self._recruiters: dict[str, list[tuple[datetime, str]]] = {}
        self._postings: dict[str, tuple[str, str]] = {}
        self._prospects: dict[str, dict[str, Any]] = {}
        self._offers: dict[str, str] = {}
        self.applications: dict[str, Application] = {}
        for entry in self.entries:
            self._job(entry)
            self._application(entry)

    def department(self, job: str) -> str:
        return self._departments[self._jobs[job]["requisition_id"]]

    def recruiter(self, job: str, at: datetime) -> str:
        return [member for since, member in self._recruiters[job] if since <= at][-1]

    def _job(self, entry: Entry) -> None:
        said, at = entry.said, at_of(entry)
        match entry.what:
            case "stage-plan.publish" | "stage-plan.revise":
                self._plans[entry.of or entry.id] = said["stages"]
            case "requisition.draft":
                self._departments[entry.id] = said["department"]
            case "job.open":
                self._jobs[entry.id] = said
                recruiters = [one["member"] for one in said["team"] if one["role"] == "recruiter"]
                self._recruiters[entry.id] = [(at, member) for member in recruiters]
            case "job.team" if said["role"] == "recruiter":
                self._recruiters[entry.of or ""].append((at, said["member"]))
            case "job.close":
                for application in self.applications.values():
                    if application.job == entry.of and application.active and not application.accepted:
                        application.gaps.append((at, None))
            case "posting.publish":
                self._postings[entry.id] = (said["job_id"], said["board"])

    def _application(self, entry: Entry) -> None:
        if entry.what in SUBMISSIONS:
            self._submitted(entry)
        elif entry.what == "prospect.source":
            self._prospects[entry.id] = entry.said
        elif entry.what == "offer.draft":
            self._offers[entry.id] = entry.said["application_id"]
        elif entry.what in ("offer.accept", "offer.renege", "offer.rescind"):
            application = self.applications[self._offers[entry.of or ""]]
            application.accepted = [one for one in application.accepted if one[0] != entry.of]
            if entry.what == "offer.accept":
                application.accepted.append((entry.of or "", at_of(entry)))
        elif entry.of in self.applications:
            self._moved(self.applications[entry.of], entry)

    def _submitted(self, entry: Entry) -> None:
        """By the form into the first stage that is no lead's, by hand into the one named, from the CRM as a lead."""
        said = entry.said
        match entry.what:
            case "posting.apply":
                (job, source), rank, person = self._postings[entry.of or ""], 0, self._known(said)
            case "application.submit":
                job, source, person = said["job_id"], said["source"], self._known(said)
                rank = self._rank(job, said["stage"])
            case _:
                job, rank, person = said["job_id"], -1, said["person_id"]
                source = SOURCES.get(self._prospects[person]["channel"], "sourced")
        submitted = None if rank < 0 else at_of(entry)
        self.applications[entry.id] = Application(entry.id, person, source, [Leg(job, [rank])], submitted)

    def _known(self, said: dict[str, Any]) -> str | None:
        """The prospect with the same address, who came by themselves."""
        return next((of for of, known in self._prospects.items() if known["email"] == said["email"]), None)

    def _moved(self, application: Application, entry: Entry) -> None:
        said, at, leg = entry.said, at_of(entry), application.legs[-1]
        match entry.what:
            case "application.advance":
                leg.ranks.append(self._rank(leg.job, said["to_stage"]))
                application.submitted = application.submitted or at
            case "application.move-back" if said["reason_type"] == "mistake":
                leg.ranks.pop()
            case "application.transfer":
                leg.left = True
                application.legs.append(Leg(said["job_id"], [self._rank(said["job_id"], said["stage"])]))
            case "application.reject" | "application.withdraw":
                application.gaps.append((at, None))
            case "application.reopen":
                application.gaps[-1] = (application.gaps[-1][0], at)
            case "application.reverse-hire":
                application.accepted.pop()
            case "application.attribute" if said["view"] == "application":
                application.source = said["new"]

    def _rank(self, job: str, stage: str) -> int:
        plan = self._plans[self._jobs[job]["plan_id"]]
        milestone = next(one["milestone"] for one in plan if one["id"] == stage)
        return -1 if milestone == LEAD else MILESTONES.index(milestone)


def at_of(entry: Entry) -> datetime:
    assert entry.at is not None
    return entry.at
