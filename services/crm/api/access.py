"""Which role may do what in the CRM."""

READS = frozenset({"prospects:read", "campaigns:read"})
SOURCING = READS | {"prospects:write", "consents:write", "touchpoints:write", "campaigns:write"}

SCOPES: dict[str, frozenset[str]] = {
    "admin": SOURCING,
    "recruiter": SOURCING,
    "sourcer": SOURCING,
    "hiring_manager": READS,
    "lead": READS,
    "ops": frozenset({"campaigns:read"}),
}
