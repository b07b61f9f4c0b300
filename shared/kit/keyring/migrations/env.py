"""Alembic's entry: the keyring has one hand-written table and no models to compare."""

from sqlalchemy import MetaData

from shared.kit.migrate import environment

environment(MetaData())
