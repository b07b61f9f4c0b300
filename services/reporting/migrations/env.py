"""Alembic's entry for reporting."""

from services.reporting.live import board
from services.reporting.projections import facts, metadata, schedules, self_identifications, snapshots
from shared.kit.migrate import environment

# Importing them has filled the metadata.
assert {of.TABLE.metadata for of in (board, facts, schedules, self_identifications, snapshots)} == {metadata}
environment(metadata)
