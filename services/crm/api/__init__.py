"""The CRM's HTTP API: routes translate, nothing else."""
