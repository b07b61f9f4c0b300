"""Alembic's entry for reporting."""

from services.reporting.live import board
from services.reporting.projections import facts, metadata, snapshots
from shared.kit.migrate import environment

# Importing them has filled the metadata.
assert facts.TABLE.metadata is snapshots.TABLE.metadata is board.TABLE.metadata is metadata
environment(metadata)
