"""Made-up applications: submitted, advanced, moved back, transferred, closed, opened again, merged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    SourceAttributed,
)
from tests.oracle.made_up.company import Company, Job
from tests.oracle.made_up.people import SOURCES, Human, Outreach
from tests.oracle.made_up.scribe import Scribe

Entry = Literal["begin", "move"]


@dataclass
class Application:
    """`visits`: stages in this job since the last beginning, and whether they were entered by a move."""

    id: UUID
    person: UUID
    human: Human
    job: Job
    number: int
    visits: list[tuple[str, Entry]]
    state: Literal["active", "closed", "accepted", "hired"] = "active"
    offer_out: bool = False
    left_out: bool = False
    offered: int = 0

    @property
    def stage(self) -> str:
        return self.visits[-1][0]

    @property
    def is_lead(self) -> bool:
        return self.job.plan.is_lead(self.stage)

    @property
    def stream(self) -> str:
        return f"application-{self.id}"


@dataclass
class Applying:
    scribe: Scribe
    company: Company
    outreach: Outreach
    applications: list[Application] = field(default_factory=list)

    def active(self) -> Sequence[Application]:
        """Latest first: what is young moves most."""
        return [a for a in reversed(self.applications) if a.state == "active" and not a.left_out]

    def submit(self, human: Human) -> None:
        job = self.scribe.one_of(self.company.jobs)
        theirs = [a for a in self.applications if a.human is human and a.job is job and not a.left_out]
        if any(a.state != "closed" for a in theirs) and not self.scribe.one_in(3):
            return
        leads = [stage.id for stage in job.plan.stages if job.plan.is_lead(stage.id)]
        handed_over = bool(leads) and self.scribe.one_in(2)
        hand_over = self.outreach.hand_over(human, job.id) if handed_over else None
        person = human.prospect if hand_over and human.prospect else self._candidate(human)
        first, *later = job.plan.past_lead()
        stage = leads[0] if handed_over else self.scribe.one_of((first, first, first, *later[:2]))
        source = "sourced" if handed_over else self.scribe.one_of(SOURCES)
        imported = stage in later and self.scribe.one_in(2)
        self._submit(human, person, job, stage, source, hand_over, imported)

    def somebody_new(self) -> Application:
        """Nobody has heard of them before, nor will they come back."""
        job = self.scribe.one_of(self.company.jobs)
        return self._submit(Human(-1), self.scribe.new("candidate"), job, job.plan.past_lead()[0], SOURCES[0], None)

    def _submit(
        self,
        human: Human,
        person: UUID,
        job: Job,
        stage: str,
        source: str,
        hand_over: UUID | None,
        imported: bool = False,
    ) -> Application:
        """`imported`: from where nobody knows since when they stand in that stage."""
        if person not in human.candidates:
            human.candidates.append(person)
        application = Application(
            id=self.scribe.new("application"),
            person=person,
            human=human,
            job=job,
            number=len(self.applications),
            visits=[(stage, "begin")],
        )
        self.applications.append(application)
        self.scribe.tell(
            ApplicationSubmitted(
                application_id=application.id,
                person_id=person,
                job_id=job.id,
                stage=stage,
                entry_unknown=imported,
                source=source,
                hand_over=hand_over,
                internal=self.scribe.one_in(4),
            )
        )
        return application

    def _candidate(self, human: Human) -> UUID:
        if human.candidates and not self.scribe.one_in(3):
            return human.candidates[-1]
        return self.scribe.new("candidate")

    def advance(self, application: Application) -> None:
        onward = application.job.plan.beyond(application.stage)
        if not onward:
            return
        to_stage = self.scribe.one_of((onward[0], onward[0], *onward[:3]))
        skipped = tuple(onward[: onward.index(to_stage)])
        event = ApplicationAdvanced(
            application_id=application.id,
            person_id=application.person,
            from_stage=application.stage,
            to_stage=to_stage,
            skipped=skipped,
        )
        application.visits.append((to_stage, "move"))
        self.scribe.tell(event)

    def move_back(self, application: Application) -> None:
        back = application.job.plan.before(application.stage)
        if not back:
            return
        (_, entry), before = application.visits[-1], [stage for stage, _ in application.visits[-2:-1]]
        mistake = entry == "move" and not self.scribe.one_in(3)
        likely = [stage for stage in before if stage in back] if mistake else []
        to_stage = self.scribe.one_of((*likely * 4, *back))
        event = ApplicationMovedBack(
            application_id=application.id,
            person_id=application.person,
            from_stage=application.stage,
            to_stage=to_stage,
            reason_type="mistake" if mistake else "reevaluation",
        )
        if mistake:
            application.visits.pop()
        if not mistake or application.stage != to_stage:
            application.visits.append((to_stage, "move"))
        self.scribe.tell(event)

    def transfer(self, application: Application) -> None:
        others = [job for job in self.company.jobs if job is not application.job]
        if application.offer_out:
            return
        job = self.scribe.one_of(others)
        stage = self.scribe.one_of(job.plan.past_lead()[:3])
        event = ApplicationTransferred(
            application_id=application.id,
            person_id=application.person,
            from_job=application.job.id,
            to_job=job.id,
            stage=stage,
        )
        application.job, application.visits = job, [(stage, "begin")]
        self.scribe.tell(event)

    def close(self, application: Application) -> ApplicationRejected | ApplicationWithdrawn:
        """To be told together with what becomes of an offer that is out."""
        application.state = "closed"
        ids = {"application_id": application.id, "person_id": application.person, "stage": application.stage}
        if self.scribe.one_in(3):
            return ApplicationWithdrawn.model_validate({**ids, "reason": "other offer"})
        why = self.scribe.one_of(("we_rejected",) * 4 + ("other", "spam", "duplicate", "they_withdrew"))
        return ApplicationRejected.model_validate({**ids, "reason_type": why, "reason": "skills"})

    def reject(self, application: Application) -> None:
        """Without an offer out."""
        application.state = "closed"
        ids = {"application_id": application.id, "person_id": application.person, "stage": application.stage}
        self.scribe.tell(ApplicationRejected.model_validate({**ids, "reason_type": "we_rejected", "reason": "skills"}))

    def reopen(self, application: Application) -> None:
        application.state = "active"
        application.visits = [(application.stage, "begin")]
        ids = {"application_id": application.id, "person_id": application.person}
        self.scribe.tell(ApplicationReopened.model_validate({**ids, "stage": application.stage}))

    def attribute(self, application: Application) -> None:
        view: Literal["application", "credited"] = self.scribe.one_of(("application", "credited"))
        new = self.scribe.one_of((*SOURCES, "rediscovered"))
        ids = {"application_id": application.id, "person_id": application.person}
        self.scribe.tell(SourceAttributed.model_validate({**ids, "view": view, "old": None, "new": new}))

    def switch_plan(self, job: Job) -> None:
        if job.opened:
            stage_map = self.company.switch_plan(job)
            for application in self.applications:
                if application.job is job:
                    application.visits = [(stage_map.get(stage, stage), how) for stage, how in application.visits]
