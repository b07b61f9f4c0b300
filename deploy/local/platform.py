"""The embedded platform: a real Kafka and a real PostgreSQL, as children of this process, on a state directory."""

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.local import databases, ports, rights
from deploy.local.children import Child
from deploy.local.kafka import Kafka
from deploy.local.postgres import SUPERUSER, Postgres
from deploy.local.state import State, default_directory

SERVICES = ("ats", "crm", "notifier", "reporting")
DIGEST_USERS = ("ats", "crm")


class Platform:
    """Running between `with` and its end; its data stays in the state directory. Raises PlatformError with a sentence.

    Enter it in the main thread. For tests: fsync=False, and a directory from `temporary_state()`. `kafka_behind` is
    the port of something that stands before Kafka: it passes on to ports["kafka_behind"], whose clients are sent back
    to it.
    """

    def __init__(
        self, directory: Path | None = None, *, fsync: bool = True, kafka_heap: str = "384m",
        kafka_behind: int | None = None,
    ) -> None:  # fmt: skip
        self.directory = directory or default_directory()
        self.kafka_behind = kafka_behind
        self.fsync = fsync
        self.kafka_heap = kafka_heap

    def __enter__(self) -> Self:
        with ExitStack() as started:
            self.state = State(self.directory)
            started.callback(self.state.release)
            self.state.require_space()
            self.ports = ports.choose()
            self.secrets = self.state.secrets(
                postgres=databases.roles() | {SUPERUSER}, kafka=rights.users() | {"admin", "controller"}
            )
            self.kafka_node = Kafka(self.state, self.ports, self.secrets, self.kafka_heap, self.kafka_behind)
            self.postgres = Postgres(self.state, self.ports, self.secrets, self.fsync)
            started.callback(self.postgres.stop)
            started.callback(self.kafka_node.stop)
            self.bring_up()
            self.publish()
            self.started = started.pop_all()
        return self

    def bring_up(self) -> None:
        # Both are set going before either is awaited.
        self.kafka_node.prepare()
        self.postgres.prepare()
        self.postgres.start()
        self.kafka_node.start()
        self.postgres.await_ready()
        databases.apply(self.postgres)
        self.kafka_node.await_ready()
        rights.apply(self.kafka, self.kafka_users)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.started.close()

    @property
    def kafka(self) -> str:
        """The bootstrap server, host:port; SASL_PLAINTEXT, SCRAM-SHA-512."""
        return self.kafka_node.bootstrap

    @property
    def kafka_users(self) -> dict[str, str]:
        """Password by user: the four services, ops, and the superuser admin."""
        passwords: dict[str, str] = self.secrets["kafka"]
        return passwords

    def database_url(self, database: str, role: str | None = None) -> str:
        """A postgresql:// URL; the role is the database's namesake unless given."""
        return self.postgres.url(database, role or database)

    def admin_database_url(self, database: str = "postgres") -> str:
        """The superuser's URL, for tests that create databases of their own."""
        return self.postgres.url(database, SUPERUSER)

    @property
    def outside_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['outside']}"

    @property
    def issuer(self) -> str:
        return f"{self.outside_url}/issuer"

    def service_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def service_environment(self, name: str) -> dict[str, str]:
        """The settings of the service's process; the issuer, Slack and the mailbox answer once `Services` runs them."""
        environment = {
            "HIRELOG_MODE": "development",
            "HIRELOG_DATABASE_URL": self.database_url(name),
            "HIRELOG_KAFKA": self.kafka,
            "HIRELOG_KAFKA_USER": name,
            "HIRELOG_KAFKA_PASSWORD": self.kafka_users[name],
            "HIRELOG_ISSUER": self.issuer,
            "HIRELOG_AUDIENCE": "hirelog",
            "HIRELOG_JWKS_URL": f"{self.issuer}/jwks.json",
            "HIRELOG_DEVELOPMENT_ISSUER": self.issuer,
            "HIRELOG_HTTP_PORT": str(self.ports[name]),
            "HIRELOG_FIRST_ADMIN": "admin",
            "HIRELOG_KEYRING_URL": self.database_url("keyring", name),
            "HIRELOG_WRAPPING_KEYS": json.dumps(self.secrets["wrapping_keys"]),
        }
        if name in DIGEST_USERS:
            environment["HIRELOG_DIGEST_KEY"] = self.secrets["digest_key"]
        if name == "reporting":
            environment["HIRELOG_ADVERSE_IMPACT_IN"] = json.dumps(["US"])
        if name == "notifier":
            environment["HIRELOG_SLACK_URL"] = f"{self.outside_url}/slack/api/"
            environment["HIRELOG_SLACK_TOKEN"] = self.secrets["slack_token"]
            environment["HIRELOG_SMTP_HOST"] = "127.0.0.1"
            environment["HIRELOG_SMTP_PORT"] = str(self.ports["smtp"])
        return environment

    def children(self) -> dict[str, Child]:
        """By name: kafka and postgres."""
        return {
            name: child
            for name, child in (("kafka", self.kafka_node.child), ("postgres", self.postgres.child))
            if child is not None
        }

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to kafka or postgres; after SIGKILL it is gone when this returns."""
        self.children()[name].kill(number)

    def restart(self, name: str) -> None:
        """Start kafka or postgres again, on the same port and data, and await it."""
        node: Kafka | Postgres = self.kafka_node if name == "kafka" else self.postgres
        node.stop()
        node.start()
        node.await_ready()
        self.publish()

    def publish(self) -> None:
        pids = {name: child.pid for name, child in self.children().items()}
        self.state.publish(
            kafka={"bootstrap": self.kafka, "pid": pids["kafka"]},
            postgres={"address": f"127.0.0.1:{self.ports['postgres']}", "pid": pids["postgres"]},
            outside={"url": self.outside_url, "issuer": self.issuer},
        )
        self.state.write("installation.json", self.installation())

    def installation(self) -> dict[str, Any]:
        """What the command line of ops needs to know, secrets included: for a file that only its owner reads."""
        return {
            "kafka": {"servers": self.kafka, "user": "ops", "password": self.kafka_users["ops"]},
            "services": {
                name: {"url": self.service_url(name), "environment": self.service_environment(name)}
                for name in SERVICES
            },
        }
