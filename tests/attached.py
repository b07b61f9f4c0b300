"""A platform that another process has started: many runs of the tests, one after the other, on the same one."""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.local.platform import Platform
from deploy.local.postgres import SUPERUSER

SETTING = "HIRELOG_TEST_PLATFORM"


class AttachedPlatform(Platform):
    """Known by its state directory; neither started nor stopped here."""

    @classmethod
    def named(cls) -> "AttachedPlatform | None":
        """The one that the environment names, if it does."""
        directory = os.environ.get(SETTING)
        return cls(Path(directory)) if directory else None

    def __enter__(self) -> Self:
        self.secrets = self._read("secrets.json")
        self._addresses = self._read("state.json")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    @property
    def kafka(self) -> str:
        bootstrap: str = self._addresses["kafka"]["bootstrap"]
        return bootstrap

    def database_url(self, database: str, role: str | None = None) -> str:
        user = role or database
        return (
            f"postgresql://{user}:{self.secrets['postgres'][user]}@{self._addresses['postgres']['address']}/{database}"
        )

    def admin_database_url(self, database: str = "postgres") -> str:
        return self.database_url(database, SUPERUSER)

    def _read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.directory / name).read_text())
        return content
