"""The directory of one platform: its lock, its secrets, and where its parts can be reached."""

import base64
import fcntl
import json
import os
import secrets
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

from deploy.local.errors import PlatformError

ROOT = Path(__file__).resolve().parents[2]
NEEDED_BYTES = 500 * 1024 * 1024
DYING_S = 15


def default_directory() -> Path:
    return Path(os.environ.get("HIRELOG_STATE") or ROOT / ".hirelog").absolute()


class State:
    """Opened by one process at a time; raises PlatformError when another has it or nothing can be written."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.logs = self.directory / "logs"
        self.published: dict[str, object] = {}
        try:
            self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self.lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.acquire()
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> PlatformError:
        return PlatformError(
            f"The state directory {self.directory} cannot be written ({error.strerror}): free some space, "
            "correct its rights, or set HIRELOG_STATE to another directory."
        )

    def acquire(self) -> None:
        """Children hold the lock too: after a parent was killed, its last child may take a moment to go."""
        deadline = time.monotonic() + DYING_S
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(self.lock, 20, 0).decode().strip()
                if time.monotonic() < deadline and not alive(holder):
                    time.sleep(0.02)
                    continue
                os.close(self.lock)
                raise PlatformError(
                    f"Another instance (process {holder or 'unknown'}) is running on {self.directory}: stop it first, "
                    "or set HIRELOG_STATE to another directory."
                ) from None
            os.ftruncate(self.lock, 0)
            os.pwrite(self.lock, str(os.getpid()).encode(), 0)
            return

    def require_space(self) -> None:
        free = shutil.disk_usage(self.directory).free
        if free < NEEDED_BYTES:
            raise PlatformError(
                f"The disk of {self.directory} has {free // 2**20} MB free and {NEEDED_BYTES // 2**20} MB are needed: "
                "free some space, or set HIRELOG_STATE to a directory on another disk."
            )

    def release(self) -> None:
        for passing in ("state.json", "installation.json"):
            (self.directory / passing).unlink(missing_ok=True)
        os.close(self.lock)

    def secrets(self, *, postgres: set[str], kafka: set[str]) -> dict[str, Any]:
        """Kept in a file that only its owner reads; what is missing is made, what is there stays."""
        path = self.directory / "secrets.json"
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else new_secrets()
        for system, names in (("postgres", postgres), ("kafka", kafka)):
            passwords = known.setdefault(system, {})
            passwords.update({name: secrets.token_hex(16) for name in sorted(names - passwords.keys())})
        self.write("secrets.json", known)
        return known

    def publish(self, **parts: object) -> None:
        """Write state.json: addresses and process ids by part, never a secret."""
        self.published |= {"pid": os.getpid(), **parts}
        self.write("state.json", self.published)

    def write(self, name: str, content: dict[str, Any]) -> None:
        try:
            write_privately(self.directory / name, json.dumps(content, indent=2) + "\n")
        except OSError as error:
            raise self.unwritable(error) from error

    def log(self, name: str) -> Path:
        """A fresh log; the one of the last run is kept beside it."""
        path = self.logs / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".old.log"))
        path.touch()
        return path


def new_secrets() -> dict[str, Any]:
    return {
        "kafka_cluster": cluster_id(uuid.uuid4().bytes),
        "wrapping_keys": {"1": base64.b64encode(secrets.token_bytes(32)).decode()},
        "digest_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "slack_token": f"xoxb-{secrets.token_hex(16)}",
    }


def cluster_id(raw: bytes) -> str:
    """As Kafka writes its ids; one with a dash in front would be taken for an option of its formatting tool."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode().replace("-", "A", 1)


def write_privately(path: Path, text: str, owner: int | None = None) -> None:
    """Atomic, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if owner is not None:
        os.chown(temporary, owner, -1)
    temporary.replace(path)


def alive(pid: str) -> bool:
    """Whether a process does anything yet; one that has ended but was not collected by its parent does not."""
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except FileNotFoundError:
        # Gone in between; or a system without /proc.
        return not Path("/proc/self").exists()
