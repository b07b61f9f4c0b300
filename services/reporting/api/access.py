"""Which role may do what in reporting."""

from typing import Any

from services.reporting.commands.questions import restricted
from services.reporting.metrics.report import Definition

REPORTS = "reports:read"
SELF_IDENTIFICATION = "self-identification:read"
ADVERSE_IMPACT_WRITE = "adverse-impact:write"
SNAPSHOTS_WRITE = "snapshots:write"
# A whole person, over all jobs: hiring managers and interviewers are shown the applications of their own jobs, and
# reporting knows no record rule, so they ask the ATS; ops runs the machines and has no business with a person.
JOURNEYS = "journeys:read"
QUALITY = "quality:read"
FACTS = "facts:read"

_READERS = ("admin", "recruiter", "sourcer", "hiring_manager", "lead", "hr", "ops")
_OF_ROLES = {
    REPORTS: _READERS,
    SNAPSHOTS_WRITE: ("admin", "lead", "hr"),
    # Never those who decide about a person, nor those who see to the machines.
    SELF_IDENTIFICATION: ("lead", "hr"),
    ADVERSE_IMPACT_WRITE: ("lead", "hr"),
    JOURNEYS: ("admin", "recruiter", "sourcer", "lead", "hr"),
    QUALITY: ("admin", "ops", "lead"),
    FACTS: ("admin", "lead", "ops"),
}
SCOPES: dict[str, frozenset[str]] = {
    role: frozenset(scope for scope, roles in _OF_ROLES.items() if role in roles) for role in _READERS
}


def scope_of(definition: Definition[Any, Any, Any]) -> str:
    return SELF_IDENTIFICATION if restricted(definition) else REPORTS
