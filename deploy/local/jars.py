"""The jars of Apache Kafka: downloaded once, shared between checkouts, checked against our own list at every start."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import PlatformError

KAFKA = "4.3.0"
# slf4j-simple on purpose: a log4j backend makes the resolver pick an older kafka-clients.
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA}@kafka.Kafka+org.slf4j:slf4j-simple:1.7.36"
LISTING = Path(__file__).with_name("jars.sha256")


def kafka_jars(cache: Path | None = None) -> Path:
    """The directory of the verified jars, downloaded first when they are not there. Raises PlatformError."""
    cache = cache or cache_directory()
    # Named after the list, so that two checkouts with different lists don't quarrel over one directory.
    home = cache / f"kafka-{KAFKA}-{digest(LISTING)[:12]}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if not home.is_dir():
            with only_one(cache / "lock"):
                if not home.is_dir():
                    download(home)
    except OSError as error:
        raise PlatformError(
            f"The cache {cache} cannot be written ({error.strerror or error}): free some space there, "
            "or set HIRELOG_CACHE to a directory that can be written."
        ) from error
    verify(home, f"delete {home} and start again, which downloads it anew")
    return home


def cache_directory() -> Path:
    if chosen := os.environ.get("HIRELOG_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hirelog"


def verify(home: Path, remedy: str) -> None:
    """Raises PlatformError unless the directory holds exactly the listed jars; the 43 MB take about 0.1 s."""
    wanted = {name: sha256 for sha256, name in (line.split() for line in LISTING.read_text().splitlines())}
    found = {path.name: path for path in home.iterdir()}
    for name in sorted(wanted.keys() | found.keys()):
        if name not in wanted:
            raise PlatformError(
                f"{name} in {home} is not listed in {LISTING.name}, so Kafka was not started: {remedy}."
            )
        if name not in found:
            raise PlatformError(f"{name} is missing in {home}, so Kafka was not started: {remedy}.")
        if digest(found[name]) != wanted[name]:
            raise PlatformError(
                f"{name} in {home} is not the file that {LISTING.name} lists (its SHA-256 differs), "
                f"so Kafka was not started: {remedy}."
            )


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def download(home: Path) -> None:
    from deploy.local.download import fetch  # noqa: PLC0415  only the first start needs it, and it is slow to import

    # Everything is fetched into a directory of its own and moved when verified: a download cut short leaves nothing.
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="download-") as name:
        jars = Path(name) / "jars"
        jars.mkdir()
        for jar in fetch(ENDPOINT, Path(name), expected=len(LISTING.read_text().splitlines())):
            shutil.move(jar, jars / jar.name)
        verify(jars, "what was downloaded is not what this version was tested with; try another network, or report it")
        jars.rename(home)
