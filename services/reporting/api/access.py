"""Which role may do what in reporting."""

from typing import Any

from services.reporting.commands.questions import restricted
from services.reporting.metrics.report import Definition

REPORTS = "reports:read"
SELF_IDENTIFICATION = "self-identification:read"
SNAPSHOTS_WRITE = "snapshots:write"

_READERS = ("admin", "recruiter", "sourcer", "hiring_manager", "lead", "hr", "ops")
_SEALERS = ("admin", "lead", "hr")
# Never those who decide about a person, nor those who see to the machines.
_OF_GROUPS = ("lead", "hr")
SCOPES: dict[str, frozenset[str]] = {
    role: frozenset({
        REPORTS,
        *([SNAPSHOTS_WRITE] if role in _SEALERS else []),
        *([SELF_IDENTIFICATION] if role in _OF_GROUPS else []),
    })
    for role in _READERS
}  # fmt: skip


def scope_of(definition: Definition[Any, Any, Any]) -> str:
    return SELF_IDENTIFICATION if restricted(definition) else REPORTS
