"""Fetches the jars of Apache Kafka on the first start; apart, because what it needs takes 0.3 s to import."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import requests
from jgo.env import EnvironmentBuilder, LinkStrategy
from jgo.maven import MavenContext, PythonResolver
from rich.console import Console
from rich.progress import Progress

from deploy.local.errors import PlatformError


def fetch(endpoint: str, directory: Path, expected: int) -> list[Path]:
    """Resolve and download into the directory, with a progress bar on stderr; returns the jars, not verified yet."""
    logging.getLogger("jgo").setLevel(logging.ERROR)
    with progress(expected) as count:
        # A repository of its own: what else lies in the user's ~/.m2 is not to be trusted.
        maven = MavenContext(repo_cache=directory / "m2", resolver=PythonResolver(progress_callback=counted(count)))
        builder = EnvironmentBuilder(context=maven, cache_dir=directory / "jgo", link_strategy=LinkStrategy.HARD)
        try:
            builder.from_endpoint(endpoint)
        except (requests.RequestException, RuntimeError) as error:
            raise PlatformError(
                f"Kafka is not in the cache {directory.parent} and could not be downloaded ({type(error).__name__}): "
                "connect to the network for the first start, or set HIRELOG_CACHE to a directory that has it."
            ) from error
    return list((directory / "jgo" / "envs").rglob("*.jar"))


@contextmanager
def progress(expected: int) -> Iterator[Callable[[str], None]]:
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("Fetching Kafka", total=expected)
        yield lambda filename: bar.advance(task, 1 if filename.endswith(".jar") else 0)


def counted(count: Callable[[str], None]) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    @contextmanager
    def one(filename: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield lambda _received: None
        count(filename)

    return one
