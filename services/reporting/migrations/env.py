"""Alembic's entry for reporting."""

from services.reporting.live import board
from services.reporting.projections import (
    facts,
    flags,
    kept,
    marks,
    metadata,
    schedules,
    self_identifications,
    snapshots,
    standing,
    unknown_events,
)
from shared.kit.migrate import environment

# Importing them has filled the metadata.
OF = (board, facts, flags, kept, marks, schedules, self_identifications, snapshots, standing, unknown_events)
assert {of.TABLE.metadata for of in OF} == {metadata}
environment(metadata)
