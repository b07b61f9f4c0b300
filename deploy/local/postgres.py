"""One real PostgreSQL server as a child process."""

import shutil
import signal
import subprocess
import time
from typing import Any

from deploy.local.children import Child, inherited_environment
from deploy.local.errors import PlatformError
from deploy.local.state import State, write_privately
from deploy.local.unprivileged import Account, account, binaries, data_home

SUPERUSER = "postgres"
MAJOR = "18"
STARTING_S = 60
INITDB = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--auth=scram-sha-256",
    "--no-instructions",
)


class Postgres:
    """Kept in <state>/postgres; `prepare`, `start` and `await_ready` in this order, so that others start meanwhile."""

    def __init__(self, state: State, ports: dict[str, int], secrets: dict[str, Any], fsync: bool) -> None:
        self.port = ports["postgres"]
        self.secrets = secrets
        self.fsync = fsync
        self.state = state
        self.log = state.log("postgres")
        self.creating: Child | None = None
        self.child: Child | None = None

    def url(self, database: str, role: str) -> str:
        return f"postgresql://{role}:{self.secrets['postgres'][role]}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        self.account: Account | None = account()
        self.bin = binaries(self.account)
        self.home = data_home(self.state.directory, self.account)
        if (self.home / "data").exists():
            found = (self.home / "data" / "PG_VERSION").read_text().strip()
            if found != MAJOR:
                raise PlatformError(
                    f"The data in {self.home} is of PostgreSQL {found} and this is {MAJOR}: "
                    f"remove {self.state.directory} to begin anew, or go back to the version that wrote it."
                )
            return
        shutil.rmtree(self.home / "data.new", ignore_errors=True)
        password = self.home / "password"
        write_privately(password, self.secrets["postgres"][SUPERUSER], self.account.user if self.account else None)
        self.creating = self.run(
            "PostgreSQL's initdb",
            "initdb",
            *INITDB,
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            *(() if self.fsync else ("--no-sync",)),
            f"--pgdata={self.home / 'data.new'}",
        )
        self.creating.start()

    def start(self) -> None:
        if self.creating is not None:
            self.creating.succeed()
            (self.home / "password").unlink()
            (self.home / "data.new").rename(self.home / "data")
            self.creating = None
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "fsync": "on" if self.fsync else "off",
            "full_page_writes": "on" if self.fsync else "off",
        }
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.child = self.run("PostgreSQL", "postgres", "-D", str(self.home / "data"), *flags)
        self.child.start()

    def run(self, name: str, program: str, *arguments: str) -> Child:
        return Child(
            name,
            [str(self.bin / program), *arguments],
            self.log,
            environment={"LC_ALL": "C"},
            directory=self.home,
            account=self.account,
            # An immediate shutdown: SIGKILL would leave the server's own children behind for a moment.
            on_parent_death=signal.SIGQUIT,
            on_stop=signal.SIGINT,
            lock=self.state.lock,
        )

    def await_ready(self) -> None:
        """Raises PlatformError with the end of the server's log when it does not answer in time."""
        assert self.child is not None
        probe = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        deadline = time.monotonic() + STARTING_S
        while time.monotonic() < deadline:
            if not self.child.running:
                raise self.child.failure("ended while starting")
            if subprocess.run(probe, check=False, env=inherited_environment()).returncode == 0:
                return
            time.sleep(0.05)
        raise self.child.failure(f"did not answer within {STARTING_S} s")

    def execute(self, sql: str, database: str = "postgres") -> None:
        """Run a script of psql as the superuser; raises PlatformError with what psql said."""
        connection = {"PGPASSWORD": self.secrets["postgres"][SUPERUSER], "PGCONNECT_TIMEOUT": "10"}
        command = [str(self.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        command += ["-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER, "-d", database]
        environment = inherited_environment() | connection
        done = subprocess.run(
            command,
            input=sql,
            text=True,
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if done.returncode != 0:
            raise PlatformError(
                f"PostgreSQL refused the set-up of its databases ({done.stderr.strip()}): if secrets.json was removed, "
                f"remove the whole of {self.state.directory} and start again."
            )

    def stop(self) -> None:
        for child in (self.creating, self.child):
            if child is not None:
                child.stop()
