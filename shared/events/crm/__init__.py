"""The events of the crm service, a file per stream."""
