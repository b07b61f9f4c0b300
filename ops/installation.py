"""Where an installation can be reached, and with which rights: read from one private file."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from shared.kit.kafka import Kafka

SETTING = "HIRELOG_INSTALLATION"
USUAL = Path(".hirelog/installation.json")


class NoInstallation(Exception):
    """There is no such file, or it can't be used; the sentence says what to do."""


@dataclass(frozen=True)
class Service:
    """`environment` is what the service's own process is given, its database and secrets included."""

    name: str
    url: str
    environment: Mapping[str, str] = field(repr=False)

    @property
    def database_url(self) -> str:
        return self.environment["HIRELOG_DATABASE_URL"]


@dataclass(frozen=True)
class Installation:
    """`kafka` is that of the user ops, who may read everything and write nothing."""

    kafka: Kafka = field(repr=False)
    services: Mapping[str, Service]

    @classmethod
    def read(cls, path: Path | None = None) -> Self:
        """From this file, else that of HIRELOG_INSTALLATION, else the embedded one. Raises NoInstallation."""
        path = path or Path(os.environ.get(SETTING) or USUAL)
        try:
            content = json.loads(path.read_text())
            kafka = Kafka(content["kafka"]["servers"], "ops", content["kafka"]["user"], content["kafka"]["password"])
            services = {
                name: Service(name, service["url"], service["environment"])
                for name, service in content["services"].items()
            }
        except FileNotFoundError:
            raise NoInstallation(
                f"There is no installation at {path}: start one with `make demo`, or name its file by {SETTING}."
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoInstallation(f"{path} does not describe an installation ({type(error).__name__}).") from None
        return cls(kafka, services)
