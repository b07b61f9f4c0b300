"""A requisition's way over HTTP: drafted, submitted, voted on, approved or returned."""

import json
from typing import Any

import pytest

from services.ats.tests.hiring import TERMS
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired


@pytest.fixture
async def chain(admin: Api, members: dict[str, str]) -> str:
    body = {
        "name": "two of three, then finance",
        "subject": "requisition",
        "groups": [
            {"n": 2, "members": [members["manager"], members["head"], members["recruiter"]]},
            {"n": 1, "members": [members["finance"]]},
        ],
    }
    made: str = (await admin.post("/approval-chains", body))["id"]
    return made


@pytest.fixture
async def submitted(recruiter: Api, chain: str) -> dict[str, Any]:
    of = (await recruiter.post("/requisitions", TERMS, status=201))["id"]
    await recruiter.post(f"/requisitions/{of}/submit", {"chain_id": chain})
    found: dict[str, Any] = await recruiter.get(f"/requisitions/{of}")
    return found


async def vote(api: Api, approval: str, decision: str = "approved", status: int | None = None) -> None:
    await api.post(f"/approvals/{approval}/decide", {"decision": decision}, status=status)


async def test_it_is_approved_once_every_group_has_its_votes(admin: Api, submitted: dict[str, Any]) -> None:
    assert submitted["state"] == "submitted"
    round_ = submitted["approval_id"]
    await vote(admin.as_("manager"), round_)
    await vote(admin.as_("head"), round_)
    assert (await admin.get(f"/requisitions/{submitted['id']}"))["state"] == "submitted"
    await vote(admin.as_("finance"), round_)
    assert (await admin.get(f"/requisitions/{submitted['id']}"))["state"] == "approved"
    assert (await admin.get(f"/approvals/{round_}"))["outcome"] == "approved"


async def test_it_is_returned_once_a_group_can_no_longer_approve(admin: Api, submitted: dict[str, Any]) -> None:
    # The requester is the third member of the group and may not vote, so one rejection is enough.
    await vote(admin.as_("manager"), submitted["approval_id"], "rejected")
    assert (await admin.get(f"/requisitions/{submitted['id']}"))["state"] == "draft"


async def test_who_is_asked_later_has_to_wait(admin: Api, submitted: dict[str, Any]) -> None:
    await vote(admin.as_("finance"), submitted["approval_id"], status=403)
    assert admin.as_("finance")
    waiting = await admin.as_("manager").get("/approvals", state="open", waiting_for="me")
    assert [item["id"] for item in waiting["items"]] == [submitted["approval_id"]]


async def test_the_band_is_for_those_who_may_see_pay(admin: Api, submitted: dict[str, Any]) -> None:
    path = f"/requisitions/{submitted['id']}"
    assert (await admin.as_("finance").get("/requisitions"))["items"][0]["department"] == "Engineering"
    assert (await admin.as_("manager").get(path))["band"]["low"] == 6_000_000
    assert (await admin.as_("interviewer").get(path))["band"] is None


async def test_the_band_stands_encrypted_in_the_store(ats: Wired, submitted: dict[str, Any]) -> None:
    async with ats.store.database.connection() as connection:
        texts = await connection.fetch("SELECT data::text FROM events WHERE category = 'requisition'")
    assert texts
    assert all("6000000" not in row[0] for row in texts)


async def test_a_stale_etag_is_refused_and_says_what_changed(recruiter: Api, submitted: dict[str, Any]) -> None:
    path = f"/requisitions/{submitted['id']}/close"
    refused = await recruiter.post(path, {"reason": "cancelled"}, status=412, headers={"If-Match": '"1"'})
    assert refused["changed"] == ["ats.requisition.submitted"]
    await recruiter.post(path, {"reason": "cancelled"}, headers={"If-Match": '"2"'})


async def test_the_same_key_answers_as_the_first_time_and_does_it_once(recruiter: Api) -> None:
    key = {"Idempotency-Key": "once"}
    first = await recruiter.post("/requisitions", TERMS, headers=key)
    again = await recruiter.post("/requisitions", TERMS, headers=key)
    assert again == first
    assert len((await recruiter.get("/requisitions"))["items"]) == 1
    other = await recruiter.post("/requisitions", {**TERMS, "headcount": 3}, status=422, headers=key)
    assert other["type"] == "urn:hirelog:problem:idempotency-key-reused"


async def test_only_who_may_backdate_says_when_it_happened(admin: Api, recruiter: Api) -> None:
    await recruiter.post("/requisitions", TERMS, occurred_at="2026-01-05T09:00:00Z")
    await recruiter.post("/requisitions", TERMS, status=422, occurred_at="2999-01-01T00:00:00Z")
    await admin.as_("manager").post("/requisitions", TERMS, status=403, occurred_at="2026-01-05T09:00:00Z")


async def test_a_token_can_not_give_itself_what_no_role_gives(admin: Api, members: dict[str, str]) -> None:
    await admin.as_("interviewer", scope="requisitions:write").post("/requisitions", TERMS, status=403)


async def test_pages_follow_each_other_without_overlap(recruiter: Api) -> None:
    made = [(await recruiter.post("/requisitions", TERMS))["id"] for _ in range(3)]
    first = await recruiter.get("/requisitions", limit=2)
    link = recruiter.last.headers["Link"]
    after = link.split("after=")[1].split("&")[0].split(">")[0]
    second = await recruiter.get("/requisitions", limit=2, after=after)
    assert [item["id"] for item in first["items"] + second["items"]] == sorted(made)
    assert "Link" not in recruiter.last.headers


async def test_a_seat_in_a_group_that_is_asked_later_passes_to_the_successor_too(
    admin: Api, members: dict[str, str], submitted: dict[str, Any]
) -> None:
    await admin.post(f"/team-members/{members['finance']}/deactivate", {"successor": members["interviewer"]})
    await vote(admin.as_("manager"), submitted["approval_id"])
    await vote(admin.as_("head"), submitted["approval_id"])
    found = await admin.get(f"/approvals/{submitted['approval_id']}")
    assert (found["step"], found["waiting_for"]) == (2, [members["interviewer"]])


async def test_two_active_members_never_share_a_subject(admin: Api, members: dict[str, str]) -> None:
    body = {"subject": "finance", "roles": ["approver"], "name": "Another"}
    assert (await admin.post("/team-members", body, status=409))["type"].endswith("subject-taken")
    await admin.post(f"/team-members/{members['finance']}/deactivate")
    await admin.post("/team-members", body)


async def test_who_was_deactivated_before_is_not_asked_but_their_successor(
    recruiter: Api, chain: str, members: dict[str, str]
) -> None:
    admin = recruiter.as_("admin")
    await admin.post(f"/team-members/{members['finance']}/deactivate", {"successor": members["interviewer"]})
    of = (await recruiter.post("/requisitions", TERMS, status=201))["id"]
    await recruiter.post(f"/requisitions/{of}/submit", {"chain_id": chain})
    round_ = (await recruiter.get(f"/requisitions/{of}"))["approval_id"]
    assert (await recruiter.get(f"/approvals/{round_}"))["groups"][1]["seats"] == [members["interviewer"]]


@pytest.mark.parametrize(
    "odd",
    [{"level": "a\u0000b"}, {"level": "\ud800"}, {"band": {"low": 9, "high": 1, "currency": "EUR"}},
     {"band": {"low": 1, "high": 9, "currency": "zz"}}, {"headcont": 9}],
    ids=str,
)  # fmt: skip
async def test_what_can_not_be_meant_is_refused(recruiter: Api, odd: dict[str, Any]) -> None:
    content = json.dumps({**TERMS, **odd}).encode()
    await recruiter.send("POST", "/requisitions", 422, content=content)
