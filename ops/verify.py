"""`./hirelog verify`: whether stores, topics and tables agree with each other."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from ops import checks
from ops.checks import Finding
from ops.databases import service_named
from ops.installation import Installation
from ops.operation import Bar, perform
from ops.terminal import Json, run, say, table, write_json

Names = Annotated[list[str] | None, typer.Argument(metavar="[SERVICE...]", help="All unless some are named.")]
Rebuilt = Annotated[bool, typer.Option("--rebuilt", help="Also compare every derived table with its replay.")]
SHOWN = 5


def verify(services: Names = None, rebuilt: Rebuilt = False, as_json: Json = False) -> None:
    """Checks what can be checked without knowing what was asked for; ends with 1 where something is wrong."""
    findings, replays = run(_verify(services or [], rebuilt, as_json), as_json)
    tables = [{"service": name, **one} for name, replay in replays.items() for one in replay["tables"]]
    parked = [{"service": name, **one} for name, replay in replays.items() for one in replay["parked"]]
    if as_json:
        found = [asdict(finding) for finding in findings]
        write_json({"findings": found, **({"replayed": tables, "parked": parked} if rebuilt else {})})
    else:
        _show(findings, tables, parked)
    if findings or not all(one["equal"] for one in tables):
        raise typer.Exit(1)


async def _verify(names: Sequence[str], rebuilt: bool, silent: bool) -> tuple[list[Finding], dict[str, dict[str, Any]]]:
    installation = Installation.read()
    services = [service_named(installation, name) for name in names] or list(installation.services.values())
    findings = await checks.verify(installation, [service.name for service in services] if names else None)
    replays: dict[str, dict[str, Any]] = {}
    if rebuilt:
        with Bar(silent) as report:
            for service in services:
                replays[service.name] = await perform(service, "verify", report=report)
    return findings, replays


def _show(findings: Sequence[Finding], tables: list[dict[str, Any]], parked: list[dict[str, Any]]) -> None:
    for finding in findings:
        ids = ", ".join(finding.ids[:SHOWN]) + (f" and {len(finding.ids) - SHOWN} more" * (len(finding.ids) > SHOWN))
        say(f"{finding.service}: {finding.check}: {finding.what}{': ' if ids else '.'}{ids}")
    if not findings:
        say("The stores and the topics agree.")
    if tables:
        made = table("Compared with its replay", "service", "of", "table", "rows", "", numbers=frozenset({"rows"}))
        for one in tables:
            state = "equal" if one["equal"] else f"{one['differing']} DIFFER: {', '.join(one['ids'])}"
            made.add_row(one["service"], one["of"], one["table"], f"{one['rows']:,}", state)
        say("", made)
    for one in parked:
        if one["live"] != one["replay"]:
            say(f"{one['consumer']} has parked {one['live']} records and its replay {one['replay']}: redrive them.")
    different = sorted({one["service"] for one in tables if not one["equal"]})
    if different:
        say("", f"Mend it with {' and '.join(f'`./hirelog rebuild {name}`' for name in different)}.")
