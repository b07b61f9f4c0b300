"""Which role may do what in the ATS."""

READS = frozenset({"members:read", "plans:read", "chains:read", "requisitions:read", "jobs:read", "approvals:read"})
HIRING = frozenset(
    {
        "applications:read", "interviews:read", "scorecards:read", "scorecards:read-all", "candidates:read",
        "offers:read",
    }
)  # fmt: skip
VOTES = frozenset({"approvals:decide"})
FEEDBACK = frozenset({"scorecards:submit", "interviews:respond", "interviews:read", "scorecards:read"})
RECRUITING = READS | HIRING | VOTES | FEEDBACK | {
    "plans:write", "requisitions:write", "jobs:write", "postings:write", "applications:write", "interviews:write",
    "scorecards:write", "offers:write", "pay:read",
}  # fmt: skip

SCOPES: dict[str, frozenset[str]] = {
    "admin": RECRUITING | {"members:write", "chains:write"},
    "recruiter": RECRUITING,
    "hiring_manager": READS | HIRING | VOTES | FEEDBACK | {"requisitions:write", "pay:read"},
    "approver": READS | VOTES | {"offers:read", "pay:read"},
    "interviewer": READS | FEEDBACK | {"applications:read"},
    "lead": READS | HIRING | VOTES,
    "hr": READS | HIRING,
    "sourcer": READS | {"applications:read"},
    "ops": READS,
}
