"""Interviews over HTTP: their scorecards follow them, and a timer ends them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.ats.tests.hiring import Hiring, in_days
from shared.kit.testing.api import Api
from shared.kit.timers import fire_due

HOUR = 1 / 24


def times(starts_in_days: float) -> dict[str, str]:
    return {"start": in_days(starts_in_days), "end": in_days(starts_in_days + HOUR), "zone": "Europe/Berlin"}


async def scheduled(hiring: Hiring, *panel: str, at: dict[str, str] | None = None, **when: Any) -> str:
    """The id of an interview tomorrow with these of the panel, named by subject."""
    body = {
        "application_id": await hiring.applicant(), "kind": "video", "place": "Room 1",
        "panel": [hiring.members[subject] for subject in panel], **(at or times(1)),
    }  # fmt: skip
    made: str = (await hiring.recruiter.post("/interviews", body, **when))["id"]
    return made


async def cards(hiring: Hiring, interview: str) -> dict[str, dict[str, Any]]:
    """Its newest scorecard by the interviewer's subject."""
    found = (await hiring.recruiter.get("/scorecards"))["items"]
    names = {member: subject for subject, member in hiring.members.items()}
    return {names[card["interviewer"]]: card for card in found if card["interview_id"] == interview}


async def shown(hiring: Hiring, interview: str) -> dict[str, Any]:
    found: dict[str, Any] = await hiring.recruiter.get(f"/interviews/{interview}")
    return found


async def test_a_scorecard_is_asked_of_each_of_the_panel_due_a_day_after_the_end(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer", "manager")
    meeting, asked = await shown(hiring, interview), await cards(hiring, interview)
    assert (meeting["state"], meeting["stage"], meeting["place"]) == ("scheduled", "applied", "Room 1")
    assert sorted(asked) == ["interviewer", "manager"]
    due = datetime.fromisoformat(meeting["end"]) + timedelta(days=1)
    assert {datetime.fromisoformat(card["due"]) for card in asked.values()} == {due}


async def test_due_times_move_with_it_and_the_panel_changes_with_it(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer", "manager")
    before = await cards(hiring, interview)
    panel = [hiring.members["interviewer"], hiring.members["head"]]
    move = {**times(2), "cause": "candidate", "panel": panel}
    await hiring.recruiter.post(f"/interviews/{interview}/reschedule", move)
    after = await cards(hiring, interview)
    moved = datetime.fromisoformat(after["interviewer"]["due"]) - datetime.fromisoformat(before["interviewer"]["due"])
    assert round(moved / timedelta(days=1), 3) == 1
    assert {subject: card["state"] for subject, card in after.items()} == {
        "interviewer": "requested", "manager": "waived", "head": "requested",
    }  # fmt: skip
    waived = (await hiring.ats.store.events(f"scorecard-{after['manager']['id']}"))[-1][1]
    assert waived.model_dump()["reason"] == "replaced"
    assert (await shown(hiring, interview))["schedule"] == 2


async def test_cancelling_waives_its_scorecards(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer", "manager")
    await hiring.recruiter.post(f"/interviews/{interview}/cancel", {"cause": "company", "note": "Position on hold"})
    assert {card["state"] for card in (await cards(hiring, interview)).values()} == {"waived"}
    assert await hiring.timers() == []


@pytest.mark.parametrize(("absent", "waived"), [(None, {"interviewer", "manager"}), ("manager", {"manager"})])
async def test_a_no_show_takes_the_completion_back_and_waives(
    hiring: Hiring, absent: str | None, waived: set[str]
) -> None:
    interview = await scheduled(hiring, "interviewer", "manager", at=times(-HOUR))
    await hiring.recruiter.post(f"/interviews/{interview}/complete")
    who = {"party": "interviewer", "interviewer": hiring.members[absent]} if absent else {"party": "candidate"}
    await hiring.recruiter.post(f"/interviews/{interview}/no-show", who)
    assert (await shown(hiring, interview))["state"] == "no_show"
    asked = await cards(hiring, interview)
    assert {subject for subject, card in asked.items() if card["state"] == "waived"} == waived


async def test_what_was_written_stays_when_the_interview_is_called_off(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer")
    card = (await cards(hiring, interview))["interviewer"]["id"]
    await hiring.recruiter.as_("interviewer").post(f"/scorecards/{card}/submit", {"recommendation": "yes"})
    await hiring.recruiter.post(f"/interviews/{interview}/cancel", {"cause": "company"})
    assert (await cards(hiring, interview))["interviewer"]["state"] == "submitted"


async def test_its_end_completes_it_once(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer", at=times(-2 * HOUR))
    store = hiring.ats.store
    assert sum(await asyncio.gather(fire_due(store), fire_due(store))) >= 1
    assert await fire_due(store) == 0
    assert (await hiring.happened(f"interview-{interview}")) == ["InterviewScheduled", "InterviewCompleted"]


async def test_nothing_fires_before_the_end(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer")
    assert await fire_due(hiring.ats.store) == 0
    assert (await shown(hiring, interview))["state"] == "scheduled"
    assert await hiring.timers() == ["interview-ends"]


async def test_history_is_completed_by_hand_and_sets_no_timer(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer", at=times(-9), occurred_at=in_days(-10))
    assert await hiring.timers() == []
    await hiring.recruiter.post(f"/interviews/{interview}/complete", occurred_at=in_days(-8))
    assert (await shown(hiring, interview))["state"] == "completed"


async def test_a_move_that_is_history_leaves_no_timer_of_the_old_end(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer", at=times(-2 * HOUR))
    move = {**times(3), "cause": "company"}
    await hiring.recruiter.post(f"/interviews/{interview}/reschedule", move, occurred_at=in_days(-1))
    assert await fire_due(hiring.ats.store) == 0
    assert (await shown(hiring, interview))["state"] == "scheduled"


async def test_who_is_invited_answers_for_themselves(hiring: Hiring) -> None:
    interview = await scheduled(hiring, "interviewer")
    path = f"/interviews/{interview}/respond"
    await hiring.recruiter.as_("interviewer").post(path, {"response": "accepted"})
    await hiring.recruiter.as_("manager").post(path, {"response": "declined"}, status=403)
    assert (await shown(hiring, interview))["responses"] == {hiring.members["interviewer"]: "accepted"}


async def test_a_rejected_application_gets_no_interview(hiring: Hiring) -> None:
    application = await hiring.applicant()
    rejection = {"reason_type": "we_rejected", "reason": "not_qualified"}
    await hiring.recruiter.post(f"/applications/{application}/reject", rejection)
    body = {
        "application_id": application, "kind": "video", "panel": [hiring.members["interviewer"]], **times(1),
    }  # fmt: skip
    refused = await hiring.recruiter.post("/interviews", body, status=409)
    assert refused["type"] == "urn:hirelog:problem:application-closed"
    assert (await hiring.recruiter.get("/interviews"))["items"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"panel": []},
        {"panel": ["01a20975-0000-7000-8000-000000000000"]},
        {"zone": "Europe/Atlantis"},
        {"zone": "../etc"},
        {"zone": "localtime"},
        {"end": "2020-01-01T00:00:00Z"},
        {"start": "2027-01-01T00:00:00"},
        {"end": "9999-12-31T23:59:59Z"},
        {"kind": "a\x00b"},
    ],
)
async def test_what_nobody_could_come_to_is_refused(hiring: Hiring, change: dict[str, Any]) -> None:
    body = {
        "application_id": await hiring.applicant(), "kind": "video", "panel": [hiring.members["interviewer"]],
        **times(1), **change,
    }  # fmt: skip
    refused = await hiring.recruiter.post("/interviews", body, status=422)
    assert refused["next_step"]
    assert (await hiring.recruiter.get("/scorecards"))["items"] == []


async def test_a_loop_is_several_interviews_with_one_id(hiring: Hiring) -> None:
    loop = "01a20975-0000-7000-8000-000000000001"
    application = await hiring.applicant()
    for start in (1, 1 + HOUR):
        body = {
            "application_id": application, "kind": "onsite", "panel": [hiring.members["interviewer"]],
            "loop_id": loop, **times(start),
        }  # fmt: skip
        await hiring.recruiter.post("/interviews", body, status=201)
    listed = (await hiring.recruiter.get("/interviews", application_id=application))["items"]
    assert [item["loop_id"] for item in listed] == [loop, loop]


async def test_a_hiring_manager_sees_those_of_their_jobs_and_their_own(hiring: Hiring, admin: Api) -> None:
    other = await admin.post("/team-members", {"subject": "other", "roles": ["hiring_manager"], "name": "Other"})
    theirs = await scheduled(hiring, "interviewer")
    hiring.members["other"] = other["id"]
    own = await scheduled(hiring, "other")
    assert len((await admin.as_("manager").get("/interviews"))["items"]) == 2
    assert [item["id"] for item in (await admin.as_("other").get("/interviews"))["items"]] == [own]
    await admin.as_("other").get(f"/interviews/{theirs}", status=404)


async def test_only_who_recruits_plans_interviews(hiring: Hiring, admin: Api) -> None:
    interview = await scheduled(hiring, "interviewer")
    for subject in ("interviewer", "manager", "finance"):
        await admin.as_(subject).post(f"/interviews/{interview}/cancel", {"cause": "company"}, status=403)
