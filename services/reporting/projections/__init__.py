"""What reporting keeps of the log: `facts`, and apart from them `self_identifications`."""

from sqlalchemy import MetaData

metadata = MetaData()
