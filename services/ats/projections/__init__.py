"""The ATS's read models: one file each, one row per stream, no personal field."""

from sqlalchemy import MetaData

metadata = MetaData()
