"""The ATS's HTTP API: routes translate, nothing else."""
