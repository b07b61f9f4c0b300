"""Which role may do what in reporting."""

REPORTS = "reports:read"

_READERS = ("admin", "recruiter", "sourcer", "hiring_manager", "lead", "hr", "ops")
SCOPES: dict[str, frozenset[str]] = {role: frozenset({REPORTS}) for role in _READERS}
