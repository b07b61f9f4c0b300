"""The CRM's read models: one file each, no personal field but the one that recognises a person."""

from sqlalchemy import MetaData

metadata = MetaData()
