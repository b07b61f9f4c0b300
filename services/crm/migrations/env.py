"""Alembic's entry for the CRM."""

from services.crm.main import READ_MODELS
from services.crm.projections import metadata
from shared.kit.migrate import environment

# Importing main has imported every projection, so the metadata is whole.
assert READ_MODELS
environment(metadata)
