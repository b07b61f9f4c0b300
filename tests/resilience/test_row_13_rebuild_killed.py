"""Row 13: a rebuild under load is killed half-way and after its last record; live tables never notice. I4."""

import signal
from pathlib import Path

from deploy.local.children import Child
from tests.resilience.commands import Commands
from tests.resilience.soundness import rebuilt_is_live, sound
from tests.resilience.system import System, armed, until

SHARED = ("--processes", "2")
FACTS = "SELECT count(*), count(DISTINCT event_id) FROM facts"
FOLDED = 'SELECT count(*), min(xmin::text::bigint), max("offset") FROM shadow.facts'
OLDEST = "SELECT min(xmin::text::bigint) FROM facts"
BEHIND = """
SELECT p.stream FROM prospects r JOIN (SELECT stream, max(version) AS version FROM events GROUP BY 1) p
ON p.stream = 'prospect-' || r.id WHERE r.version <> p.version
"""


async def test_a_rebuild_that_is_killed_leaves_the_live_tables_alone_and_goes_on_where_it_stood(system: System) -> None:
    with Commands(system, "crm") as load:
        await load.go_on(30)
        await killed(system, "reporting", {"consumer.applied": "kill:4"})
        [(folded, oldest, _)] = await system.rows("reporting", FOLDED)
        assert folded > 0
        await load.go_on(10)
        await killed(system, "reporting", {"rebuild.folded": "kill"}, "--resume")
        [(all_folded, *_)] = await system.rows("reporting", FOLDED)
        assert all_folded > folded
        await load.go_on(10)
        await shows_reports(system)
        system.services.service("reporting", "rebuild", "--resume").run()
        # What the first one had folded was kept, and is live now.
        assert await system.rows("reporting", OLDEST) == [(oldest,)]
        await load.go_on(10)
    await sound(system, load)
    await rebuilt_is_live(system)


async def test_a_rebuild_that_is_shared_goes_on_after_a_share_is_killed_and_after_all_of_it_is(system: System) -> None:
    with Commands(system, "crm") as load:
        await load.go_on(30)
        # Its processes are armed as it is, and the first of them that comes so far dies.
        rebuilding = rebuild(system, "reporting", {"consumer.applied": "kill:3"}, *SHARED)
        rebuilding.start()
        assert rebuilding.ended() == 1
        assert "a process of the rebuild ended with -9" in rebuilding.tail()
        [(folded, oldest, _)] = await system.rows("reporting", FOLDED)
        assert folded > 0
        await load.go_on(10)
        rebuilding = rebuild(system, "reporting", {}, *SHARED, "--resume")
        rebuilding.start()
        await until(lambda: len(parts_of(rebuilding)) == 2, "two processes of the rebuild")
        shares = parts_of(rebuilding)
        rebuilding.kill()
        await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in shares), "the end of its processes")
        await shows_reports(system)
        system.services.service("reporting", "rebuild", *SHARED, "--resume").run()
        assert await system.rows("reporting", OLDEST) == [(oldest,)]
        await load.go_on(10)
    await sound(system, load)

    async def all_is_kept() -> bool:
        return not await system.rows("reporting", "SELECT FROM marks")

    await until(all_is_kept, "that nobody is left to be folded")
    await rebuilt_is_live(system)


async def test_read_models_that_are_rebuilt_while_they_are_written_miss_nothing(system: System) -> None:
    with Commands(system, "crm") as load:
        await load.go_on(20)
        rebuilding = rebuild(system, "crm", {})
        rebuilding.start()
        await load.go_on(5)
        rebuilding.kill()
        await load.go_on(5)
        await killed(system, "crm", {"rebuild.folded": "kill"})
        await load.go_on(5)
        system.services.service("crm", "rebuild").run()
        await load.go_on(10)
    assert await system.rows("crm", BEHIND) == []
    counted = "SELECT (SELECT count(*) FROM prospects), count(DISTINCT stream) FROM events WHERE category = 'prospect'"
    [(rows, streams)] = await system.rows("crm", counted)
    assert rows == streams
    await sound(system, load)


def parts_of(rebuilding: Child) -> list[str]:
    """Process ids."""
    return Path(f"/proc/{rebuilding.pid}/task/{rebuilding.pid}/children").read_text().split()


async def killed(system: System, name: str, failpoints: dict[str, str], *options: str) -> None:
    """A rebuild dies at a failpoint; what is live has lost nothing by it."""
    [before] = await system.rows("reporting", FACTS)
    rebuilding = rebuild(system, name, failpoints, *options)
    rebuilding.start()
    assert rebuilding.ended() == -signal.SIGKILL, rebuilding.tail()
    [after] = await system.rows("reporting", FACTS)
    assert after >= before


def rebuild(system: System, name: str, failpoints: dict[str, str], *options: str) -> Child:
    return armed(system.services.service(name, "rebuild", *options), failpoints)


async def shows_reports(system: System) -> None:
    await system.api("reporting").get("/reports/funnel")
