"""Feedback: E7 of the worked examples, and each rule of its clock and of its states worked out by hand."""

from typing import Any
from uuid import UUID

import pytest

from shared.events.ats.interview import InterviewCancelled, InterviewNoShowRecorded
from shared.events.ats.scorecard import ScorecardRequested, ScorecardRevised, ScorecardSubmitted, ScorecardWaived
from shared.events.ats.team_member import TeamMemberUpdated
from tests.oracle.calendars import WEEKDAYS, Calendar, due, worked
from tests.oracle.feedback import scorecards
from tests.oracle.made_up.scribe import named
from tests.oracle.pasts import past
from tests.oracle.telling import (
    A1,
    END,
    J1,
    P1,
    U1,
    U2,
    Told,
    company,
    interview,
    member,
    moved,
    on,
    recruits,
    scorecard,
    submitted,
)

HOUR = 3_600_000_000
U3, U4 = named("U3"), named("U4")
I = {number: named(f"interview {number}") for number in range(1, 11)}  # noqa: E741
BERLIN = Calendar("Europe/Berlin", WEEKDAYS[:5], "DE-BE")


def of_interview(number: int = 1, version: int = 1) -> dict[str, Any]:
    return {"interview_id": I[number], "application_id": A1, "person_id": P1, "version": version}


def missed(number: int, party: str = "candidate", by: UUID | None = None, version: int = 1) -> InterviewNoShowRecorded:
    return InterviewNoShowRecorded.model_validate({**of_interview(number, version), "party": party, "interviewer": by})


def waived(number: int, by: UUID) -> ScorecardWaived:
    return ScorecardWaived.model_validate(
        {**scorecard(ScorecardWaived, I[number], by, reason="did_not_attend").model_dump()}
    )


@pytest.fixture
def e7() -> Told:
    told = company()
    told.on("01-01", member(U1, "Europe/Berlin", holidays="DE-BE"), member(U2, "America/New_York", holidays="US"))
    told.on("01-01", member(U3, "Asia/Riyadh", "sun mon tue wed thu", "SA"))
    told.on("01-01", member(U4, "Europe/Berlin", holidays="DE-BE"))
    ends = {
        1: (U1, "03-27 15:00"),
        2: (U2, "03-06 22:00"),
        3: (U1, "04-02 15:00"),
        4: (U3, "04-02 12:00"),
        5: (U4, "03-31 09:00"),
        6: (U4, "04-01 08:00"),
        7: (U2, "03-30 19:00"),
        8: (U1, "04-07 13:00"),
        9: (U4, "04-01 08:00"),
        10: (U3, "03-27 08:00"),
    }
    told.on("03-01 09:00", *(interview(I[number], by, end=end) for number, (by, end) in ends.items()))
    told.on("03-09 20:45", scorecard(ScorecardSubmitted, I[2], U2))
    told.on("03-29 12:00", moved(I[7], U2, end="04-01 19:00"))
    told.on("03-29 18:00", scorecard(ScorecardSubmitted, I[10], U3))
    told.on("03-30 14:30", scorecard(ScorecardSubmitted, I[1], U1))
    told.on("03-31 08:55", scorecard(ScorecardSubmitted, I[5], U4))
    told.on("04-01 08:20", missed(6))
    told.on("04-01 09:00", waived(9, U4))
    told.on("04-06 08:00", scorecard(ScorecardSubmitted, I[4], U3))
    told.on("04-07 10:00", scorecard(ScorecardSubmitted, I[3], U1))
    return told


def test_e7_due(e7: Told) -> None:
    told = {card.interview.last.interview_id: card.due for card in scorecards(past(e7.log, END, END))}
    expected = {
        1: "03-30 14:00",
        2: "03-09 21:00",
        3: "04-07 15:00",
        4: "04-05 12:00",
        7: "04-02 19:00",
        8: "04-08 13:00",
        10: "03-29 21:00",
    }
    assert {number: told[I[number]] for number in expected} == {number: on(day) for number, day in expected.items()}


def test_e7_rate(e7: Told) -> None:
    at_noon = e7.only("feedback-sla", as_of=on("04-08 12:00"))
    figures = {"late": 2, "missing": 1, "pending": 1, "no_show": 1, "waived": 1, "cancelled": 0}
    assert at_noon == {"group": {}, "rate": (4, 7), **figures}
    at_two = e7.only("feedback-sla", as_of=on("04-08 14:00"))
    assert at_two == {"group": {}, "rate": (4, 8), **figures, "missing": 2, "pending": 0}


def test_e7_overdue(e7: Told) -> None:
    row = e7.only("feedback-overdue", as_of=on("04-08 12:00"))
    assert row == {"group": {}, "n": 1, "working": 89 * HOUR, "elapsed": 137 * HOUR, "oldest": 137 * HOUR}
    # I8 was due at 13:00.
    later = e7.only("feedback-overdue", as_of=on("04-08 14:00"))
    assert (later["n"], later["working"], later["elapsed"]) == (2, 46 * HOUR, 70 * HOUR)
    assert later["oldest"] == 139 * HOUR


def test_none_is_overdue() -> None:
    row = company().only("feedback-overdue")
    assert row == {"group": {}, "n": 0, "working": None, "elapsed": None, "oldest": None}
    assert company().only("feedback-sla")["rate"] == (0, 0)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("03-26 22:59", "03-27 22:59"),  # Thursday 23:59, due a minute before the weekend
        ("03-26 23:00", "03-29 22:00"),  # Friday 00:00 in winter, Monday 00:00 in summer
        ("03-27 22:59", "03-30 21:59"),  # Friday 23:59
        ("03-27 23:00", "03-30 22:00"),  # Saturday 00:00: from Monday 00:00 on
        ("03-29 21:59", "03-30 22:00"),  # Sunday 23:59
        ("03-29 22:00", "03-30 22:00"),  # Monday 00:00
        ("04-03 10:00", "04-07 22:00"),  # Good Friday: from Tuesday after Easter on
        ("04-30 10:00", "05-04 10:00"),  # the day before the First of May, a Friday
    ],
)
def test_due_by_the_clock_on_the_wall_in_berlin(end: str, expected: str) -> None:
    assert due(BERLIN, on(end)) == on(expected)


def test_an_hour_that_the_clocks_take_or_give() -> None:
    always = Calendar("Europe/Berlin", WEEKDAYS)
    assert due(always, on("03-28 01:30")) == on("03-29 01:30")  # 02:30 does not exist on the 29th
    assert due(always, on("10-24 00:30")) == on("10-25 00:30")  # the first 02:30 of the 25th
    assert worked(always, on("03-28 23:00"), on("03-29 22:00")).total_seconds() == 23 * 3600


def test_a_member_never_heard_of_works_from_monday_to_friday_in_utc() -> None:
    told = company()
    told.on("03-01", interview(I[1], U1, end="04-03 12:00"))
    told.on("04-06 11:59", scorecard(ScorecardSubmitted, I[1], U1))
    assert told.only("feedback-sla", as_of=on("04-06 12:01"))["rate"] == (1, 1)


def test_the_calendar_is_that_of_the_end() -> None:
    told = company()
    told.on("01-01", member(U1, "Europe/Berlin", holidays="DE-BE"))
    told.on("03-01", interview(I[1], U1, end="04-02 15:00"))
    moved_away = {"member_id": U1, "zone": "America/New_York", "cleared": ("holiday_calendar",)}
    told.on("04-02 15:00", TeamMemberUpdated.model_validate(moved_away))
    assert told.only("feedback-sla", as_of=on("04-03 15:01"))["missing"] == 1
    assert told.only("feedback-sla", as_of=on("04-03 15:01"), known_at=on("04-03 15:01"))["missing"] == 1
    assert told.only("feedback-sla", as_of=on("04-03 15:00"))["pending"] == 1
    told.on("04-02 15:01", TeamMemberUpdated.model_validate({"member_id": U1, "holiday_calendar": "DE-BE"}))
    assert told.only("feedback-sla", as_of=on("04-03 15:01"))["missing"] == 1


def test_before_the_first_word_a_member_lived_as_in_the_first() -> None:
    told = company()
    told.on("03-01", interview(I[1], U1, end="04-02 15:00"))
    told.on("04-04", member(U1, "Europe/Berlin", holidays="DE-BE"))
    assert told.only("feedback-sla", as_of=on("04-07 14:59"))["pending"] == 1
    assert told.only("feedback-sla", as_of=on("04-04"))["missing"] == 1


def states(told: Told, **asked: object) -> dict[str, object]:
    row = told.only("feedback-sla", **asked)
    return {name: value for name, value in row.items() if value not in (0, (0, 0), {})}


def test_cancelled_comes_first_unless_it_was_scheduled_again() -> None:
    told = company()
    told.on("03-01", interview(I[1], U1, U2, end="03-10 12:00"))
    told.on("03-02", waived(1, U1), scorecard(ScorecardSubmitted, I[1], U2))
    told.on("03-03", InterviewCancelled.model_validate({**of_interview(), "cause": "company"}))
    assert states(told) == {"cancelled": 2}
    told.on("03-04", interview(I[1], U1, U2, end="03-12 12:00", version=2))
    assert states(told) == {"rate": (1, 1), "waived": 1}


def test_who_did_not_come_owes_nothing() -> None:
    told = company()
    told.on("03-01", interview(I[1], U1, U2, end="03-10 12:00"))
    told.on("03-10 11:10", missed(1, "interviewer", U2))
    assert states(told, as_of=on("03-11")) == {"no_show": 1, "pending": 1}
    told.on("03-11", moved(I[1], U1, U2, end="03-12 12:00"))
    assert states(told, as_of=on("03-12")) == {"pending": 2}
    told.on("03-12 12:00", missed(1, version=2))
    told.on("03-13", waived(1, U1))
    assert states(told, as_of=on("03-14")) == {"no_show": 2}


def test_the_panel_of_the_last_version_is_asked_and_nobody_else() -> None:
    told = company()
    told.on("03-01", interview(I[1], U1, end="03-10 12:00"))
    told.on("03-01", scorecard(ScorecardRequested, I[1], U4, job_id=J1, stage="screen", due=on("03-11 12:00")))
    told.on("03-02", moved(I[1], U2, U3, end="03-10 12:00"))
    told.on("03-03", scorecard(ScorecardSubmitted, I[1], U1), scorecard(ScorecardSubmitted, I[1], U4))
    assert states(told, as_of=on("03-11")) == {"pending": 2}
    told.on("03-11 12:00", scorecard(ScorecardSubmitted, I[1], U2))
    told.on("03-11 12:01", scorecard(ScorecardSubmitted, I[1], U3), scorecard(ScorecardRevised, I[1], U2, version=2))
    assert states(told, as_of=on("03-12")) == {"rate": (1, 2), "late": 1}


def test_due_at_this_very_moment_is_not_past() -> None:
    told = company()
    told.on("03-01", interview(I[1], U1, end="03-10 12:00"))
    assert states(told, as_of=on("03-11 12:00")) == {"pending": 1}
    assert states(told, as_of=on("03-11 12:01")) == {"missing": 1, "rate": (0, 1)}


def test_before_the_end_counts_at_once_and_in_the_month_in_which_it_is_due() -> None:
    told = company()
    told.on("01-01", recruits(J1, U3, "01-01"))
    told.on("03-01", recruits(J1, U4, "04-01"), submitted(), interview(I[1], U1, U2, end="03-31 12:00"))
    told.on("03-05", scorecard(ScorecardSubmitted, I[1], U1))
    early = on("03-06")
    assert states(told, as_of=early) == {"rate": (1, 1), "pending": 1}
    assert states(told, as_of=early, period="2026-03") == {}
    rows = told.answer("feedback-sla", as_of=early, by=("month", "recruiter"), interviewer=str(U1))
    assert [(row["group"], row["rate"]) for row in rows] == [({"month": "2026-04", "recruiter": str(U4)}, (1, 1))]
    assert [row["group"] for row in told.answer("feedback-overdue", by=("interviewer",))] == [{"interviewer": str(U2)}]


def test_feedback_that_the_log_did_not_know_of_was_missing() -> None:
    told = company()
    told.on("03-01", interview(I[1], U1, end="03-10 12:00"))
    told.on("03-11 10:00", scorecard(ScorecardSubmitted, I[1], U1), known="03-20")
    assert states(told, as_of=on("03-12"), known_at=on("03-15")) == {"missing": 1, "rate": (0, 1)}
    assert states(told, as_of=on("03-12"), known_at=on("03-21")) == {"rate": (1, 1)}
