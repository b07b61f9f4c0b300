"""A small disk of its own for PostgreSQL, so that it can be filled."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 700
BLOCK = bytes(4096)


@dataclass(frozen=True)
class Disk:
    """A small one that can be filled to the last byte."""

    place: Path

    def fill(self) -> None:
        with (self.place / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(BLOCK)

    def clear(self) -> None:
        (self.place / "ballast").unlink()


@contextmanager
def small_disk(place: Path) -> Iterator[Disk | str]:
    """A tmpfs of its own for a directory; where none can be mounted, why not."""
    place.mkdir()
    size = ["-o", f"size={MEGABYTES}m,mode=700"]
    mounted = subprocess.run(["mount", "-t", "tmpfs", *size, "hirelog", str(place)], capture_output=True, text=True)
    if mounted.returncode != 0:
        yield f"no tmpfs can be mounted here: {mounted.stderr.strip()}"
        return
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", str(place)], check=True)
