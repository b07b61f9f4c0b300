"""`./hirelog rebuild`: everything that a service derives from the log, anew, while it runs."""

from typing import Annotated, Any

import typer

from ops.databases import service_named
from ops.installation import Installation
from ops.operation import Bar, perform
from ops.terminal import DryRun, Json, run, say, write_json

Name = Annotated[str, typer.Argument(metavar="SERVICE")]
Processes = Annotated[int, typer.Option("--processes", min=1, max=64, help="How many share the work.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with one that was killed, where it stood.")]


def rebuild(
    service: Name, processes: Processes = 1, resume: Resume = False, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Folds the log from its beginning into new tables and swaps them in; readers see the old ones until then."""
    rebuilt = run(_rebuild(service, processes, resume, dry_run, as_json), as_json)
    if as_json:
        write_json({"service": service, **rebuilt})
        return
    done = "would be rebuilt" if dry_run else "rebuilt"
    for projection in rebuilt["projections"]:
        say(f"{projection['consumer']}: {', '.join(projection['tables'])} {done} from the log.")
    if rebuilt["read_models"]:
        say(f"{service}: {', '.join(rebuilt['read_models'])} {done} from its own streams.")
    if not rebuilt["projections"] and not rebuilt["read_models"]:
        say(f"{service} derives nothing from the log.")


async def _rebuild(name: str, processes: int, resume: bool, dry_run: bool, silent: bool) -> dict[str, Any]:
    service = service_named(Installation.read(), name)
    options = [option for option, given in (("--resume", resume), ("--dry-run", dry_run)) if given]
    with Bar(silent or dry_run) as report:
        return await perform(service, "rebuild", "--processes", str(processes), *options, report=report)
