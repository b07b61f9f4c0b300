"""`tail` shows the log decoded and filtered, seals what is personal, and is not crashed by garbage."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from ops.decoded import decode
from ops.tests.conftest import Hirelog, Log
from ops.times import moment
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.personal import Clear
from shared.kit.context import new_id, now

Member = Callable[[str], UUID]


async def test_events_are_decoded_and_what_is_personal_stays_sealed(hirelog: Hirelog, log: Log) -> None:
    person = new_id()
    event = ProspectHandedOver(
        person_id=person, hand_over_id=uuid4(), job_id=uuid4(), source="sourced", channel="linkedin", sourced=now(),
        name=Clear("Ada Example"), email=Clear("ada@example.com"), email_digest=None, phone=None, profile_url=None,
    )  # fmt: skip
    [delivery] = await log.told(person, [event])
    await log.topic.publish([delivery])
    told = await hirelog("tail", "--person", str(person), "--json")
    [record] = told.json["records"]
    assert record["event"]["type"] == "crm.prospect.handed-over"
    assert record["event"]["id"] == str(delivery.envelope.id)
    assert record["body"]["name"] == record["body"]["email"] == "sealed"
    assert record["body"]["channel"] == "linkedin"
    assert record["at"].startswith("crm.events[")
    for_people = await hirelog("tail", "--person", str(person))
    assert f"{record['at']}  " in for_people.out
    assert max(map(len, for_people.out.splitlines())) <= 100
    correlation = record["event"]["correlation"]
    assert [one["at"] for one in (await hirelog("tail", "--correlation", correlation, "--json")).json["records"]] == [
        record["at"]
    ]
    # Of a type that this version does not know, what looks like ciphertext is sealed all the same.
    unknown = [(n, b"crm.prospect.of-the-future" if n == "ce_type" else v) for n, v in delivery.record.headers]
    assert decode(replace(delivery.record, headers=unknown))["body"]["name"] == "sealed"


async def test_filters_and_limits(hirelog: Hirelog, log: Log, member: Member) -> None:
    of, versions = await log.campaign(3)
    await log.topic.publish(versions)
    member("tailed")
    by_type = (await hirelog("tail", "--type", "crm.campaign", "--limit", "2", "--json")).json["records"]
    assert [(r["event"]["stream"], r["event"]["version"]) for r in by_type] == [
        (f"campaign-{of}", version) for version in (2, 3)
    ]
    assert (await hirelog("tail", "--type", "crm.campaign.start", "--json")).code == 1
    since = (await hirelog("tail", "--topic", "crm.events", "--since", "1h", "--limit", "1000", "--json")).json
    assert [r["event"]["version"] for r in since["records"] if r["key"] == str(of)] == [1, 2, 3]
    assert all(r["at"].startswith("crm.events") for r in since["records"])
    latest = (await hirelog("tail", "--limit", "1", "--topic", "ats.events", "--json")).json["records"]
    assert latest[0]["event"]["type"] == "ats.team-member.added"
    [at] = [r["at"] for r in since["records"] if r["key"] == str(of) and r["event"]["version"] == 3]
    offset = at.rpartition("@")[2]
    later = (await hirelog("tail", "--topic", "crm.events", "--from-offset", offset, "--limit", "1000", "--json")).json
    assert all(int(r["at"].rpartition("@")[2]) >= int(offset) for r in later["records"])
    assert at in [r["at"] for r in later["records"]]


async def test_garbage_is_shown_as_what_it_is(hirelog: Hirelog, log: Log) -> None:
    noise = uuid4()
    _, [version] = await log.campaign(1)
    await log.topic.put(
        (None, b"", []), (b"\xff\0", str(noise).encode(), [("ce_id", b"no id")]),
        (version.record.key, b"\xffno json", list(version.record.headers)),
    )  # fmt: skip
    told = await hirelog("tail", "--topic", "crm.events", "--json")
    garbage = [record for record in told.json["records"] if "garbage" in record]
    assert {(r["key"], r["body"]) for r in garbage} >= {
        (None, ""), ("0xff00", str(noise)), (version.envelope.key, "0x" + b"\xffno json".hex()),
    }  # fmt: skip
    assert "NOT AN EVENT" in (await hirelog("tail", "--topic", "crm.events")).out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", "2026-11-26T08:00:00+00:00"), ("90s", "2026-11-26T09:58:30+00:00"), ("1d", "2026-11-25T10:00:00+00:00"),
        ("2026-11-26T09:00", "2026-11-26T09:00:00+00:00"), ("2026-11-26T09:00+02:00", "2026-11-26T09:00:00+02:00"),
    ],
)  # fmt: skip
def test_moments_as_people_write_them(text: str, expected: str) -> None:
    assert moment(text, datetime(2026, 11, 26, 10, tzinfo=UTC)) == datetime.fromisoformat(expected)
