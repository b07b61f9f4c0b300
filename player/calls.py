"""Every public call that the player makes, by the name that plan and ledger use for it."""

from dataclasses import dataclass
from typing import Literal

Service = Literal["ats", "crm"]


@dataclass(frozen=True)
class Call:
    """`{}` in the path is the id of what the step is about. `field`: where a GET's answer has the id to be learned."""

    service: Service
    path: str
    field: str = ""


def _posts(service: Service, noun: str, plural: str, *verbs: str) -> dict[str, Call]:
    return {f"{noun}.{verb}": Call(service, f"/v1/{plural}/{{}}/{verb}") for verb in verbs}


COMMANDS: dict[str, Call] = {
    "team-member.add": Call("ats", "/v1/team-members"),
    "stage-plan.publish": Call("ats", "/v1/stage-plans"),
    "stage-plan.revise": Call("ats", "/v1/stage-plans/{}/publish"),
    "approval-chain.define": Call("ats", "/v1/approval-chains"),
    "requisition.draft": Call("ats", "/v1/requisitions"),
    "approval.decide": Call("ats", "/v1/approvals/{}/decide"),
    "job.open": Call("ats", "/v1/jobs"),
    "job.add-opening": Call("ats", "/v1/jobs/{}/openings"),
    "opening.close": Call("ats", "/v1/openings/{}/close"),
    "posting.publish": Call("ats", "/v1/postings"),
    "posting.unpublish": Call("ats", "/v1/postings/{}/unpublish"),
    "posting.apply": Call("ats", "/v1/public/postings/{}/apply"),
    "application.submit": Call("ats", "/v1/applications"),
    "interview.schedule": Call("ats", "/v1/interviews"),
    "offer.draft": Call("ats", "/v1/offers"),
    "prospect.source": Call("crm", "/v1/prospects"),
    "consent.grant": Call("crm", "/v1/prospects/{}/consents"),
    "consent.end": Call("crm", "/v1/prospects/{}/consents/end"),
    "touchpoint.add": Call("crm", "/v1/prospects/{}/touchpoints"),
    "campaign.start": Call("crm", "/v1/campaigns"),
    **_posts("ats", "team-member", "team-members", "update", "deactivate"),
    **_posts("ats", "requisition", "requisitions", "revise", "submit", "hold", "resume", "close"),
    **_posts("ats", "job", "jobs", "team", "close", "reopen"),
    **_posts("ats", "application", "applications", "advance", "move-back", "reject", "withdraw", "reopen"),
    **_posts("ats", "application", "applications", "transfer", "attribute", "hire", "reverse-hire"),
    **_posts("ats", "interview", "interviews", "reschedule", "cancel", "complete", "no-show", "respond"),
    **_posts("ats", "scorecard", "scorecards", "submit", "revise", "waive"),
    **_posts("ats", "offer", "offers", "revise", "submit", "extend", "accept", "decline", "rescind", "renege"),
    **_posts("ats", "offer", "offers", "expire"),
    **_posts("crm", "prospect", "prospects", "update", "hand-over", "return"),
    **_posts("crm", "touchpoint", "touchpoints", "open", "click", "reply", "bounce", "complain"),
    **_posts("crm", "campaign", "campaigns", "enrol"),
}

LOOKS: dict[str, Call] = {
    "requisition.approval": Call("ats", "/v1/requisitions/{}", field="approval_id"),
    "offer.approval": Call("ats", "/v1/offers/{}", field="approval_id"),
    "opening.find": Call("ats", "/v1/openings", field="id"),
    "scorecard.find": Call("ats", "/v1/scorecards", field="id"),
    "application.find": Call("ats", "/v1/applications", field="id"),
}
