"""`./hirelog catch-up`: a database restored from an older copy takes back from Kafka what it lacks."""

from typing import Annotated, Any

import typer

from ops.databases import service_named
from ops.installation import Installation
from ops.operation import Bar, perform
from ops.terminal import DryRun, Json, run, say, write_json

Name = Annotated[str, typer.Argument(metavar="SERVICE")]


def catch_up(service: Name, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Inserts the service's own events that Kafka holds and its database lacks, with all that follows from them."""
    found = run(_catch_up(service, dry_run, as_json), as_json)
    if as_json:
        write_json({"service": service, **found})
        return
    come = "would come back" if dry_run else "came back"
    say(f"{service}: {found['compared']:,} records compared, {found['events']:,} events of {found['streams']:,} "
        f"streams {come}.")  # fmt: skip
    if found["events"] and not dry_run:
        say("What the lost database had not yet given to Kafka is gone, and so are its answers to repeated requests "
            "since the copy: tell the callers of that time to look before they repeat one.")  # fmt: skip
    if found["closed"] is None:
        say(f"{service} accepts writes.")


async def _catch_up(name: str, dry_run: bool, silent: bool) -> dict[str, Any]:
    service = service_named(Installation.read(), name)
    with Bar(silent) as report:
        return await perform(service, "catch-up", *(["--dry-run"] if dry_run else []), report=report)
