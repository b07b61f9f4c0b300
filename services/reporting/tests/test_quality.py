"""Data quality on real PostgreSQL: a sound history is clean, each fault is found once, and who may look."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from services.reporting.projections.facts import CONSUMER
from services.reporting.projections.quality.catalogue import CHECKS
from services.reporting.tests.conftest import Keep, Tell, member
from services.reporting.tests.faults import FAULTS, Fault, sound
from services.reporting.tests.log import Log
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import ApplicationAdvanced
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.opening import OpeningFilled
from shared.events.crm.prospect import CandidateSourced
from shared.events.crm.touchpoint import TouchpointOpened, TouchpointSent
from shared.events.event import registry
from shared.kit.effects import Delivery, Projection
from shared.kit.faults import describe
from shared.kit.progress import Parking, Progress
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

SLOW = """
SELECT NULL::uuid AS event_id, NULL AS type, NULL AS stream, 1 AS version, 'a' AS topic, 0 AS partition,
    0::bigint AS "offset", NULL AS detail FROM pg_sleep(60)
"""


async def counts(lead: Api) -> dict[str, int]:
    return {check["id"]: check["count"] for check in (await lead.get("/quality"))["checks"] if check["count"] != 0}


async def test_a_sound_history_is_clean(lead: Api, tell: Tell) -> None:
    telling = Telling()
    sound(telling)
    await tell(telling.facts)
    assert await counts(lead) == {}


async def test_nothing_at_all_is_clean(lead: Api) -> None:
    assert await counts(lead) == {}


@pytest.mark.parametrize(("check", "fault", "detail"), FAULTS, ids=[check for check, *_ in FAULTS])
async def test_a_fault_is_found_once_and_only_by_its_check(
    check: str, fault: Fault, detail: str, lead: Api, tell: Tell
) -> None:
    telling = Telling()
    sound(telling)
    fault(telling)
    await tell(telling.facts)
    assert await counts(lead) == {check: 1}
    page = await lead.get(f"/quality/{check}")
    [found] = page["items"]
    assert detail in found["detail"]
    assert (page["title"], page["next_step"]) == (CHECKS[check].title, CHECKS[check].next_step)
    known = {str(fact.id): fact.event.wire_type for fact in telling.facts}
    assert known[found["event_id"]] == found["type"]


def test_every_check_has_a_fault_that_shows_it() -> None:
    elsewhere = {"missing-versions", "unknown-types", "unknown-versions", "parked", "discarded"}
    assert {check for check, *_ in FAULTS} | elsewhere == CHECKS.keys()


async def test_a_day_without_a_time_is_in_no_impossible_order(lead: Api, keep: Keep, log: Log) -> None:
    telling = Telling()
    telling(0.4, TouchpointSent, person_id="bob", touchpoint_id="t2", campaign=None)
    telling(0, TouchpointOpened, known=1, person_id="bob", touchpoint_id="t2", machine=False)
    sent, opened = await log.deliveries(telling.facts)
    await keep([sent, opened._replace(envelope=opened.envelope._replace(precision="day"))])
    assert await counts(lead) == {}


async def test_an_order_that_was_corrected_is_no_longer_impossible(lead: Api, tell: Tell) -> None:
    telling = Telling()
    telling(2, TouchpointSent, person_id="bob", touchpoint_id="t2", campaign=None)
    wrong = telling(1, TouchpointOpened, known=3, person_id="bob", touchpoint_id="t2", machine=False)
    await tell(telling.facts)
    assert await counts(lead) == {"before-its-stream": 1}
    correction = registry.get("crm.touchpoint.occurrence-corrected").model
    said: dict[str, Any] = {"person_id": "bob", "touchpoint_id": "t2", "event_id": wrong.id, "why": "wrong_day"}
    await tell([telling(4, correction, **said, old=at(1), new=at(2.5))])
    assert await counts(lead) == {}
    # The last one holds.
    await tell([telling(5, correction, **said, old=at(2.5), new=at(1.5))])
    assert await counts(lead) == {"before-its-stream": 1}


async def test_two_ids_of_one_human_are_no_other_person(lead: Api, tell: Tell) -> None:
    telling = Telling()
    sound(telling)
    telling(5, ApplicationAdvanced, person_id="anna", application_id="a1", from_stage="onsite", to_stage="onsite")
    await tell(telling.facts)
    assert await counts(lead) == {"another-person": 1}
    await tell([telling(9, CandidatesMerged, person_id="ann", merged="anna", application_map={})])
    assert await counts(lead) == {}


async def test_a_gap_in_a_stream_is_told_by_the_event_after_it(lead: Api, keep: Keep, log: Log) -> None:
    telling = Telling()
    sound(telling)
    told = await log.deliveries(telling.facts)
    gone = next(d for d in told if d.envelope.type == "crm.touchpoint.sent")
    await keep(d for d in told if d is not gone)
    assert await counts(lead) == {"missing-versions": 1}
    [found] = (await lead.get("/quality/missing-versions"))["items"]
    assert (found["detail"], found["stream"]) == ("version 1 is missing", gone.envelope.stream)
    assert (found["version"], found["topic"], found["partition"]) == (2, "crm.events", 0)


@pytest.fixture
def projection(reporting: Wired) -> Projection:
    effect = reporting.consumers[0].effect
    assert isinstance(effect, Projection)
    return effect


class Standstill:
    async def write(self, connection: asyncpg.Connection) -> None:
        pass

    open = write

    async def close(self, connection: asyncpg.Connection, unit: Any) -> None:
        pass


def retyped(delivery: Delivery, what: str) -> Delivery:
    return delivery._replace(envelope=delivery.envelope._replace(type=what))


async def test_an_event_of_an_unknown_type_is_noted_and_no_gap(lead: Api, log: Log, projection: Projection) -> None:
    telling = Telling()
    for _ in range(3):
        telling(0, CandidateSourced, person_id="ann", channel="event")
    first, second, third = await log.deliveries(telling.facts)
    strange = retyped(second, "crm.prospect.celebrated")
    assert projection.handles("crm.prospect.celebrated")
    for _ in range(2):
        await projection.apply([first, strange, third], Standstill())
    assert await counts(lead) == {"unknown-types": 1}
    [found] = (await lead.get("/quality/unknown-types"))["items"]
    assert (found["type"], found["offset"]) == ("crm.prospect.celebrated", second.record.offset)


async def test_a_batch_of_unknown_types_alone_is_no_fault(lead: Api, log: Log, projection: Projection) -> None:
    telling = Telling()
    telling(0, CandidateSourced, person_id="ann", channel="event")
    [only] = await log.deliveries(telling.facts)
    await projection.apply([retyped(only, "crm.prospect.celebrated")], Standstill())
    assert await counts(lead) == {"unknown-types": 1}


async def test_parked_events_are_counted_and_those_of_a_newer_version_apart(
    lead: Api, log: Log, reporting: Wired, projection: Projection
) -> None:
    telling = Telling()
    for name in ("ann", "bob", "cleo"):
        telling(0, CandidateSourced, person_id=name, channel="event")
    newer, behind, garbage = await log.deliveries(telling.facts)
    envelope = newer.envelope._replace(schema_version=9)
    newer = Delivery(_headed(newer, "ce_schemaversion", b"9"), envelope)
    with pytest.raises(ValueError, match="newer than known here") as error:
        await projection.apply([newer], Standstill())
    garbage.record.headers = (("ce_id", b"\xff\x00"),)
    await park(reporting, [
        Parking(newer.record, "failed", envelope.type, describe(error.value)),
        Parking(behind.record, "behind"),
        Parking(garbage.record, "not-an-event", alone=True),
    ])  # fmt: skip
    assert await counts(lead) == {"parked": 3, "unknown-versions": 1}
    [found] = (await lead.get("/quality/unknown-versions"))["items"]
    assert (found["event_id"], found["stream"]) == (str(envelope.id), envelope.stream)
    assert found["detail"] == "schema version 9, known is 1"
    told = (await lead.get("/quality/parked"))["items"]
    assert [one["type"] for one in told] == ["crm.prospect.sourced", "crm.prospect.sourced", None]
    assert told[0]["detail"].startswith("failed, Damaged: ")
    answer = await lead.get("/reports/hires")
    assert answer["behind"]["parked"] == 3
    assert "3 events are parked and not in these figures" in answer["behind"]["note"]


async def test_what_others_have_parked_is_not_ours(lead: Api, log: Log, reporting: Wired) -> None:
    telling = Telling()
    telling(0, CandidateSourced, person_id="ann", channel="event")
    [only] = await log.deliveries(telling.facts)
    await park(reporting, [Parking(only.record, "gap")], "reporting.another")
    assert await counts(lead) == {}


async def test_a_list_is_paged_in_the_order_of_the_log(lead: Api, tell: Tell) -> None:
    telling = Telling()
    for number in range(5):
        telling(number, OpeningFilled, opening_id=f"s{number}", application_id="a1", offer_id=f"o{number}")
    await tell(telling.facts)
    found, path = [], "/quality/filled-without-acceptance?limit=2"
    while path:
        found += [one["offset"] for one in (await lead.get(path))["items"]]
        link = lead.last.headers.get("Link", "")
        path = link.removeprefix("</v1").partition(">")[0]
    assert len(found) == 5
    assert found == sorted(set(found))


async def test_a_check_that_takes_too_long_says_so(
    lead: Api, monkeypatch: pytest.MonkeyPatch, reporting: Wired
) -> None:
    monkeypatch.setitem(CHECKS, "parked", replace(CHECKS["parked"], sql=SLOW))
    monkeypatch.setattr("services.reporting.api.quality.WITHIN_MS", 50)
    [told] = [check for check in (await lead.get("/quality"))["checks"] if check["id"] == "parked"]
    assert (told["count"], told["note"]) == (None, "counting took longer than 0.05 s")
    answer = await lead.get("/quality/parked", status=503)
    assert (answer["type"], lead.last.headers["Retry-After"]) == ("urn:hirelog:problem:takes-too-long", "60")
    # The time was for that statement alone.
    async with reporting.store.database.connection() as connection:
        assert await connection.fetchval("SHOW statement_timeout") == "0"


async def test_an_unknown_check_is_refused_with_those_there_are(lead: Api) -> None:
    assert "before-its-stream, accepted-before-extended" in (await lead.get("/quality/vibes", status=404))["next_step"]


@pytest.mark.parametrize(("role", "status"), [
    ("admin", 200), ("ops", 200), ("lead", 200), ("recruiter", 403), ("hiring_manager", 403), ("hr", 403),
])  # fmt: skip
async def test_quality_is_for_who_can_do_something_about_it(role: str, status: int, anybody: Api, tell: Tell) -> None:
    await tell([member("somebody", role)])
    for path in ("/quality", "/quality/parked"):
        await anybody.as_("somebody").get(path, status=status)
        await anybody.get(path, status=401)


async def park(reporting: Wired, parkings: Iterable[Parking], consumer: str = CONSUMER) -> None:
    async with reporting.store.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO positions VALUES ($1, 'crm.events', 0, 0) ON CONFLICT DO NOTHING", consumer
        )
        await Progress(consumer, "crm.events", 0, 0, 9, parked=list(parkings)).write(connection)


def _headed(delivery: Delivery, name: str, value: bytes) -> Any:
    record = delivery.record
    record.headers = [(n, value if n == name else v) for n, v in record.headers]
    return record
