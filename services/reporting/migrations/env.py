"""Alembic's entry for reporting."""

from services.reporting.projections import facts, metadata, schedules, self_identifications, snapshots
from shared.kit.migrate import environment

# Importing them has filled the metadata.
assert {of.TABLE.metadata for of in (facts, schedules, self_identifications, snapshots)} == {metadata}
environment(metadata)
