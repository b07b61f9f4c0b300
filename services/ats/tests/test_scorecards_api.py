"""Scorecards over HTTP: each writes their own, and sees the others' only afterwards."""

from typing import Any

import pytest

from services.ats.tests.hiring import Hiring, in_days
from shared.kit.testing.api import Api

YES = {"recommendation": "yes", "ratings": [{"attribute": "craft", "score": 4}], "notes": "Answered what was asked."}


@pytest.fixture
async def cards(hiring: Hiring, admin: Api) -> dict[str, str]:
    """Scorecard id by the interviewer's subject, all of one application: two meetings, three people."""
    second = await admin.post("/team-members", {"subject": "second", "roles": ["interviewer"], "name": "Second"})
    hiring.members["second"] = second["id"]
    application = await hiring.applicant()
    for panel in (["interviewer", "manager"], ["second"]):
        body = {
            "application_id": application, "kind": "onsite", "panel": [hiring.members[one] for one in panel],
            "start": in_days(1), "end": in_days(1.1), "zone": "UTC",
        }  # fmt: skip
        await hiring.recruiter.post("/interviews", body)
    listed = (await hiring.recruiter.get("/scorecards", application_id=application))["items"]
    names = {member: subject for subject, member in hiring.members.items()}
    return {names[card["interviewer"]]: card["id"] for card in listed}


async def seen(api: Api, card: str) -> str | None:
    """The recommendation on a card as somebody sees it, the same in the list and alone."""
    [listed] = [item for item in (await api.get("/scorecards"))["items"] if item["id"] == card]
    alone = await api.get(f"/scorecards/{card}")
    assert alone == listed
    assert alone["hidden"] == (alone["recommendation"] is None)
    assert (alone["notes"], alone["ratings"]) == (
        (None, None) if alone["hidden"] else (YES["notes"], YES["ratings"])
    )  # fmt: skip
    recommendation: str | None = alone["recommendation"]
    return recommendation


async def test_others_words_are_hidden_until_the_own_ones_are_in(admin: Api, cards: dict[str, str]) -> None:
    await admin.as_("interviewer").post(f"/scorecards/{cards['interviewer']}/submit", YES)
    second = admin.as_("second")
    assert await seen(second, cards["interviewer"]) is None
    assert await seen(admin.as_("interviewer"), cards["interviewer"]) == "yes"
    await second.post(f"/scorecards/{cards['second']}/submit", YES)
    assert await seen(second, cards["interviewer"]) == "yes"


async def test_the_rule_holds_for_hiring_managers_who_interview_too(admin: Api, cards: dict[str, str]) -> None:
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", YES)
    manager = admin.as_("manager")
    assert await seen(manager, cards["second"]) is None
    await manager.post(f"/scorecards/{cards['manager']}/submit", YES)
    assert await seen(manager, cards["second"]) == "yes"


async def test_who_recruits_is_exempt(admin: Api, hiring: Hiring, cards: dict[str, str]) -> None:
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", YES)
    assert await seen(hiring.recruiter, cards["second"]) == "yes"


async def test_a_hiring_manager_who_does_not_interview_sees_all(
    admin: Api, hiring: Hiring, cards: dict[str, str]
) -> None:
    await hiring.recruiter.post(f"/scorecards/{cards['manager']}/waive", {"reason": "did_not_attend"})
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", YES)
    assert await seen(admin.as_("manager"), cards["second"]) == "yes"


async def test_an_interviewer_without_a_scorecard_on_the_application_sees_none(
    admin: Api, cards: dict[str, str]
) -> None:
    await admin.post("/team-members", {"subject": "third", "roles": ["interviewer"], "name": "Third"})
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", YES)
    assert (await admin.as_("third").get("/scorecards"))["items"] == []
    await admin.as_("third").get(f"/scorecards/{cards['second']}", status=404)


async def test_own_words_on_another_application_open_nothing(admin: Api, hiring: Hiring, cards: dict[str, str]) -> None:
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", YES)
    body = {
        "application_id": await hiring.applicant(), "kind": "video", "panel": [hiring.members["interviewer"]],
        "start": in_days(1), "end": in_days(1.1), "zone": "UTC",
    }  # fmt: skip
    interview = (await hiring.recruiter.post("/interviews", body))["id"]
    listed = (await hiring.recruiter.get("/scorecards", interviewer=hiring.members["interviewer"]))["items"]
    [elsewhere] = [card["id"] for card in listed if card["interview_id"] == interview]
    interviewer = admin.as_("interviewer")
    await interviewer.post(f"/scorecards/{elsewhere}/submit", YES)
    assert await seen(interviewer, cards["second"]) is None


async def test_a_scorecard_is_written_by_its_interviewer_or_by_who_recruits(
    admin: Api, hiring: Hiring, cards: dict[str, str]
) -> None:
    path = f"/scorecards/{cards['second']}/submit"
    refused = await admin.as_("interviewer").post(path, YES, status=403)
    assert refused["type"] == "urn:hirelog:problem:not-your-scorecard"
    await hiring.recruiter.post(path, YES)
    card = await hiring.recruiter.get(f"/scorecards/{cards['second']}")
    assert (card["submitted_by"], card["interviewer"]) == (hiring.members["recruiter"], hiring.members["second"])


async def test_only_who_recruits_waives(admin: Api, cards: dict[str, str]) -> None:
    path = f"/scorecards/{cards['second']}/waive"
    await admin.as_("second").post(path, {"reason": "did_not_attend"}, status=403)
    await admin.as_("recruiter").post(path, {"reason": "did_not_attend"})
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", YES, status=409)


async def test_a_revision_is_the_second_submission(admin: Api, hiring: Hiring, cards: dict[str, str]) -> None:
    second = admin.as_("second")
    await second.post(f"/scorecards/{cards['second']}/revise", YES, status=409)
    await second.post(f"/scorecards/{cards['second']}/submit", YES)
    await second.post(f"/scorecards/{cards['second']}/revise", {**YES, "recommendation": "strong_yes"})
    assert await seen(second, cards["second"]) == "strong_yes"
    stream = f"scorecard-{cards['second']}"
    assert await hiring.happened(stream) == ["ScorecardRequested", "ScorecardSubmitted", "ScorecardRevised"]


async def test_what_is_written_stands_encrypted_in_the_store(admin: Api, hiring: Hiring, cards: dict[str, str]) -> None:
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", YES)
    async with hiring.ats.store.database.connection() as connection:
        stored = [
            row[0] for row in await connection.fetch("SELECT data::text FROM events WHERE category = 'scorecard'")
        ]
    assert len(stored) == 4
    assert all("Answered" not in text and "craft" not in text for text in stored)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"recommendation": "maybe"},
        {**YES, "ratings": [{"attribute": "craft", "score": 6}]},
        {**YES, "notes": "a\x00b"},
        {**YES, "interviewer": "01a20975-0000-7000-8000-000000000000"},
    ],
)
async def test_what_makes_no_sense_is_refused(admin: Api, cards: dict[str, str], body: dict[str, Any]) -> None:
    await admin.as_("second").post(f"/scorecards/{cards['second']}/submit", body, status=422)
