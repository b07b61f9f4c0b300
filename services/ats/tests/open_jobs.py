"""An open job over HTTP, for tests of what comes after: requisition, votes, stage plan, job, posting."""

from typing import Any

from shared.kit.testing.api import Api

STAGES = (
    ("lead", "lead", "lead"), ("applied", "screen", "applied"), ("screen", "screen", "screened"),
    ("onsite", "active", "onsite"), ("offer", "offer", "offer"), ("hired", "hired", "hired"),
)  # fmt: skip
PLAN = {
    "name": "plan",
    "stages": [{"id": i, "name": i.title(), "type": kind, "milestone": milestone} for i, kind, milestone in STAGES],
}


async def approved_requisition(recruiter: Api, members: dict[str, str], **terms: Any) -> str:
    """Its id; the manager is its only approver."""
    admin = recruiter.as_("admin")
    groups = [{"n": 1, "members": [members["manager"]]}]
    chain = await admin.post("/approval-chains", {"name": "one", "subject": "requisition", "groups": groups})
    body = {"headcount": 2, "department": "Engineering", "location": "Berlin", "title": "Engineer", **terms}
    of: str = (await recruiter.post("/requisitions", body))["id"]
    await recruiter.post(f"/requisitions/{of}/submit", {"chain_id": chain["id"]})
    round_ = (await recruiter.get(f"/requisitions/{of}"))["approval_id"]
    await recruiter.as_("manager").post(f"/approvals/{round_}/decide", {"decision": "approved"})
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
