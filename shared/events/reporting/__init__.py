"""The events of the reporting service, a file per stream."""
