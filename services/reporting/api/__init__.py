"""Routes: they translate, nothing else."""
