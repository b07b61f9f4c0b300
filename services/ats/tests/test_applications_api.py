"""An application's way over HTTP: advanced, moved back, rejected, reopened, withdrawn, transferred, attributed."""

from typing import Any

import pytest

from services.ats.tests.hiring import applied, open_job, published
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

PROBLEM = "urn:hirelog:problem:"


@pytest.fixture
async def application(anybody: Api, posting: str) -> str:
    made: str = await applied(anybody, posting)
    return made


async def test_its_way_through_the_stages(recruiter: Api, application: str) -> None:
    path = f"/applications/{application}"
    began = await recruiter.get(path)
    assert (began["stage"], began["state"], began["source"]) == ("applied", "active", "careers_site")
    assert began["answers"] == {"permit": "yes"}
    await recruiter.post(f"{path}/advance", {"to_stage": "onsite"})
    await recruiter.post(f"{path}/move-back", {"to_stage": "screen", "reason_type": "mistake"})
    await recruiter.post(f"{path}/reject", {"reason_type": "we_rejected", "reason": "x", "note": "was late"})
    assert (await recruiter.get(path))["state"] == "rejected"
    await recruiter.post(f"{path}/reopen", {"why": "the other one declined"})
    await recruiter.post(f"{path}/withdraw", {"reason": "other_offer"})
    ended = await recruiter.get(path)
    assert (ended["stage"], ended["state"], ended["reason"]) == ("screen", "withdrawn", "other_offer")
    assert recruiter.last.headers["ETag"] == '"6"'


@pytest.mark.parametrize(
    ("move", "body", "status", "problem"),
    [
        ("advance", {"to_stage": "lead"}, 409, "not-forward"),
        ("advance", {"to_stage": "hired"}, 409, "hired-only-by-hire"),
        ("advance", {"to_stage": "lunch"}, 422, "unknown-stage"),
        ("move-back", {"to_stage": "onsite", "reason_type": "mistake"}, 409, "not-backward"),
        ("move-back", {"to_stage": "lead", "reason_type": "mood"}, 422, "invalid"),
        ("reject", {"reason_type": "mood", "reason": "x"}, 422, "invalid"),
        ("transfer", {"job_id": "0192f0c1-0000-7000-8000-000000000000", "stage": "screen"}, 404, "not-found"),
    ],
)
async def test_an_illegal_move_is_refused_and_writes_nothing(
    recruiter: Api, application: str, move: str, body: dict[str, Any], status: int, problem: str
) -> None:
    refused = await recruiter.post(f"/applications/{application}/{move}", body, status=status)
    assert refused["type"] == PROBLEM + problem
    await recruiter.get(f"/applications/{application}")
    assert recruiter.last.headers["ETag"] == '"1"'


async def test_a_stale_etag_is_refused_also_where_an_offer_would_be_declined_first(
    recruiter: Api, application: str
) -> None:
    path = f"/applications/{application}"
    await recruiter.post(f"{path}/advance", {"to_stage": "screen"})
    stale = await recruiter.post(f"{path}/withdraw", {"reason": "x"}, status=412, headers={"If-Match": '"1"'})
    assert stale["changed"] == ["ats.application.advanced"]
    await recruiter.post(f"{path}/withdraw", {"reason": "x"}, headers={"If-Match": '"2"'})


async def test_a_transfer_goes_on_in_the_other_job(
    recruiter: Api, application: str, members: dict[str, str], job: dict[str, Any]
) -> None:
    other = await open_job(recruiter, members, plan_id=job["plan_id"])
    await recruiter.post(f"/applications/{application}/transfer", {"job_id": other["id"], "stage": "screen"})
    moved = await recruiter.get("/applications", job_id=other["id"], stage="screen")
    assert [one["id"] for one in moved["items"]] == [application]
    assert (await recruiter.get("/applications", job_id=job["id"]))["items"] == []


async def test_nobody_has_two_applications_under_way_to_one_job(
    anybody: Api, recruiter: Api, application: str, posting: str, members: dict[str, str], job: dict[str, Any]
) -> None:
    assert (await applied(anybody, posting, status=409))["type"] == PROBLEM + "already-applied"
    other = await open_job(recruiter, members, plan_id=job["plan_id"])
    second = await applied(anybody, await published(recruiter, other))
    to_job = {"job_id": job["id"], "stage": "screen"}
    refused = await recruiter.post(f"/applications/{second}/transfer", to_job, status=409)
    assert refused["type"] == PROBLEM + "already-applied"
    await recruiter.post(f"/applications/{application}/reject", {"reason_type": "other", "reason": "x"})
    await recruiter.post(f"/applications/{second}/transfer", to_job)
    refused = await recruiter.post(f"/applications/{application}/reopen", status=409)
    assert refused["type"] == PROBLEM + "already-applied"


async def test_a_recruiter_enters_an_application_and_credits_it(
    recruiter: Api, job: dict[str, Any], members: dict[str, str]
) -> None:
    body = {
        "job_id": job["id"], "name": "Kim Example", "source": "referral", "stage": "screen",
        "credited_to": members["interviewer"],
    }  # fmt: skip
    entered = await recruiter.post("/applications", body, status=201)
    path = f"/applications/{entered['id']}"
    shown = await recruiter.get(path)
    assert (shown["stage"], shown["source"], shown["credited"]) == ("screen", "referral", "referral")
    assert shown["credited_to"] == members["interviewer"]
    await recruiter.post(f"{path}/attribute", {"view": "application", "new": "agency"})
    assert (await recruiter.get(path))["source"] == "agency"
    await recruiter.post(f"{path}/attribute", {"view": "credited", "new": "agency", "credited_to": job["id"]}, 404)
    await recruiter.post("/applications", {**body, "stage": "hired"}, status=409)


@pytest.mark.parametrize("job_is_internal", [False, True])
async def test_who_works_here_is_told_with_the_application_and_else_as_the_job_is_meant(
    recruiter: Api, members: dict[str, str], job_is_internal: bool
) -> None:
    job = await open_job(recruiter, members, internal=job_is_internal)
    for told in (None, True, False):
        body = {"job_id": job["id"], "name": "Kim Example", "source": "referral", "internal": told}
        entered = await recruiter.post("/applications", body, status=201)
        shown = await recruiter.get(f"/applications/{entered['id']}")
        assert shown["internal"] is (job_is_internal if told is None else told)


async def test_who_is_imported_may_stand_in_their_stage_since_nobody_knows_when(
    recruiter: Api, job: dict[str, Any]
) -> None:
    body = {"job_id": job["id"], "name": "Kim Example", "source": "agency", "stage": "onsite"}
    for said, shown in (({}, False), ({"entry_unknown": False}, False), ({"entry_unknown": True}, True)):
        entered = await recruiter.post("/applications", {**body, **said}, status=201)
        assert (await recruiter.get(f"/applications/{entered['id']}"))["entry_unknown"] is shown


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"entry_unknown": True}, "leave entry_unknown out, or name the later stage in which they stand"),
        ({"entry_unknown": True, "stage": "applied"},
         "leave entry_unknown out, or name the later stage in which they stand"),
        ({"entry_unknown": "yes", "stage": "onsite"}, "correct what is listed and send it again"),
    ],
)  # fmt: skip
async def test_since_when_who_begins_there_stands_there_is_known(
    recruiter: Api, job: dict[str, Any], said: dict[str, Any], told: str
) -> None:
    body = {"job_id": job["id"], "name": "Kim Example", "source": "agency", **said}
    refused = await recruiter.post("/applications", body, status=422)
    assert (refused["type"], refused["next_step"]) == (PROBLEM + "invalid", told)
    assert (await recruiter.get("/applications"))["items"] == []


@pytest.mark.parametrize("detail", ["", " ", "a" * 201, "North\nAgency", "North \u202eycnegA", "North\u200b", "\u3164"])
async def test_the_name_of_a_source_is_one_line_that_can_be_seen(
    recruiter: Api, job: dict[str, Any], detail: str
) -> None:
    body = {"job_id": job["id"], "name": "Kim Example", "source": "agency", "source_detail": detail}
    await recruiter.post("/applications", body, status=422)
    entered = await recruiter.post("/applications", {**body, "source_detail": " Nordstern Köln, 北京 "}, status=201)
    assert (await recruiter.get(f"/applications/{entered['id']}"))["source_detail"] == "Nordstern Köln, 北京"


@pytest.mark.parametrize("name", ["", "Kim\nExample", "Kim \u202eelpmaxE", "\u3164"])
async def test_a_name_entered_by_hand_is_one_line_that_can_be_seen(
    recruiter: Api, job: dict[str, Any], name: str
) -> None:
    body = {"job_id": job["id"], "name": name, "source": "agency"}
    refused = await recruiter.post("/applications", body, status=422)
    assert [field["field"] for field in refused["fields"]] == ["body.name"]
    assert (await recruiter.get("/candidates"))["items"] == []


async def test_when_it_was_submitted_is_when_it_happened(recruiter: Api, posting: str) -> None:
    at = "2026-01-05T09:00:00Z"
    form = {"name": "Kim Example", "email": "kim@example.com", "answers": {"permit": "yes"}}
    entered = await recruiter.post(f"/public/postings/{posting}/apply", form, occurred_at=at)
    assert (await recruiter.get(f"/applications/{entered['id']}"))["submitted_at"] == at


async def test_pages_and_filters_follow_each_other_without_overlap(
    anybody: Api, recruiter: Api, posting: str, job: dict[str, Any]
) -> None:
    made = [await applied(anybody, posting, f"Person {number}") for number in range(5)]
    await recruiter.post(f"/applications/{made[0]}/withdraw", {"reason": "x"})
    found: list[str] = []
    query: dict[str, Any] = {"job_id": job["id"], "state": "active", "limit": 2}
    while True:
        found += [one["id"] for one in (await recruiter.get("/applications", **query))["items"]]
        if "Link" not in recruiter.last.headers:
            break
        query["after"] = recruiter.last.headers["Link"].split("after=")[1].split(">")[0].split("&")[0]
    assert found == sorted(made[1:])


async def test_a_hiring_manager_sees_the_people_of_their_own_jobs_only(
    anybody: Api, recruiter: Api, application: str, members: dict[str, str], job: dict[str, Any]
) -> None:
    theirs = [{"role": "hiring_manager", "member": members["head"]}]
    other = await open_job(recruiter, members, plan_id=job["plan_id"], team=theirs)
    hidden = await applied(anybody, await published(recruiter, other), "Kim Example")
    manager = recruiter.as_("manager")
    assert [one["id"] for one in (await manager.get("/applications"))["items"]] == [application]
    assert [one["name"] for one in (await manager.get("/candidates"))["items"]] == ["Sam Example"]
    await manager.get(f"/applications/{application}")
    person = (await recruiter.get(f"/applications/{hidden}"))["person_id"]
    await manager.get(f"/applications/{hidden}", status=404)
    await manager.get(f"/candidates/{person}", status=404)
    assert len((await recruiter.get("/applications"))["items"]) == 2
    # The same person elsewhere: what they do there is nobody's business here.
    shared = (await recruiter.get(f"/applications/{application}"))["person_id"]
    elsewhere = await applied(anybody, await published(recruiter, other), "Sam Example")
    assert (await recruiter.get(f"/applications/{elsewhere}"))["person_id"] == shared
    assert [one["id"] for one in (await manager.get(f"/candidates/{shared}"))["applications"]] == [application]
    assert len((await recruiter.get(f"/candidates/{shared}"))["applications"]) == 2

    ended = {"role": "hiring_manager", "member": members["manager"]}
    ended |= {"since": "2025-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    await recruiter.post(f"/jobs/{job['id']}/team", ended)
    assert (await manager.get("/applications"))["items"] == []


async def test_roles_without_the_right_move_nothing(recruiter: Api, application: str) -> None:
    body = {"to_stage": "screen"}
    await recruiter.as_("manager").post(f"/applications/{application}/advance", body, status=403)
    await recruiter.as_("interviewer").get("/candidates", status=403)


async def test_notes_and_answers_stand_encrypted_in_the_store(ats: Wired, recruiter: Api, application: str) -> None:
    rejection = {"reason_type": "other", "reason": "x", "note": "a private remark"}
    await recruiter.post(f"/applications/{application}/reject", rejection)
    async with ats.store.database.connection() as connection:
        texts = await connection.fetch("SELECT data::text FROM events WHERE category IN ('application', 'candidate')")
        rows = await connection.fetch("SELECT candidates::text || applications::text FROM candidates, applications")
    assert len(texts) == 3
    for secret in ("a private remark", "permit", "Sam", "sam.example", "example.com"):
        assert all(secret not in text[0] for text in [*texts, *rows])
