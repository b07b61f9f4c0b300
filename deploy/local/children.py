"""Child processes that die with their parent, however the parent dies."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.errors import PlatformError
from deploy.local.unprivileged import Account

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
WATCHDOG = Path(__file__).with_name("watchdog.py")
libc = ctypes.CDLL(None) if LINUX else None


@dataclass
class Child:
    """One process: started from the main thread, logging to `log`, gone when this process is gone."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    account: Account | None = None
    on_parent_death: signal.Signals = signal.SIGKILL
    on_stop: signal.Signals = signal.SIGTERM
    # The lock on the state: each child holds it too, so nobody opens data that a dying child still writes.
    lock: int | None = None
    process: subprocess.Popen[bytes] | None = None
    watchdog: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            # The kernel sends the death signal when the starting thread ends, not the process.
            raise RuntimeError("children are started from the main thread only")
        parent = os.getpid()

        def die_with_parent() -> None:
            if libc is not None and LINUX:
                libc.prctl(PR_SET_PDEATHSIG, int(self.on_parent_death))
                if os.getppid() != parent:
                    os._exit(1)

        user, group = (self.account.user, self.account.group) if self.account else (None, None)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**inherited_environment(), **self.environment},
                cwd=self.directory,
                pass_fds=() if self.lock is None else (self.lock,),
                process_group=0,  # Ctrl-C reaches the parent only, which then stops its children in order
                preexec_fn=die_with_parent,
                user=user,
                group=group,
                extra_groups=[] if self.account else None,
            )
        if not LINUX:
            self.watch()

    def watch(self) -> None:
        self.watchdog = subprocess.Popen(
            [sys.executable, str(WATCHDOG), str(self.pid), str(int(self.on_parent_death))],
            stdin=subprocess.PIPE,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; after SIGKILL the process is gone when this returns."""
        if self.process is not None and self.running:
            self.process.send_signal(number)
            if number == signal.SIGKILL:
                self.ended()

    def stop(self, timeout_s: float = 15) -> None:
        """Ask it to end; after the timeout, kill it."""
        self.kill(self.on_stop)
        self.await_end(timeout_s)

    def await_end(self, timeout_s: float = 15) -> None:
        """Await the end of a process that was asked to; after the timeout, kill it."""
        try:
            self.ended(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def run(self) -> None:
        """Start a process that does one thing and await its success."""
        try:
            self.start()
            self.succeed()
        finally:
            self.kill()

    def succeed(self, timeout_s: float = 120) -> None:
        """Await the end of a process that does one thing; raises PlatformError when it failed."""
        try:
            code = self.ended(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise self.failure(f"did not finish within {timeout_s:.0f} s") from None
        if code != 0:
            raise self.failure(f"ended with exit code {code}")

    def ended(self, timeout_s: float | None = None) -> int:
        code = 0 if self.process is None else self.process.wait(timeout_s)
        if self.watchdog is not None:
            self.watchdog.kill()
            self.watchdog.wait()
            self.watchdog = None
        return code

    def failure(self, what: str) -> PlatformError:
        """What happened, where to read on, and the last lines of the log."""
        return PlatformError(f"{self.name} {what}: read its log {self.log}, which ends with\n{self.tail()}")

    def tail(self, lines: int = 20) -> str:
        with self.log.open(errors="replace") as text:
            return "".join(deque(text, lines)).rstrip() or "(nothing)"


def inherited_environment() -> dict[str, str]:
    """The caller's environment without our own settings: a child gets those that it is meant to have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HIRELOG_")}
