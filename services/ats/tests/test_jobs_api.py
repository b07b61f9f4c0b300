"""Jobs, their openings and postings over HTTP."""

import asyncio
from typing import Any

import pytest

from services.ats.tests.hiring import applied, approved_requisition, open_job, published
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

PROBLEM = "urn:hirelog:problem:"


async def test_a_job_opens_with_its_team_and_all_seats_in_one_unit(
    ats: Wired, recruiter: Api, job: dict[str, Any], members: dict[str, str]
) -> None:
    assert (job["state"], job["title"], job["department"], job["plan_version"]) == (
        "open",
        "Engineer",
        "Engineering",
        1,
    )
    assert [(mate["role"], mate["member"]) for mate in job["team"]] == [
        ("recruiter", members["recruiter"]),
        ("hiring_manager", members["manager"]),
    ]
    seats = (await recruiter.get("/openings", job_id=job["id"], state="open"))["items"]
    assert [seat["requisition_id"] for seat in seats] == [job["requisition_id"]] * 2
    async with ats.store.database.connection() as connection:
        clocks = await connection.fetchval(
            "SELECT count(DISTINCT metadata->>'correlation') FROM events WHERE category IN ('job', 'opening')"
        )
    assert clocks == 1


async def test_no_job_opens_without_an_approved_requisition(recruiter: Api, members: dict[str, str]) -> None:
    of = await approved_requisition(recruiter, members)
    plan = await recruiter.post("/stage-plans", {"name": "p", "stages": [
        {"id": "applied", "name": "Applied", "type": "screen"}, {"id": "hired", "name": "Hired", "type": "hired"},
    ]})  # fmt: skip
    body = {"requisition_id": of, "plan_id": plan["id"], "zone": "UTC"}
    await recruiter.post(f"/requisitions/{of}/hold", {"reason": "budget"})
    refused = await recruiter.post("/jobs", body, status=409)
    assert refused["type"] == PROBLEM + "requisition-not-approved"
    await recruiter.post("/jobs", {**body, "plan_id": of}, status=404)
    await recruiter.post("/jobs", {**body, "zone": "Mars/Olympus"}, status=422)
    await recruiter.post("/jobs", {**body, "salary": 1}, status=422)
    assert (await recruiter.get("/jobs"))["items"] == []


async def test_what_a_job_is_and_where_can_be_changed(ats: Wired, recruiter: Api, job: dict[str, Any]) -> None:
    path, stream = f"/jobs/{job['id']}", f"job-{job['id']}"
    changes = {
        "title": "Chemist", "department": "Lab", "location": "Graz", "zone": "Europe/Vienna", "country": "AT",
        "job_group": "science", "level": "L4", "internal": True, "evergreen": True, "over_offering": True,
    }  # fmt: skip
    at = "2026-01-05T09:00:00Z"
    written = await recruiter.post(f"{path}/update", changes, occurred_at=at)
    assert await recruiter.get(path) == {**job, **changes, "version": written["version"]}
    [listed] = (await recruiter.get("/jobs"))["items"]
    for name in ("title", "department", "location", "internal", "evergreen"):
        assert listed[name] == changes[name]
    *_, (told, _) = await ats.store.events(stream)
    assert (told.type, told.occurred.isoformat()) == ("ats.job.updated", "2026-01-05T09:00:00+00:00")

    again = await recruiter.post(f"{path}/update", changes)
    assert again["version"] == written["version"]
    await recruiter.post(f"{path}/update", {"country": None, "job_group": None, "level": None})
    emptied = await recruiter.get(path)
    assert (emptied["country"], emptied["job_group"], emptied["level"]) == (None, None, None)
    assert (emptied["location"], emptied["title"]) == ("Graz", "Chemist")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "nothing is given: give at least one of title, department, location, zone, country, job_group, level,"
             " internal, evergreen, over_offering"),
        ({"title": None}, "title can't be emptied"),
        ({"internal": None}, "internal can't be emptied"),
        ({"department": ""}, "String should have at least 1 character"),
        ({"internal": "yes"}, "Input should be a valid boolean"),
        ({"zone": "Mars/Olympus"}, "unknown zone 'Mars/Olympus': give an IANA name, such as UTC or Europe/Berlin"),
        ({"confidential": False}, "Extra inputs are not permitted"),
    ],
)  # fmt: skip
async def test_a_change_that_is_not_right_changes_nothing(
    recruiter: Api, job: dict[str, Any], body: dict[str, Any], problem: str
) -> None:
    refused = await recruiter.post(f"/jobs/{job['id']}/update", body, status=422)
    assert [field["problem"] for field in refused["fields"]] == [problem]
    assert await recruiter.get(f"/jobs/{job['id']}") == job


async def test_only_who_may_change_jobs_changes_one_and_none_that_is_closed(
    recruiter: Api, job: dict[str, Any]
) -> None:
    path, change = f"/jobs/{job['id']}", {"location": "Graz"}
    await recruiter.as_("manager").post(f"{path}/update", change, status=403)
    await recruiter.post(f"/jobs/{job['requisition_id']}/update", change, status=404)
    stale = await recruiter.post(f"{path}/update", change, status=412, headers={"If-Match": '"1"'})
    assert stale["type"] == PROBLEM + "stale"
    await recruiter.post(f"{path}/close", {"reason": "filled"})
    refused = await recruiter.post(f"{path}/update", change, status=409)
    assert (refused["type"], refused["next_step"]) == (PROBLEM + "job-not-open", "reopen the job first")
    assert (await recruiter.get(path))["location"] == "Berlin"


async def test_postings_stay_as_they_were_published_and_later_ones_are_as_the_job_is_then(
    anybody: Api, recruiter: Api, job: dict[str, Any]
) -> None:
    before = await published(recruiter, job)
    await recruiter.post(f"/jobs/{job['id']}/update", {"internal": True, "title": "Chemist"})
    await published(recruiter, job, board="job_board")
    shown = (await recruiter.get("/postings", job_id=job["id"]))["items"]
    assert [(one["title"], one["internal"]) for one in shown] == [("Engineer", False), ("Engineer", True)]
    assert [one["id"] for one in (await anybody.get("/public/postings"))["items"]] == [before]


async def test_seats_never_exceed_the_headcount(recruiter: Api, job: dict[str, Any]) -> None:
    path = f"/jobs/{job['id']}/openings"
    refused = await recruiter.post(path, {"kind": "new"}, status=409)
    assert refused["type"] == PROBLEM + "headcount-reached"
    [first, _] = (await recruiter.get("/openings", job_id=job["id"]))["items"]
    await recruiter.post(f"/openings/{first['id']}/close", {"reason": "budget"})
    replaced = await recruiter.post(path, {"kind": "replacement", "target_date": "2026-09-01"}, status=201)
    shown = await recruiter.get(f"/openings/{replaced['id']}")
    assert (shown["kind"], shown["state"], shown["target_date"]) == ("replacement", "open", "2026-09-01")
    states = [seat["state"] for seat in (await recruiter.get("/openings", job_id=job["id"]))["items"]]
    assert sorted(states) == ["closed", "open", "open"]


async def test_of_two_who_open_the_last_seat_at_once_one_is_refused(recruiter: Api, members: dict[str, str]) -> None:
    job = await open_job(recruiter, members, openings=1)
    path, both = f"/jobs/{job['id']}/openings", [recruiter.as_("recruiter") for _ in range(2)]
    await asyncio.gather(*(api.post(path, {"kind": "new"}) for api in both), return_exceptions=True)
    assert sorted(api.last.status_code for api in both) == [201, 409]
    assert len((await recruiter.get("/openings", job_id=job["id"]))["items"]) == 2


async def test_a_job_keeps_the_version_of_the_plan_that_it_was_opened_with(
    anybody: Api, recruiter: Api, job: dict[str, Any]
) -> None:
    stages = [{"id": "applied", "name": "Applied", "type": "screen"}, {"id": "end", "name": "End", "type": "hired"}]
    await recruiter.post(f"/stage-plans/{job['plan_id']}/publish", {"stages": stages})
    application = await applied(anybody, await published(recruiter, job))
    await recruiter.post(f"/applications/{application}/advance", {"to_stage": "onsite"})
    assert (await recruiter.get(f"/applications/{application}"))["stage"] == "onsite"


async def test_a_role_in_the_team_is_given_and_ended(
    recruiter: Api, job: dict[str, Any], members: dict[str, str]
) -> None:
    path, since = f"/jobs/{job['id']}/team", "2026-03-01T00:00:00Z"
    change = {"role": "interviewer", "member": members["interviewer"], "since": since}
    await recruiter.post(path, change)
    await recruiter.post(path, {**change, "until": "2026-04-01T00:00:00Z"})
    *_, last = (await recruiter.get(f"/jobs/{job['id']}"))["team"]
    assert (last["member"], last["since"], last["until"]) == (change["member"], since, "2026-04-01T00:00:00Z")
    await recruiter.post(path, {**change, "until": "2026-02-01T00:00:00Z"}, status=422)
    await recruiter.post(path, {**change, "member": job["id"]}, status=404)


@pytest.mark.parametrize("since", ["2020-03-01T00:00:00Z", "2099-03-01T00:00:00Z"])
async def test_since_when_somebody_has_a_role_is_recorded_when_it_is_said(
    recruiter: Api, job: dict[str, Any], members: dict[str, str], since: str
) -> None:
    path, given = f"/jobs/{job['id']}", {"role": "recruiter", "member": members["recruiter"]}
    same = await recruiter.post(f"{path}/team", given)
    assert (same["version"], (await recruiter.get(path))["team"]) == (job["version"], job["team"])
    said = await recruiter.post(f"{path}/team", {**given, "since": since})
    again = await recruiter.post(f"{path}/team", {**given, "since": since})
    assert (said["version"], again["version"]) == (job["version"] + 1, job["version"] + 1)
    *_, last = (await recruiter.get(path))["team"]
    assert last == {**given, "since": since, "until": None}


async def test_nobody_is_left_waiting_when_a_job_closes(anybody: Api, recruiter: Api, job: dict[str, Any]) -> None:
    posting = await published(recruiter, job)
    waiting = [await applied(anybody, posting, name) for name in ("Sam Example", "Kim Example")]
    path, closing = f"/jobs/{job['id']}/close", {"reason": "cancelled"}
    refused = await recruiter.post(path, closing, status=409)
    assert (refused["type"], refused["active"]) == (PROBLEM + "applications-undecided", 2)
    why = {"reason_type": "we_rejected", "reason": "position_cancelled"}
    await recruiter.post(path, {**closing, "disposition": why})
    etag = recruiter.last.headers["ETag"]
    assert (await recruiter.get(f"/jobs/{job['id']}"))["state"] == "closed"
    assert recruiter.last.headers["ETag"] == etag
    shown = [await recruiter.get(f"/applications/{of}") for of in waiting]
    assert [(one["state"], one["reason"]) for one in shown] == [("rejected", "position_cancelled")] * 2
    assert [one["state"] for one in (await recruiter.get("/postings", job_id=job["id"]))["items"]] == ["unpublished"]


async def test_a_closed_job_takes_nobody_until_it_opens_again_with_the_same_seats(
    anybody: Api, recruiter: Api, job: dict[str, Any]
) -> None:
    posting = await published(recruiter, job)
    application = await applied(anybody, posting)
    await recruiter.post(f"/applications/{application}/reject", {"reason_type": "other", "reason": "test"})
    await recruiter.post(f"/jobs/{job['id']}/close", {"reason": "filled"})
    seats = (await recruiter.get("/openings", job_id=job["id"]))["items"]

    form = {"job_id": job["id"], "name": "Kim Example", "source": "agency"}
    assert (await recruiter.post("/applications", form, status=409))["type"] == PROBLEM + "job-not-open"
    assert (await applied(anybody, posting, "Kim Example", status=409))["type"] == PROBLEM + "posting-unavailable"
    reopening = f"/applications/{application}/reopen"
    assert (await recruiter.post(reopening, status=409))["type"] == PROBLEM + "job-not-open"

    await recruiter.post(f"/jobs/{job['id']}/reopen")
    assert [one["id"] for one in (await recruiter.get("/jobs", state="open"))["items"]] == [job["id"]]
    assert (await recruiter.get("/openings", job_id=job["id"]))["items"] == seats
    await recruiter.post(reopening)
    await recruiter.post("/applications", form, status=201)


async def test_a_held_requisition_takes_its_postings_off_the_boards(
    anybody: Api, recruiter: Api, job: dict[str, Any]
) -> None:
    posting, held = await published(recruiter, job), f"/requisitions/{job['requisition_id']}"
    [shown] = (await anybody.get("/public/postings"))["items"]
    assert (shown["id"], shown["questions"][0]["id"]) == (posting, "permit")
    await recruiter.post(f"{held}/hold", {"reason": "budget"})
    assert (await anybody.get("/public/postings"))["items"] == []
    assert [one["state"] for one in (await recruiter.get("/postings"))["items"]] == ["paused"]
    assert (await applied(anybody, posting, status=409))["type"] == PROBLEM + "posting-paused"
    await recruiter.post(f"{held}/resume")
    await applied(anybody, posting)
    await recruiter.post(f"/postings/{posting}/unpublish")
    assert (await anybody.get("/public/postings"))["items"] == []


async def test_internal_postings_are_not_for_the_public(anybody: Api, recruiter: Api, job: dict[str, Any]) -> None:
    posting = await published(recruiter, job, internal=True)
    assert (await anybody.get("/public/postings"))["items"] == []
    await applied(anybody, posting, status=404)


async def test_the_title_of_a_confidential_job_is_for_those_who_may_see_pay(
    ats: Wired, recruiter: Api, members: dict[str, str]
) -> None:
    secret = await approved_requisition(recruiter, members, confidential=True, title="Head of Sales")
    job = await open_job(recruiter, members, requisition_id=secret)
    assert job["title"] == "Head of Sales"
    for title in ("Head of Sales", "Head of Trade"):
        await recruiter.post(f"/jobs/{job['id']}/update", {"title": title})
        assert (await recruiter.get(f"/jobs/{job['id']}"))["title"] == title
        assert (await recruiter.as_("interviewer").get(f"/jobs/{job['id']}"))["title"] is None
        assert [one["title"] for one in (await recruiter.get("/jobs"))["items"]] == [None]
    async with ats.store.database.connection() as connection:
        texts = await connection.fetch("SELECT data::text FROM events WHERE category = 'job'")
    assert not [text for text in texts if "Head of" in text[0]]
