"""The four services and the outside world as child processes of the platform."""

import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from deploy.local.children import Child
from deploy.local.platform import SERVICES, Platform
from deploy.local.state import ROOT

OUTSIDE = "outside"
# Of reporting, and no part of it: it may end at any time, and then is started again.
LIVE = "live"
READY_S = 120
DRAIN_S = 15
MEND_S = 5


class Services:
    """Migrated and ready between `with` and its end; `outside` (issuer, Slack, mailbox) always runs with them.

    `settings` adds environment variables to every service. `live`: with reporting's live view, which nothing waits
    for. Raises PlatformError with the end of a service's log.
    """

    def __init__(
        self, platform: Platform, names: Sequence[str] = SERVICES, settings: Mapping[str, str] | None = None,
        live: bool = False,
    ) -> None:  # fmt: skip
        self.platform = platform
        self.names = tuple(names)
        self.settings = dict(settings or {})
        self.running: dict[str, Child] = {}
        self.live: Child | None = None
        self._with_live = live and "reporting" in self.names
        self._mended = 0.0

    def __enter__(self) -> Self:
        self.logs = {name: self.platform.state.log(name) for name in (OUTSIDE, "keyring", *self.names, LIVE)}
        self.running = {OUTSIDE: self.outside()} | {name: self.service(name, "all") for name in self.names}
        try:
            self.running[OUTSIDE].start()
            self.migrate()
            for name in self.names:
                self.running[name].start()
            for name in self.running:
                self.await_ready(name)
            if self._with_live:
                self.live = self.service("reporting", LIVE)
                self.live.name, self.live.log = LIVE, self.logs[LIVE]
                self.live.start()
        except BaseException:
            self.stop()
            raise
        self.publish()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, name: str) -> str:
        """The base URL of a service, or of `outside`; without a slash at its end."""
        return self.platform.service_url(name)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a service; after SIGKILL it is gone when this returns."""
        self.running[name].kill(number)

    def restart(self, name: str) -> None:
        """Stop it if it runs, start it again on the same port and await it."""
        self.running[name].stop(DRAIN_S)
        self.running[name].start()
        self.await_ready(name)
        self.publish()

    def stop(self) -> None:
        """End all of them, gracefully: they drain side by side."""
        asked = [child for child in (*self.running.values(), self.live) if child is not None and child.running]
        for child in asked:
            child.kill(child.on_stop)
        for child in asked:
            child.await_end(DRAIN_S)

    def mend(self) -> None:
        """Start the live view again where it has ended, not too often; from the main thread."""
        if self.live is not None and not self.live.running and time.monotonic() - self._mended >= MEND_S:
            self._mended = time.monotonic()
            self.live.start()

    def tail(self, name: str, lines: int = 20) -> str:
        """The last lines of its log."""
        return self.running[name].tail(lines)

    def outside(self) -> Child:
        ports, state = self.platform.ports, self.platform.state
        options = ["--port", str(ports[OUTSIDE]), "--smtp-port", str(ports["smtp"]), "--state", str(state.directory)]
        token = {"HIRELOG_SLACK_TOKEN": self.platform.secrets["slack_token"]}
        return self.child(OUTSIDE, ["deploy.local.outside", *options], token)

    def service(self, name: str, *arguments: str) -> Child:
        return self.child(name, [f"services.{name}", *arguments], self.platform.service_environment(name))

    def child(self, name: str, module: Sequence[str], environment: Mapping[str, str]) -> Child:
        return Child(
            name,
            [sys.executable, "-m", *module],
            self.logs[name],
            environment={"PYTHONUNBUFFERED": "1", **environment, **self.settings},
            directory=ROOT,
            lock=self.platform.state.lock,
        )

    def migrate(self) -> None:
        """The keyring first, for the services' own migrations may build on it; then theirs, side by side."""
        keyring = {"HIRELOG_KEYRING_URL": self.platform.database_url("keyring")}
        self.child("keyring", ["shared.kit.keyring", "migrate"], keyring).run()
        migrations = [self.service(name, "migrate") for name in self.names]
        try:
            for migration in migrations:
                migration.start()
            for migration in migrations:
                migration.succeed()
        finally:
            for migration in migrations:
                migration.kill()

    def await_ready(self, name: str) -> None:
        child = self.running[name]
        url = f"{self.url(name)}/{'healthz' if name == OUTSIDE else 'readyz'}"
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if not child.running:
                raise child.failure("ended while starting")
            if answers(url):
                return
            time.sleep(0.05)
        raise child.failure(f"was not ready within {READY_S} s")

    def publish(self) -> None:
        self.platform.state.publish(
            services={name: {"url": self.url(name), "pid": child.pid} for name, child in self.running.items()}
        )


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  loopback, our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
