"""Parked records: listed, shown whole, handled again while the service runs, taken out for good and yet kept."""

import getpass
import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from deploy.local.platform import Platform
from ops.tests.conftest import Hirelog, Log, differing, everything, parked, rows, until
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.personal import Clear
from shared.kit.context import new_id, now

FACTS, PROSPECTS = "reporting.facts", "ats.prospects"
NOISE = "SELECT * FROM parked WHERE consumer = 'reporting.facts' AND body = $1"


@pytest.fixture
async def late(platform: Platform, log: Log) -> UUID:
    """A stream whose second version came before its first: both are parked, by everybody who reads the topic."""
    key, versions = await log.campaign(2)
    await log.topic.publish(versions[1:])
    await log.topic.publish(versions[:1])
    await until(lambda: _parked(platform, FACTS, key, 2))
    await until(lambda: _parked(platform, PROSPECTS, key, 2))
    return key


@pytest.fixture
async def poison(platform: Platform, log: Log) -> UUID:
    """A body that fits no model, and a good event behind it."""
    key, versions = await log.campaign(2)
    bad = replace(versions[0].record, value=b'{"name": 7}')
    await log.topic.publish([versions[0]._replace(record=bad), versions[1]])
    await until(lambda: _parked(platform, FACTS, key, 2))
    return key


@pytest.fixture
async def noise(platform: Platform, log: Log) -> tuple[bytes, str]:
    """The body and the place of a record that is no event."""
    body = f"\0{uuid4()}".encode()
    await log.topic.put((b"\xff", body, [("ce_id", b"no id")]))

    async def found() -> bool:
        return len(await rows(platform, FACTS, NOISE, body)) == 1

    await until(found)
    [row] = await rows(platform, FACTS, NOISE, body)
    return body, f"crm.events[{row['partition']}]@{row['offset']}"


async def _parked(platform: Platform, consumer: str, key: UUID, records: int) -> bool:
    return len(await parked(platform, consumer, key)) == records


async def test_a_sequence_is_listed_with_its_first_reason_and_error(hirelog: Hirelog, late: UUID) -> None:
    listed = await hirelog("parked", "list", "--consumer", FACTS, "--json")
    [one] = [one for one in listed.json["parked"] if one["key"] == str(late)]
    assert (listed.code, one["records"], one["reason"], one["topic"]) == (0, 2, "gap", "crm.events")
    assert one["first_error"] == one["last_error"] == "version 2 came after 0"
    assert one.keys() == {
        "consumer", "topic", "key", "record", "since", "records", "reason", "first_error", "last_error",
    }  # fmt: skip
    tables = (await hirelog("parked", "list")).out
    assert f"{FACTS}  {late} on crm.events" in tables
    assert max(map(len, tables.splitlines())) <= 100


async def test_each_record_is_shown_whole(hirelog: Hirelog, poison: UUID) -> None:
    shown = (await hirelog("parked", "show", FACTS, str(poison), "--json")).json
    first, behind = shown["records"]
    assert (first["reason"], first["handler"], first["body"]) == ("failed", "crm.campaign.started", '{"name": 7}')
    assert "does not fit its model" in first["first_error"]
    assert (behind["reason"], behind["first_error"]) == ("behind", None)
    assert ["ce_streamversion", "2"] in behind["headers"]
    assert json.loads(behind["body"])["campaign_id"] == str(poison)
    for_people = (await hirelog("parked", "show", FACTS, str(poison))).out
    assert '{"name": 7}' in for_people
    assert f"ce_subject: campaign-{poison}" in for_people


async def test_a_redrive_settles_what_came_late_in_the_order_of_its_stream(
    hirelog: Hirelog, platform: Platform, late: UUID
) -> None:
    done = await hirelog("parked", "redrive", FACTS, str(late), "--json")
    [one] = done.json["redriven"]
    assert (done.code, one["settled"], one["left"], one["error"]) == (0, 2, 0, None)
    facts = await rows(platform, FACTS, "SELECT version FROM facts WHERE stream = $1", f"campaign-{late}")
    assert [row["version"] for row in facts] == [1, 2]
    assert await parked(platform, FACTS, late) == []
    assert await rows(platform, FACTS, "SELECT FROM parked_sequences WHERE key = $1", str(late).encode()) == []
    assert (await hirelog("parked", "redrive", PROSPECTS, "--all")).code == 0
    assert await parked(platform, PROSPECTS, late) == []


async def test_a_redrive_that_fails_again_notes_the_last_error_and_keeps_the_first(
    hirelog: Hirelog, platform: Platform, poison: UUID
) -> None:
    [first, _] = await parked(platform, FACTS, poison)
    await rows(platform, FACTS, "UPDATE parked SET last_error = 'of yesterday' WHERE key = $1", str(poison).encode())
    done = await hirelog("parked", "redrive", FACTS, str(poison), "--json")
    [one] = done.json["redriven"]
    assert (done.code, one["settled"], one["left"]) == (1, 0, 2)
    assert "does not fit its model" in one["error"]
    [now_first, behind] = await parked(platform, FACTS, poison)
    assert now_first["first_error"] == now_first["last_error"] == first["first_error"]
    assert behind["last_error"] == "of yesterday"
    assert now_first["body"] == first["body"]


async def test_a_discarded_record_is_kept_and_those_behind_it_can_be_redriven(
    hirelog: Hirelog, platform: Platform, poison: UUID
) -> None:
    [first, _] = await parked(platform, FACTS, poison)
    done = await hirelog("parked", "discard", FACTS, str(poison), "--reason", "typed by hand", "--json")
    assert done.json == {
        "consumer": FACTS, "dry_run": False, "reason": "typed by hand", "by": getpass.getuser(), "left": 1,
        "record": f"crm.events[{first['partition']}]@{first['offset']}", "stream": f"campaign-{poison}", "version": 1,
    }  # fmt: skip
    [kept] = await rows(platform, FACTS, "SELECT * FROM discarded WHERE key = $1", str(poison).encode())
    assert (kept["reason_discarded"], kept["discarded_by"]) == ("typed by hand", getpass.getuser())
    assert {name: kept[name] for name in first.keys()} == dict(first)  # noqa: SIM118  a record is no mapping
    assert (await hirelog("parked", "redrive", FACTS, str(poison))).code == 0
    facts = await rows(platform, FACTS, "SELECT version FROM facts WHERE stream = $1", f"campaign-{poison}")
    assert [row["version"] for row in facts] == [2]


async def test_a_rebuild_passes_by_what_was_discarded(
    hirelog: Hirelog, platform: Platform, poison: UUID, noise: tuple[bytes, str]
) -> None:
    body, place = noise
    await hirelog("parked", "discard", FACTS, str(poison), "--reason", "typed by hand")
    await hirelog("parked", "discard", FACTS, "--record", place, "--reason", "noise")
    await hirelog("parked", "redrive", FACTS, "--all")
    assert differing(await hirelog("verify", "reporting", "--rebuilt", "--json")) == []
    assert (await hirelog("rebuild", "reporting")).code == 0
    assert await parked(platform, FACTS, poison) == []
    assert await rows(platform, FACTS, NOISE, body) == []
    facts = await rows(platform, FACTS, "SELECT version FROM facts WHERE stream = $1", f"campaign-{poison}")
    assert [row["version"] for row in facts] == [2]


async def test_a_record_that_is_no_event_is_shown_in_hexadecimal_and_discarded_by_its_place(
    hirelog: Hirelog, platform: Platform, noise: tuple[bytes, str]
) -> None:
    body, place = noise
    listed = (await hirelog("parked", "list", "--consumer", FACTS, "--json")).json["parked"]
    assert place in [one["record"] for one in listed]
    [shown] = (await hirelog("parked", "show", FACTS, "--record", place, "--json")).json["records"]
    assert (shown["key"], shown["body"], shown["reason"]) == ("0xff", f"0x{body.hex()}", "not-an-event")
    again = await hirelog("parked", "redrive", FACTS, "--record", place)
    assert again.code == 1
    assert "ce_specversion is missing" in again.out
    assert (await hirelog("parked", "discard", FACTS, "--record", place, "--reason", "noise")).code == 0
    [kept] = await rows(platform, FACTS, "SELECT * FROM discarded WHERE body = $1", body)
    assert kept["key"] == b"\xff"
    assert await rows(platform, FACTS, NOISE, body) == []


async def test_a_hand_over_that_was_refused_takes_effect_when_it_is_redriven(
    hirelog: Hirelog, platform: Platform, log: Log
) -> None:
    person = new_id()
    event = ProspectHandedOver(
        person_id=person, hand_over_id=uuid4(), job_id=uuid4(), source="sourced", channel="linkedin", sourced=now(),
        name=Clear("Ada Example"), email=Clear("ada@example.com"), email_digest=None, phone=None, profile_url=None,
    )  # fmt: skip
    await log.topic.publish(await log.told(person, [event]))
    await until(lambda: _parked(platform, PROSPECTS, person, 1))
    refused = await hirelog("parked", "redrive", PROSPECTS, str(person))
    assert refused.code == 1
    assert "There is no job" in refused.out
    # The refusal is the service's own, so it had the keys, the store was open, and the reaction ran.
    assert (await hirelog("parked", "discard", PROSPECTS, str(person), "--reason", "no such job")).code == 0
    await hirelog("parked", "redrive", FACTS, "--all")


@pytest.mark.parametrize(
    "command",
    [("redrive", FACTS, "{key}"), ("redrive", FACTS, "--all"), ("discard", FACTS, "{key}", "--reason", "r")],
    ids=["redrive", "redrive all", "discard"],
)
async def test_a_dry_run_changes_nothing(
    hirelog: Hirelog, platform: Platform, late: UUID, command: tuple[str, ...]
) -> None:
    before = await everything(platform, "reporting")
    arguments = [part.format(key=late) for part in command]
    said = await hirelog("parked", *arguments, "--dry-run", "--json")
    assert (said.code, said.json["dry_run"]) == (0, True)
    assert "ould" in (await hirelog("parked", *arguments, "--dry-run")).out
    assert await everything(platform, "reporting") == before
