"""The notifier's HTTP API: routes translate, nothing else."""
