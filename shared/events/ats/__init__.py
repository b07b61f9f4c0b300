"""The events of the ats service, a file per stream."""
