"""Consents, campaigns and touchpoints over HTTP: who is written to on which basis, and what came of it."""

from typing import Any
from uuid import uuid4

import pytest

from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

MAIL = {"kind": "sent", "channel": "email", "tracked": True}
CONSENT = {"purpose": "contact", "basis": "consent", "channel": "form"}


@pytest.fixture
async def bo(sourcer: Api) -> str:
    """A prospect without any consent."""
    made: str = (await sourcer.post("/prospects", {"name": "Bo", "channel": "social", "email": "bo@example.com"}))["id"]
    return made


@pytest.fixture
async def mail(sourcer: Api, bo: str) -> str:
    """A message to bo, who has consented."""
    await sourcer.post(f"/prospects/{bo}/consents", CONSENT, status=201)
    made: str = (await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, status=201))["id"]
    return made


async def touchpoints(api: Api, person_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.get(f"/prospects/{person_id}/touchpoints"))["items"]
    return found


async def test_without_a_basis_no_message_is_recorded_and_a_call_is(sourcer: Api, bo: str) -> None:
    refused = await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, status=409)
    assert refused["type"] == "urn:hirelog:problem:no-basis"
    assert refused["next_step"]
    await sourcer.post(f"/prospects/{bo}/touchpoints", {"kind": "call", "channel": "phone"}, status=201)
    assert [item["kind"] for item in await touchpoints(sourcer, bo)] == ["call"]


async def test_the_basis_counts_that_was_live_when_the_message_went(sourcer: Api, bo: str) -> None:
    until = {**CONSENT, "until": "2026-03-01T00:00:00Z"}
    await sourcer.post(f"/prospects/{bo}/consents", until, occurred_at="2026-01-01T09:00:00Z")
    await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, occurred_at="2026-02-01T09:00:00Z")
    await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, status=409, occurred_at="2026-03-01T09:00:00Z")
    [shown] = (await sourcer.get(f"/prospects/{bo}/consents"))["items"]
    assert (shown["purpose"], shown["basis"], shown["live"], shown["objected"]) == ("contact", "consent", False, False)


async def test_an_objection_beats_the_basis_that_stands(sourcer: Api, bo: str, mail: str) -> None:
    objection = {"purpose": "contact", "cause": "objected", "channel": "phone"}
    await sourcer.post(f"/prospects/{bo}/consents/end", objection)
    refused = await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, status=409)
    assert "objected" in refused["detail"]
    soft = {"purpose": "contact", "basis": "soft_opt_in", "channel": "shop"}
    assert (await sourcer.post(f"/prospects/{bo}/consents", soft, status=409))["type"].endswith(":objected")
    await sourcer.post(f"/prospects/{bo}/consents", CONSENT)
    await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, status=201)


async def test_a_complaint_is_an_objection_in_the_same_unit(crm: Wired, sourcer: Api, bo: str, mail: str) -> None:
    assert (await sourcer.post(f"/touchpoints/{mail}/complain"))["id"] == mail
    complained = (await crm.store.events(f"touchpoint-{mail}"))[-1][0]
    ended = (await crm.store.events(f"consent-{bo}"))[-1][0]
    assert (complained.type, ended.type) == ("crm.touchpoint.complained", "crm.consent.ended")
    assert complained.correlation == ended.correlation
    assert (await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, status=409))["type"].endswith(":no-basis")
    await sourcer.post(f"/touchpoints/{mail}/complain")
    assert len(await crm.store.events(f"consent-{bo}")) == 2


async def test_what_came_of_a_message_is_shown_with_it(sourcer: Api, bo: str, mail: str) -> None:
    await sourcer.post(f"/touchpoints/{mail}/open", {"machine": True})
    await sourcer.post(f"/touchpoints/{mail}/click", {"link": "job"})
    await sourcer.post(f"/touchpoints/{mail}/reply", {"sentiment": "positive", "text": "Gladly"})
    await sourcer.post(f"/touchpoints/{mail}/bounce", {"kind": "soft"})
    [shown] = await touchpoints(sourcer, bo)
    came = {name: shown[name] for name in ("opened", "clicked", "replied", "bounced", "complained")}
    assert came == {"opened": False, "clicked": ["job"], "replied": True, "bounced": "soft", "complained": False}
    assert (shown["message"], shown["tracked"]) == (mail, True)


async def test_a_message_of_a_campaign_names_its_enrolment_and_sender(
    crm: Wired, admin: Api, sourcer: Api, bo: str, mail: str
) -> None:
    recruiter = admin.as_("recruiter")
    campaign = (await recruiter.post("/campaigns", {"name": "Autumn"}, status=201))["id"]
    enrolment = (await sourcer.post(f"/campaigns/{campaign}/enrol", {"person_id": bo, "variant": "a"}, status=201))[
        "id"
    ]
    again = await sourcer.post(f"/campaigns/{campaign}/enrol", {"person_id": bo}, status=409)
    assert again["enrolment_id"] == enrolment
    step = {**MAIL, "campaign_id": campaign, "step": 1}
    sent = (await sourcer.post(f"/prospects/{bo}/touchpoints", step))["id"]
    [(_, event)] = await crm.store.events(f"touchpoint-{sent}")
    found = await recruiter.get(f"/campaigns/{campaign}")
    said = event.model_dump()
    assert str(said["enrolment"]) == enrolment
    assert (str(said["campaign"]), str(said["sender"]), said["step"]) == (campaign, found["sender"], 1)
    assert found["enrolled"] == 1
    assert [item["name"] for item in (await admin.as_("ops").get("/campaigns"))["items"]] == ["Autumn"]


async def test_a_campaign_or_person_that_is_not_there_is_not_found(sourcer: Api, bo: str, mail: str) -> None:
    campaign = (await sourcer.post("/campaigns", {"name": "Autumn"}))["id"]
    await sourcer.post(f"/campaigns/{campaign}/enrol", {"person_id": str(uuid4())}, status=404)
    await sourcer.post(f"/campaigns/{uuid4()}/enrol", {"person_id": bo}, status=404)
    await sourcer.post(f"/prospects/{bo}/touchpoints", {**MAIL, "campaign_id": str(uuid4())}, status=404)
    await sourcer.post(f"/prospects/{uuid4()}/consents", CONSENT, status=404)
    await sourcer.post(f"/prospects/{uuid4()}/touchpoints", {"kind": "note", "note": "?"}, status=404)
    await sourcer.get(f"/prospects/{uuid4()}/touchpoints", status=404)


async def test_an_answer_to_no_known_message_is_a_touchpoint_of_its_own(sourcer: Api, bo: str) -> None:
    reply = {"kind": "replied", "channel": "inmail", "sentiment": "neutral", "text": "Later"}
    of = (await sourcer.post(f"/prospects/{bo}/touchpoints", reply, status=201))["id"]
    [shown] = await touchpoints(sourcer, bo)
    assert (shown["kind"], shown["channel"], shown["text"], shown["replied"]) == ("replied", "inmail", "Later", True)
    assert (await sourcer.post(f"/touchpoints/{of}/bounce", {"kind": "hard"}, status=409))["type"].endswith(
        ":not-a-message"
    )


async def test_the_same_key_records_a_message_once(sourcer: Api, bo: str, mail: str) -> None:
    key = {"Idempotency-Key": "mail-2"}
    first = await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, headers=key)
    assert await sourcer.post(f"/prospects/{bo}/touchpoints", MAIL, headers=key) == first
    assert len(await touchpoints(sourcer, bo)) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "telepathy"}, {"kind": "call", "message": "M1"}, {**MAIL, "automatic": True}, {**MAIL, "step": 0},
     {"kind": "sent"}, {"kind": "note", "note": "a\x00b"}],
)  # fmt: skip
async def test_fields_that_don_t_belong_to_the_kind_are_refused(sourcer: Api, bo: str, wrong: dict[str, Any]) -> None:
    refused = await sourcer.post(f"/prospects/{bo}/touchpoints", wrong, status=422)
    assert refused["fields"]
    assert await touchpoints(sourcer, bo) == []
