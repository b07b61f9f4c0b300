"""Which role may do what in reporting."""

from typing import Any

from services.reporting.commands.questions import restricted
from services.reporting.metrics.report import Definition

REPORTS = "reports:read"
SELF_IDENTIFICATION = "self-identification:read"
SNAPSHOTS_WRITE = "snapshots:write"
FACTS = "facts:read"

_READERS = ("admin", "recruiter", "sourcer", "hiring_manager", "lead", "hr", "ops")
_SEALERS = ("admin", "lead", "hr")
# Never those who decide about a person, nor those who see to the machines.
_OF_GROUPS = ("lead", "hr")
_DATA_TEAMS = ("admin", "lead", "ops")
_ROLES = {REPORTS: _READERS, SNAPSHOTS_WRITE: _SEALERS, SELF_IDENTIFICATION: _OF_GROUPS, FACTS: _DATA_TEAMS}
SCOPES: dict[str, frozenset[str]] = {
    role: frozenset(scope for scope, roles in _ROLES.items() if role in roles) for role in _READERS
}


def scope_of(definition: Definition[Any, Any, Any]) -> str:
    return SELF_IDENTIFICATION if restricted(definition) else REPORTS
