"""Which role may do what in the notifier."""

OWN = frozenset({"notifications:read"})
ALL = OWN | {"notifications:read-all"}

SCOPES: dict[str, frozenset[str]] = {
    "admin": ALL,
    "ops": ALL,
    "lead": ALL,
    "hr": OWN,
    "recruiter": OWN,
    "sourcer": OWN,
    "hiring_manager": OWN,
    "approver": OWN,
    "interviewer": OWN,
}
