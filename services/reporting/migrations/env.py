"""Alembic's entry for reporting."""

from services.reporting.projections import facts, metadata
from shared.kit.migrate import environment

# Importing the projection has filled the metadata.
assert facts.TABLE.metadata is metadata
environment(metadata)
