"""`python -m services.notifier migrate | api | relay | consume | all`."""

from services.notifier.main import MIGRATIONS, wire
from services.notifier.settings import NotifierSettings
from shared.kit.process import main

main("notifier", MIGRATIONS, wire, NotifierSettings)
