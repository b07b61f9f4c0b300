"""What reporting keeps of the log; the one projection is `facts`."""

from sqlalchemy import MetaData

metadata = MetaData()
