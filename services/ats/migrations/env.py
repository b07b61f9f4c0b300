"""Alembic's entry for the ATS."""

from services.ats.main import READ_MODELS
from services.ats.projections import metadata
from shared.kit.migrate import environment

# Importing main has imported every projection, so the metadata is whole.
assert READ_MODELS
environment(metadata)
