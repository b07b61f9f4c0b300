"""`python -m services.crm migrate | api | relay | consume | all`."""

from services.crm.main import MIGRATIONS, wire
from shared.kit.process import main

main("crm", MIGRATIONS, wire)
