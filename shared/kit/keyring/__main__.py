"""`python -m shared.kit.keyring migrate`: brings the keyring's database to its newest schema, as its owner."""

import os
import sys
from pathlib import Path

from shared.kit.migrate import upgrade

if __name__ == "__main__":
    if sys.argv[1:] != ["migrate"] or "HIRELOG_KEYRING_URL" not in os.environ:
        sys.exit("usage: HIRELOG_KEYRING_URL=<the owner's url> python -m shared.kit.keyring migrate")
    upgrade(Path(__file__).with_name("migrations"), os.environ["HIRELOG_KEYRING_URL"])
