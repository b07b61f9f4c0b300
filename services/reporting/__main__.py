"""`python -m services.reporting migrate | rebuild | api | relay | consume | all`."""

from services.reporting.main import MIGRATIONS, wire
from shared.kit.process import main

main("reporting", MIGRATIONS, wire)
