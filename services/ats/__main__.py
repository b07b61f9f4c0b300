"""`python -m services.ats migrate | api | relay | consume | all`."""

from services.ats.main import MIGRATIONS, wire
from shared.kit.process import main

main("ats", MIGRATIONS, wire)
