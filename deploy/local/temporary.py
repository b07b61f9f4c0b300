"""A state directory for tests."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_state() -> Iterator[Path]:
    """Removed at the end. Unlike pytest's tmp_path, PostgreSQL's account can reach it when the tests run as root."""
    directory = Path(tempfile.mkdtemp(prefix="hirelog-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
