"""The events of the notifier service, a file per stream."""
