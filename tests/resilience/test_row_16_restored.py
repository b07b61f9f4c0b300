"""Row 16: a database is put back to an older copy: noticed, closed for writing, caught up by the command. I1 I2 I4."""

import asyncio
import json
import os
import sys
from typing import Any

import asyncpg

from ops.installation import SETTING
from tests.resilience.commands import Commands
from tests.resilience.soundness import rebuilt_is_live, settled, sound
from tests.resilience.system import System, until

PROSPECT = {"name": "Kim Example", "channel": "linkedin"}


async def test_a_service_on_an_older_copy_refuses_to_write_until_the_command_has_caught_it_up(system: System) -> None:
    await settled(system)
    system.stop("crm")
    await as_superuser(system, "CREATE DATABASE older TEMPLATE crm OWNER crm")
    system.restart("crm")
    with Commands(system, "crm") as load:
        await load.go_on(30)
    await settled(system)
    system.stop("crm")
    await as_superuser(system, "DROP DATABASE crm", "ALTER DATABASE older RENAME TO crm")
    system.start("crm")
    await until(lambda: says_how_to_go_on(system), "the service to say that its database is an older copy")
    refused = await system.client().post(f"{system.url('crm')}/v1/prospects", json=PROSPECT)
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:hirelog:problem:read-only")

    assert (await hirelog(system, "catch-up", "crm", "--dry-run"))["events"] == load.answered
    assert await says_how_to_go_on(system)
    assert (await hirelog(system, "catch-up", "crm"))["events"] == load.answered
    await until(lambda: system.is_ready("crm"), "the service to open by itself")
    with Commands(system, "crm") as more:
        await more.go_on(10)
    await sound(system, load, more)
    await rebuilt_is_live(system)


async def as_superuser(system: System, *statements: str) -> None:
    connection = await asyncpg.connect(system.platform.admin_database_url())
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def says_how_to_go_on(system: System) -> bool:
    return "./hirelog catch-up crm" in str(await system.wrong("crm"))


async def hirelog(system: System, *arguments: str) -> Any:
    """What the real command line answers."""
    environment = {**os.environ, SETTING: str(system.platform.directory / "installation.json")}
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops", *arguments, "--json",
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await run.communicate()
    assert run.returncode == 0, (out, err)
    return json.loads(out)
