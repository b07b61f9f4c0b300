"""The public form: who applies is recognised by their address, and is shown nothing."""

import asyncio
from typing import Any

import pytest

from services.ats.tests.hiring import applied, open_job, published
from shared.kit.testing.api import Api


async def test_the_same_address_is_the_same_candidate_with_the_application_before_linked(
    anybody: Api, recruiter: Api, posting: str
) -> None:
    first = await applied(anybody, posting, email="Sam@Example.com")
    await recruiter.post(f"/applications/{first}/reject", {"reason_type": "other", "reason": "x"})
    second = await applied(anybody, posting, email="  sam@example.COM ", links=["https://a.example/sam"])
    assert anybody.last.json() == {"id": second, "version": 1}
    await recruiter.post(f"/applications/{second}/withdraw", {"reason": "x"})
    third = await applied(anybody, posting, "Somebody Else", email="sam@example.com")
    before = [(await recruiter.get(f"/applications/{of}"))["prior_application"] for of in (first, second, third)]
    assert before == [None, first, second]
    [candidate] = (await recruiter.get("/candidates"))["items"]
    assert (candidate["name"], candidate["links"]) == ("Sam Example", ["https://a.example/sam"])
    shown = await recruiter.get(f"/candidates/{candidate['id']}")
    assert [one["id"] for one in shown["applications"]] == sorted([first, second, third])


async def test_first_applications_at_the_same_moment_make_one_candidate(
    anybody: Api, recruiter: Api, posting: str, members: dict[str, str], job: dict[str, Any]
) -> None:
    other = await published(recruiter, await open_job(recruiter, members, plan_id=job["plan_id"]))
    made = await asyncio.gather(*(applied(anybody.as_(""), of) for of in (posting, other)))
    assert len((await recruiter.get("/candidates"))["items"]) == 1
    people = {(await recruiter.get(f"/applications/{of}"))["person_id"] for of in made}
    assert len(people) == 1


async def test_of_two_applications_to_one_job_at_the_same_moment_one_is_refused(
    anybody: Api, recruiter: Api, posting: str
) -> None:
    apis = [anybody.as_("") for _ in range(4)]
    await asyncio.gather(*(applied(api, posting) for api in apis), return_exceptions=True)
    assert sorted(api.last.status_code for api in apis) == [201, 409, 409, 409]
    assert len((await recruiter.get("/applications"))["items"]) == 1


async def test_people_without_an_address_are_never_taken_for_each_other(recruiter: Api, job: dict[str, Any]) -> None:
    for _ in range(2):
        body = {"job_id": job["id"], "name": "Sam Example", "source": "agency"}
        await recruiter.post("/applications", body, status=201)
    assert len((await recruiter.get("/candidates"))["items"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody"},
        {"name": " "},
        {"links": ["javascript:alert(1)"]},
        {"answers": {}},
        {"answers": {"permit": "yes", "shoe": "42"}},
        {"source": "referral"},
        {"internal": True},
        {"entry_unknown": True},
        {"source_detail": "Sam Example told me"},
        {"name": "a\x00b"},
        {"name": "Sam\nExample", "email": "sam@example.com"},
        {"name": "Sam \u202eelpmaxE", "email": "sam@example.com"},
        {"name": "\u3164"},
        {"email": "sam\u202e@example.com"},
        {"phone": "123\u0007456"},
        {"links": ["https://a.example/\u202esam"]},
        {"role": "admin"},
    ],
)
async def test_a_form_that_is_not_right_writes_nothing(
    anybody: Api, recruiter: Api, posting: str, wrong: dict[str, Any]
) -> None:
    await applied(anybody, posting, status=422, **wrong)
    assert (await recruiter.get("/candidates"))["items"] == []


@pytest.mark.parametrize("name", ["Zoë O'Neill-Example", "علی\u200cرضا", "山田\u3000太郎"])  # noqa: RUF001
async def test_a_name_is_shown_as_it_was_written(anybody: Api, recruiter: Api, posting: str, name: str) -> None:
    await applied(anybody, posting, name, email="sam@example.com")
    assert [one["name"] for one in (await recruiter.get("/candidates"))["items"]] == [name]


async def test_who_applies_comes_from_where_the_posting_is_shown(
    anybody: Api, recruiter: Api, job: dict[str, Any]
) -> None:
    freely = {"job_id": job["id"], "board": "Job Board", "title": "Engineer"}
    [refused] = (await recruiter.post("/postings", freely, status=422))["fields"]
    assert (refused["field"], "such as job_board" in refused["problem"]) == ("body.board", True)
    applications = [await applied(anybody, await published(recruiter, job, board=board), board)
                    for board in ("careers_site", "job_board")]  # fmt: skip
    shown = [await recruiter.get(f"/applications/{of}") for of in applications]
    assert [(one["source"], one["source_detail"]) for one in shown] == [("careers_site", None), ("job_board", None)]


async def test_a_posting_is_as_internal_as_its_job_unless_it_says_so_and_who_applies_in_public_works_elsewhere(
    anybody: Api, recruiter: Api, members: dict[str, str]
) -> None:
    job = await open_job(recruiter, members, internal=True)
    hidden = await published(recruiter, job)
    await applied(anybody, hidden, status=404)
    shown = await applied(anybody, await published(recruiter, job, board="job_board", internal=False))
    assert (await recruiter.get(f"/applications/{shown}"))["internal"] is False


async def test_the_public_may_not_say_when_it_was(anybody: Api, posting: str) -> None:
    form = {"name": "Sam Example", "email": "sam@example.com", "answers": {"permit": "yes"}}
    path = f"/public/postings/{posting}/apply"
    await anybody.post(path, form, status=403, occurred_at="2026-01-05T09:00:00Z")
