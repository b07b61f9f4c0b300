"""Removes the data of this checkout's platform; the cache of jars outside the working tree stays."""

import shutil
import sys

from deploy.local.errors import PlatformError
from deploy.local.state import State, default_directory


def main() -> int:
    directory = default_directory()
    if not directory.exists():
        print("There is no data to remove.")
        return 0
    try:
        # Whoever holds the lock is running on it.
        state = State(directory)
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1
    elsewhere = (directory / "postgres").resolve()
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.rmtree(directory)
    state.release()
    print(f"Removed {directory}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
