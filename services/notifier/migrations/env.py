"""Alembic's entry for the notifier."""

from services.notifier.main import MIGRATIONS
from services.notifier.projections import metadata
from shared.kit.migrate import environment

# Importing main has imported every table, so the metadata is whole.
assert MIGRATIONS
environment(metadata)
