"""The ports of one platform: free ones, or fixed ones by setting."""

import os
import random
import socket
from contextlib import ExitStack

from deploy.local.errors import PlatformError

NAMES = (
    "kafka", "kafka_controller", "kafka_behind", "postgres", "outside", "smtp", "ats", "crm", "notifier", "reporting",
)  # fmt: skip
# Below the range that the kernel hands to outgoing connections, which could take a port before its server binds it.
LOWEST, HIGHEST = 15_000, 32_000
ATTEMPTS = 200


def choose() -> dict[str, int]:
    """A port per name; HIRELOG_<NAME>_PORT fixes one. Raises PlatformError when a fixed one is taken."""
    with ExitStack() as held:
        fixed = {name: fixed_port(name, held) for name in NAMES if os.environ.get(setting(name))}
        return {name: fixed[name] if name in fixed else free_port(held) for name in NAMES}


def setting(name: str) -> str:
    return f"HIRELOG_{name.upper()}_PORT"


def fixed_port(name: str, held: ExitStack) -> int:
    value = os.environ[setting(name)]
    if not value.isdecimal() or not 0 < int(value) < 65_536:
        raise PlatformError(
            f"{setting(name)} is {value!r}, which is no port: set a number from 1 to 65535, or unset it."
        )
    try:
        hold(int(value), held)
    except OSError as error:
        raise PlatformError(
            f"Port {value} ({setting(name)}) cannot be used ({error.strerror}): stop what uses it, set another port, "
            "or unset the setting to get a free one."
        ) from None
    return int(value)


def free_port(held: ExitStack) -> int:
    for port in random.sample(range(LOWEST, HIGHEST), ATTEMPTS):
        try:
            hold(port, held)
        except OSError:
            continue
        return port
    raise PlatformError(f"No free port was found between {LOWEST} and {HIGHEST}: stop some servers and start again.")


def hold(port: int, held: ExitStack) -> None:
    bound = held.enter_context(socket.socket())
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
