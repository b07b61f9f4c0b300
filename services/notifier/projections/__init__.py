"""What the notifier keeps of the ATS's events, and its queue; no personal field is readable in a row."""

from sqlalchemy import MetaData

metadata = MetaData()
