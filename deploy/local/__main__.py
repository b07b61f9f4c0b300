"""The platform on the command line: `up` runs it until Ctrl-C, `token` mints a token for it."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from deploy.local.children import Child
from deploy.local.errors import PlatformError
from deploy.local.platform import SERVICES, Platform
from deploy.local.services import Services
from deploy.local.state import default_directory


def main() -> int:
    arguments = parser().parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        if arguments.command == "token":
            print(token(arguments.state, arguments.subject, arguments.scope))
        else:
            up(arguments.state, () if arguments.bare else arguments.services)
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped before everything was ready.", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    top.add_argument("--state", type=Path, default=default_directory(), help="the state directory (HIRELOG_STATE)")
    commands = top.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="run Kafka, PostgreSQL and services until Ctrl-C")
    start.add_argument(
        "services", nargs="*", default=SERVICES, metavar="service", help=f"of {', '.join(SERVICES)}; all"
    )
    start.add_argument("--bare", action="store_true", help="Kafka and PostgreSQL only")
    mint = commands.add_parser("token", help="print a token for the running platform")
    mint.add_argument("--subject", required=True)
    mint.add_argument("--scope", default="", help="separated by spaces, e.g. backdate")
    return top


def up(state: Path, names: Iterable[str]) -> None:
    names = tuple(names)
    if unknown := set(names) - set(SERVICES):
        raise PlatformError(f"There is no service {', '.join(sorted(unknown))}: choose from {', '.join(SERVICES)}.")
    with Platform(state) as platform:
        print(f"Kafka       {platform.kafka}\nPostgreSQL  127.0.0.1:{platform.ports['postgres']}")
        if not names:
            watch(platform.children())
            return
        with Services(platform, names, live=True) as services:
            for name in services.running:
                print(f"{name:11} {services.url(name)}")
            watch(platform.children() | services.running, services.mend)


def watch(children: dict[str, Child], mend: Callable[[], None] = lambda: None) -> None:
    try:
        print("Ready. Ctrl-C stops everything; the data stays.", flush=True)
        while True:
            for child in children.values():
                if not child.running:
                    raise child.failure("ended unexpectedly, so the rest was stopped")
            mend()
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("Stopping.", flush=True)


def token(state: Path, subject: str, scope: str) -> str:
    from deploy.local.outside.issuer import mint  # noqa: PLC0415  `up` starts half a second sooner without it

    try:
        issuer: str = json.loads((state / "state.json").read_text())["outside"]["issuer"]
    except FileNotFoundError:
        raise PlatformError(f"Nothing runs on {state}: start it with `python -m deploy.local up` first.") from None
    return mint(state, issuer, subject, scope)


if __name__ == "__main__":
    sys.exit(main())
