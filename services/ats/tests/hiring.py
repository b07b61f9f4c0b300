"""Hiring over HTTP, from the requisition to the offer: where tests of what comes after begin."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

TERMS = {
    "headcount": 2,
    "department": "Engineering",
    "location": "Berlin",
    "title": "Engineer",
    "band": {"low": 6_000_000, "high": 8_000_000, "currency": "EUR"},
}
STAGES = (
    ("lead", "lead", "lead"), ("applied", "screen", "applied"), ("screen", "screen", "screened"),
    ("onsite", "active", "onsite"), ("offer", "offer", "offer"), ("hired", "hired", "hired"),
)  # fmt: skip
PLAN = {
    "name": "plan",
    "stages": [{"id": i, "name": i.title(), "type": kind, "milestone": milestone} for i, kind, milestone in STAGES],
}


def pay(amount: int = 7_000_000) -> dict[str, Any]:
    return {"base": {"amount": amount, "currency": "EUR"}, "per": "year"}


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def approved_requisition(recruiter: Api, members: dict[str, str], **terms: Any) -> str:
    """Its id; the head is its only approver."""
    groups = [{"n": 1, "members": [members["head"]]}]
    body = {"name": "seats", "subject": "requisition", "groups": groups}
    chain = await recruiter.as_("admin").post("/approval-chains", body)
    of: str = (await recruiter.post("/requisitions", {**TERMS, **terms}))["id"]
    await recruiter.post(f"/requisitions/{of}/submit", {"chain_id": chain["id"]})
    round_ = (await recruiter.get(f"/requisitions/{of}"))["approval_id"]
    await recruiter.as_("head").post(f"/approvals/{round_}/decide", {"decision": "approved"})
    return of


async def open_job(recruiter: Api, members: dict[str, str], **said: Any) -> dict[str, Any]:
    """As GET /jobs/{id} shows it; under a requisition of its own unless one is given, with manager and recruiter."""
    requisition = said.pop("requisition_id", None) or await approved_requisition(recruiter, members)
    plan = said.pop("plan_id", None) or (await recruiter.post("/stage-plans", PLAN))["id"]
    team = [{"role": "recruiter", "member": members["recruiter"]}]
    team += [{"role": "hiring_manager", "member": members["manager"]}]
    body = {"requisition_id": requisition, "plan_id": plan, "zone": "Europe/Berlin", "team": team, **said}
    of = (await recruiter.post("/jobs", body, status=201))["id"]
    shown: dict[str, Any] = await recruiter.get(f"/jobs/{of}")
    return shown


async def published(recruiter: Api, job: dict[str, Any], **shown: Any) -> str:
    """The id of a posting of the job that asks for a permit."""
    question = {"id": "permit", "text": "May you work here?", "required": True}
    body = {"job_id": job["id"], "board": "careers_site", "title": "Engineer", "questions": [question], **shown}
    of: str = (await recruiter.post("/postings", body, status=201))["id"]
    return of


async def applied(api: Api, posting: str, name: str = "Sam Example", status: int = 201, **form: Any) -> Any:
    """Applies at the public endpoint; the address is made of the name."""
    address = f"{name.lower().replace(' ', '.')}@example.com"
    body = {"name": name, "email": address, "answers": {"permit": "yes"}, **form}
    answer = await api.post(f"/public/postings/{posting}/apply", body, status=status)
    return answer["id"] if status == 201 else answer


@dataclass
class Hiring:
    """`chain` approves offers: finance, and the head too above the band."""

    ats: Wired
    recruiter: Api
    members: dict[str, str]
    requisition: str
    job: str
    chain: str
    applicants: int = 0

    @classmethod
    async def start(cls, ats: Wired, admin: Api, members: dict[str, str], seats: int = 1, **job: Any) -> "Hiring":
        recruiter = admin.as_("recruiter", scope="backdate")
        requisition = await approved_requisition(recruiter, members, headcount=seats)
        opened = await open_job(recruiter, members, requisition_id=requisition, **job)
        groups = [
            {"n": 1, "members": [members["finance"]]},
            {"n": 1, "members": [members["head"]], "when": {"above_band": True}},
        ]
        chain = await admin.post("/approval-chains", {"name": "offers", "subject": "offer", "groups": groups})
        return cls(ats, recruiter, members, requisition, opened["id"], chain["id"])

    async def applicant(self) -> str:
        """The id of a new application."""
        self.applicants += 1
        body = {"job_id": self.job, "name": f"Applicant {self.applicants}", "source": "referral"}
        made: str = (await self.recruiter.post("/applications", body))["id"]
        return made

    async def seats(self, state: str | None = None) -> list[str]:
        wanted: dict[str, Any] = {"state": state} if state else {}
        return [item["id"] for item in (await self.recruiter.get("/openings", job_id=self.job, **wanted))["items"]]

    async def drafted(self, application: str | None = None, **terms: Any) -> str:
        """The id of a drafted offer."""
        body = {"application_id": application or await self.applicant(), "pay": pay(), "level": "L4", **terms}
        made: str = (await self.recruiter.post("/offers", body))["id"]
        return made

    async def submitted(self, offer: str, **when: Any) -> str:
        """The id of the round that its submission asked for."""
        await self.do(offer, "submit", {"chain_id": self.chain}, **when)
        asked: str = (await self.offer(offer))["approval_id"]
        return asked

    async def vote(self, subject: str, approval: str, decision: str = "approved", status: int = 200) -> None:
        await self.recruiter.as_(subject).post(f"/approvals/{approval}/decide", {"decision": decision}, status=status)

    async def approved(self, application: str | None = None, **terms: Any) -> str:
        offer = await self.drafted(application, **terms)
        await self.vote("finance", await self.submitted(offer))
        return offer

    async def extended(self, application: str | None = None, **terms: Any) -> str:
        offer = await self.approved(application, **terms)
        await self.do(offer, "extend", {"expires": in_days(10)})
        return offer

    async def accepted(self, application: str | None = None, **terms: Any) -> str:
        offer = await self.extended(application, **terms)
        await self.do(offer, "accept")
        return offer

    async def do(self, offer: str, verb: str, body: Any = None, status: int | None = None, **when: Any) -> Any:
        return await self.recruiter.post(f"/offers/{offer}/{verb}", body, status=status, **when)

    async def offer(self, offer: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.recruiter.get(f"/offers/{offer}")
        return found

    async def application(self, application: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.recruiter.get(f"/applications/{application}")
        return found

    async def seat(self, opening: str) -> dict[str, Any]:
        [found] = [o for o in (await self.recruiter.get("/openings", job_id=self.job))["items"] if o["id"] == opening]
        return found  # type: ignore[no-any-return]

    async def happened(self, *streams: str) -> list[str]:
        """What happened in these streams, in the order of the log."""
        events = await self.ats.store.events(*streams)
        return [type(event).__name__ for _, event in sorted(events, key=lambda pair: pair[0].position)]

    async def timers(self) -> list[str]:
        async with self.ats.store.database.connection() as connection:
            return [row["name"] for row in await connection.fetch("SELECT name FROM timers ORDER BY due")]
