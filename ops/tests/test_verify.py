"""Derived tables against their replay, on a service that runs: equal, different, mended by a rebuild."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import asyncpg
import pytest

from deploy.local.platform import Platform
from deploy.local.services import Services
from ops import checks
from ops.checks import Finding
from ops.installation import Installation
from ops.tests.conftest import OF_THE_FUTURE, Hirelog, Log, differing, everything, rows, until
from shared.kit.brake import MOST_KEYS

Member = Callable[[str], UUID]


async def test_live_tables_equal_their_replay_though_the_log_grows_meanwhile(
    hirelog: Hirelog, platform: Platform, log: Log, member: Member
) -> None:
    member("verified")

    async def write() -> None:
        while True:
            _, versions = await log.campaign(2)
            await log.topic.publish(versions)

    async def facts() -> int:
        found: int = (await rows(platform, "reporting", "SELECT count(*) FROM facts"))[0][0]
        return found

    before, writing = await facts(), asyncio.create_task(write())
    try:
        told = await hirelog("verify", "--rebuilt", "--json")
        assert await facts() > before
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    assert differing(told) == []
    assert {(one["service"], one["of"]) for one in told.json["replayed"]} >= {
        ("ats", "read models"), ("crm", "read models"), ("crm", "crm.ats"), ("notifier", "notifier.ats"),
        ("reporting", "reporting.facts"),
    }  # fmt: skip
    [first] = [one for one in told.json["replayed"] if one["table"] == "facts"]
    assert first.keys() == {"service", "of", "table", "rows", "differing", "ids", "equal"}
    assert first["rows"] >= before
    left = await rows(platform, "reporting", "SELECT FROM positions WHERE consumer LIKE '%~%'")
    assert left == await rows(platform, "reporting", "SELECT FROM pg_namespace WHERE nspname = 'replay'") == []


async def test_a_row_that_was_changed_by_hand_is_named_and_a_rebuild_mends_it(
    hirelog: Hirelog, platform: Platform, log: Log
) -> None:
    of, versions = await log.campaign(2)
    await log.topic.publish(versions)
    stream = f"campaign-{of}"

    async def there() -> bool:
        return len(await rows(platform, "reporting", "SELECT FROM facts WHERE stream = $1", stream)) == 2

    await until(there)
    spoil = "UPDATE facts SET precision = 'day' WHERE stream = $1 AND version = 2 RETURNING event_id"
    [spoilt] = await rows(platform, "reporting", spoil, stream)
    told = await hirelog("verify", "reporting", "--rebuilt", "--json")
    [facts] = [one for one in told.json["replayed"] if one["table"] == "facts"]
    assert (told.code, facts["differing"], facts["ids"]) == (1, 1, [str(spoilt["event_id"])])
    for_people = await hirelog("verify", "reporting", "--rebuilt")
    assert "./hirelog rebuild reporting" in for_people.out
    rebuilt = await hirelog("rebuild", "reporting", "--json")
    assert rebuilt.json == {
        "service": "reporting", "dry_run": False,
        "read_models": ["snapshots", "schedules", "flags", "adverse_impact_snapshots"],
        "projections": [
            {"consumer": "reporting.facts", "tables": ["facts", "principals", "unknown_events"]},
            {"consumer": "reporting.self-identification", "tables": ["self_identifications"]},
        ],
    }  # fmt: skip
    assert differing(await hirelog("verify", "reporting", "--rebuilt", "--json")) == []


async def test_processes_that_share_a_rebuild_give_the_same_tables(
    hirelog: Hirelog, platform: Platform, log: Log, member: Member
) -> None:
    member("shared")
    for _ in range(5):
        await log.topic.publish((await log.campaign(2))[1])
    await rows(platform, "reporting", "UPDATE facts SET precision = 'day'")
    rebuilt = await hirelog("rebuild", "reporting", "--processes", "3")
    assert (rebuilt.code, rebuilt.out.count("rebuilt from the log")) == (0, 2)
    assert differing(await hirelog("verify", "reporting", "--rebuilt", "--json")) == []
    assert await rows(platform, "reporting", "SELECT FROM marks") == []


async def test_a_read_model_that_differs_from_its_streams_is_named(
    hirelog: Hirelog, platform: Platform, member: Member
) -> None:
    # A stream that only a newer version can show belongs to no table of this one.
    await rows(platform, "ats", OF_THE_FUTURE)
    of = member("spoilt")
    await rows(platform, "ats", "UPDATE principals SET active = false WHERE id = $1", of)
    told = await hirelog("verify", "ats", "--rebuilt", "--json")
    assert told.code == 1
    assert [(t["table"], t["ids"]) for t in told.json["replayed"] if not t["equal"]] == [("principals", [str(of)])]
    assert (await hirelog("rebuild", "ats", "--resume")).code == 0
    [row] = await rows(platform, "ats", "SELECT active FROM principals WHERE id = $1", of)
    assert row["active"] is True


async def test_a_rebuild_that_is_only_tried_changes_nothing(hirelog: Hirelog, platform: Platform) -> None:
    before = await everything(platform, "ats")
    told = await hirelog("rebuild", "ats", "--dry-run")
    assert told.code == 0
    assert "would be rebuilt" in told.out
    assert await everything(platform, "ats") == before


async def test_a_second_rebuild_waits_for_nobody_and_says_so(hirelog: Hirelog, platform: Platform) -> None:
    holding = await asyncpg.connect(platform.database_url("reporting"))
    try:
        await holding.execute("SELECT pg_advisory_lock(hashtextextended('operations', 0))")
        told = await hirelog("rebuild", "reporting")
    finally:
        await holding.close()
    assert (told.code, told.err.splitlines()[-1]) == (
        1, "Another rebuild or verify of reporting is running: try again when it is done.",
    )  # fmt: skip


async def test_what_the_checks_find_is_told_and_is_an_error(hirelog: Hirelog, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Finding("gapless", "ats", "a version is missing", ("job-1", "job-2"))

    async def verify(installation: Installation, services: list[str] | None) -> list[Finding]:
        assert services == ["ats"]
        return [found]

    monkeypatch.setattr(checks, "verify", verify)
    told = await hirelog("verify", "ats", "--json")
    assert (told.code, told.json) == (
        1, {"findings": [{"check": "gapless", "service": "ats", "what": found.what, "ids": ["job-1", "job-2"]}]},
    )  # fmt: skip
    assert (await hirelog("verify", "ats")).out == "ats: gapless: a version is missing: job-1, job-2\n"


async def test_many_late_sequences_that_were_redriven_keep_nobody_from_a_rebuild(
    hirelog: Hirelog, platform: Platform, services: Services, log: Log
) -> None:
    late = [(await log.campaign(2))[1] for _ in range(MOST_KEYS + 1)]
    consumer = "reporting.facts"

    async def parked() -> int:
        found = await rows(platform, consumer, "SELECT count(*) FROM parked_sequences WHERE consumer = $1", consumer)
        return int(found[0][0])

    before = await parked()
    await log.topic.publish([versions[1] for versions in late])
    await log.topic.publish([versions[0] for versions in late])

    async def all_parked() -> bool:
        return await parked() == before + len(late)

    await until(all_parked)
    for name in ("ats", "reporting"):  # the brake has stopped them
        services.restart(name)
    assert differing(await hirelog("verify", "reporting", "--rebuilt", "--json")) == []
    await hirelog("parked", "redrive", consumer, "--all")
    await hirelog("parked", "redrive", "ats.prospects", "--all")
    assert await parked() <= before
    assert differing(await hirelog("verify", "reporting", "--rebuilt", "--json")) == []
    assert (await hirelog("rebuild", "reporting")).code == 0
    assert await parked() <= before
