"""Which role may do what in reporting."""

REPORTS = "reports:read"
SNAPSHOTS_WRITE = "snapshots:write"

_READERS = ("admin", "recruiter", "sourcer", "hiring_manager", "lead", "hr", "ops")
_SEALERS = ("admin", "lead", "hr")
SCOPES: dict[str, frozenset[str]] = {
    role: frozenset({REPORTS, SNAPSHOTS_WRITE} if role in _SEALERS else {REPORTS}) for role in _READERS
}
