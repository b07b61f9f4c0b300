"""A prospect's way over HTTP: sourced once, changed, handed over, returned."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

ADA = {
    "name": "Ada Example", "channel": "linkedin", "email": "Ada@Example.com", "phone": "+49 30 1", "country": "DE",
    "skills": ["python"], "tags": ["berlin"], "profile_url": "https://profiles.example/ada",
}  # fmt: skip


@pytest.fixture
async def ada(sourcer: Api) -> str:
    made: str = (await sourcer.post("/prospects", ADA, status=201, occurred_at="2026-01-05T09:00:00Z"))["id"]
    return made


async def handed_over(crm: Wired, person_id: str) -> list[Any]:
    events = await crm.store.events(f"prospect-{person_id}")
    return [event for envelope, event in events if envelope.type == "crm.prospect.handed-over"]


async def test_a_sourced_person_is_shown_with_sourcer_and_contact(sourcer: Api, ada: str) -> None:
    found = await sourcer.get(f"/prospects/{ada}")
    assert {name: found[name] for name in ADA} == ADA
    assert found["sourcer"] == found["owner"] is not None
    assert found["sourced"] == "2026-01-05T09:00:00Z"
    assert (found["version"], found["hand_overs"]) == (1, [])


async def test_the_same_address_again_is_refused_and_names_who_has_it(sourcer: Api, ada: str) -> None:
    again = await sourcer.post("/prospects", {**ADA, "name": "A. E.", "email": " ada@EXAMPLE.com "}, status=409)
    assert again["type"] == "urn:hirelog:problem:already-sourced"
    assert again["prospect_id"] == ada
    assert len((await sourcer.get("/prospects"))["items"]) == 1


async def test_of_two_who_source_one_person_at_once_one_is_first(sourcer: Api) -> None:
    async def once() -> httpx.Response:
        api = sourcer.as_("sourcer")
        with suppress(AssertionError):
            await api.post("/prospects", ADA)
        return api.last

    answers = {answer.status_code: answer.json() for answer in await asyncio.gather(once(), once())}
    assert answers[409]["prospect_id"] == answers[201]["id"]


async def test_without_an_address_nobody_is_taken_for_somebody_else(sourcer: Api) -> None:
    for _ in range(2):
        await sourcer.post("/prospects", {"name": "Ada Example", "channel": "event"}, status=201)


async def test_a_new_address_is_recognised_and_the_old_one_is_free_again(sourcer: Api, ada: str) -> None:
    path = f"/prospects/{ada}/update"
    await sourcer.post(path, {"email": "new@example.com", "tags": ["berlin", "senior"], "phone": None})
    found = await sourcer.get(f"/prospects/{ada}")
    assert (found["email"], found["tags"], found["phone"]) == ("new@example.com", ["berlin", "senior"], None)
    await sourcer.post("/prospects", {**ADA, "email": "new@example.com"}, status=409)
    other = (await sourcer.post("/prospects", ADA, status=201))["id"]
    refused = await sourcer.post(f"/prospects/{other}/update", {"email": "new@example.com"}, status=409)
    assert refused["prospect_id"] == ada
    await sourcer.post(path, {"email": "NEW@example.com"})
    await sourcer.post(path, {"email": None})
    await sourcer.post(f"/prospects/{other}/update", {"email": "new@example.com"})


async def test_nothing_personal_stands_readable_in_the_database(crm: Wired, sourcer: Api, ada: str) -> None:
    async with crm.store.database.connection() as connection:
        events = await connection.fetchval("SELECT string_agg(data::text, ' ') FROM events")
        rows = await connection.fetchval("SELECT string_agg(p::text, ' ') FROM prospects p")
    assert not [said for said in ("Ada", "ada@", "+49", "python", "berlin") if said in events + rows]


async def test_the_list_is_filtered_by_channel_and_owner(sourcer: Api, ada: str) -> None:
    owner = str(uuid4())
    other = (await sourcer.post("/prospects", {"name": "Bo", "channel": "event", "owner": owner}))["id"]
    assert [item["id"] for item in (await sourcer.get("/prospects", channel="linkedin"))["items"]] == [ada]
    assert [item["name"] for item in (await sourcer.get("/prospects", owner=owner))["items"]] == ["Bo"]
    assert [item["id"] for item in (await sourcer.get("/prospects"))["items"]] == [ada, other]


async def test_a_hand_over_carries_source_contact_and_history(crm: Wired, sourcer: Api, ada: str, job: str) -> None:
    call = {"kind": "call", "channel": "phone", "note": "Wants to move"}
    await sourcer.post(f"/prospects/{ada}/touchpoints", call, occurred_at="2026-02-02T09:00:00Z")
    await sourcer.post(
        f"/prospects/{ada}/touchpoints", {"kind": "replied", "channel": "inmail"}, occurred_at="2026-01-07T09:00:00Z"
    )
    at = "2026-02-03T09:00:00Z"
    receipt = await sourcer.post(f"/prospects/{ada}/hand-over", {"job_id": job, "note": "Warm"}, occurred_at=at)
    assert receipt == {"id": ada, "version": 2}
    [event] = await handed_over(crm, ada)
    assert [(touch.kind, touch.occurred.isoformat()) for touch in event.history] == [
        ("replied", "2026-01-07T09:00:00+00:00"),
        ("call", "2026-02-02T09:00:00+00:00"),
    ]
    assert (event.email.value, event.source, event.note.value) == ("Ada@Example.com", "sourced", "Warm")
    assert event.sourced.isoformat() == "2026-01-05T09:00:00+00:00"
    shown = {"hand_over_id": str(event.hand_over_id), "job_id": job, "at": at}
    assert (await sourcer.get(f"/prospects/{ada}"))["hand_overs"] == [shown]


async def test_a_second_hand_over_to_a_job_or_one_to_an_unknown_job_is_refused(
    crm: Wired, sourcer: Api, ada: str, job: str
) -> None:
    unknown = await sourcer.post(f"/prospects/{ada}/hand-over", {"job_id": str(uuid4())}, status=409)
    assert unknown["type"] == "urn:hirelog:problem:job-not-open"
    await sourcer.post(f"/prospects/{ada}/hand-over", {"job_id": job})
    again = await sourcer.post(f"/prospects/{ada}/hand-over", {"job_id": job}, status=409)
    assert again["type"] == "urn:hirelog:problem:already-handed-over"
    await sourcer.post(f"/prospects/{uuid4()}/hand-over", {"job_id": job}, status=404)
    assert len(await handed_over(crm, ada)) == 1


async def test_who_was_not_hired_comes_back_with_a_medal(sourcer: Api, ada: str) -> None:
    back = {"application_id": str(uuid4()), "medal": "silver"}
    await sourcer.post(f"/prospects/{ada}/return", back)
    found = await sourcer.get(f"/prospects/{ada}")
    assert (found["returned"], found["source"]) == ([back], "rediscovered")


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("recruiter", 200, 201), ("lead", 200, 403), ("hiring_manager", 200, 403), ("ops", 403, 403),
     ("interviewer", 403, 403), ("stranger", 403, 403)],
)  # fmt: skip
async def test_each_role_does_what_it_may(admin: Api, role: str, reads: int, writes: int) -> None:
    api = admin.as_(role)
    await api.get("/prospects", status=reads)
    await api.post("/prospects", ADA, status=writes)


@pytest.mark.parametrize(
    "wrong",
    [{"nickname": "Ad"}, {"name": ""}, {"name": "A\x00da"}, {"email": "nobody"}, {"country": "Germany"},
     {"active": "perhaps"}, {"tags": ["x"] * 51}, {"channel": "a\x00b"}],
)  # fmt: skip
async def test_a_body_that_is_not_right_is_refused_and_writes_nothing(sourcer: Api, wrong: dict[str, Any]) -> None:
    refused = await sourcer.post("/prospects", {**ADA, **wrong}, status=422)
    assert refused["type"] == "urn:hirelog:problem:invalid"
    assert (await sourcer.get("/prospects"))["items"] == []


async def test_a_name_can_be_changed_and_not_be_emptied(sourcer: Api, ada: str) -> None:
    await sourcer.post(f"/prospects/{ada}/update", {"name": None}, status=422)
    await sourcer.post(f"/prospects/{ada}/update", {"name": ""}, status=422)
    await sourcer.post(f"/prospects/{ada}/update", {"name": "Ada E."})
    assert (await sourcer.get(f"/prospects/{ada}"))["name"] == "Ada E."
