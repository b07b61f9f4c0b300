"""Answers to candidates, and work by recruiter: what counts as an answer, and whose each thing is."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.recruiter_work import RecruiterWorkRow
from services.reporting.metrics.response_time import ResponseTimePart, ResponseTimeRow
from services.reporting.tests.computing import computed
from services.reporting.tests.making import make, of_name
from shared.events.ats.application import (
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
)
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import (
    InterviewCompleted,
    InterviewNoShowRecorded,
    InterviewRescheduled,
    InterviewScheduled,
)
from shared.events.ats.job import JobTeamChanged
from shared.events.ats.offer import OfferAccepted
from shared.events.event import Event
from shared.events.notifier.candidate_message import CandidateMessageSent

Told = tuple[str, Event]
MINA, THEO = of_name("Mina"), of_name("Theo")


def of(name: str) -> dict[str, Any]:
    return {"application_id": of_name(name), "person_id": of_name(f"person {name}")}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def applied(name: str, when: str) -> Told:
    return when, make(ApplicationSubmitted, job_id=of_name("J1"), stage="Applied", source="agency", **of(name))


def message(name: str, when: str, automatic: bool = False) -> Told:
    own = {"message_id": uuid4(), "application_id": of_name(name), "automatic": automatic}
    return when, make(CandidateMessageSent, **own)


def interview(model: type[Event], when: str, of_application: str = "A1", **given: Any) -> Told:
    own = {"interview_id": of_name("I1"), "job_id": of_name("J1"), "version": 1, **of(of_application)}
    return when, make(model, **{**own, **given})


def team(job: str, member: UUID, since: str) -> Told:
    return since, make(JobTeamChanged, job_id=of_name(job), role="recruiter", member=member, since=at(since))


def facts(told: Iterable[Told]) -> list[Fact]:
    return [Fact(uuid4(), event, n, at(when), at(when)) for n, (when, event) in enumerate(told, start=1)]


def response(*told: Told, **parameters: Any) -> tuple[ResponseTimeRow, list[ResponseTimePart]]:
    [cell] = computed("response-time", facts(told), parameters).cells
    return cell.row, list(cell.parts)


def work(*told: Told, **parameters: Any) -> list[RecruiterWorkRow]:
    return [cell.row for cell in computed("recruiter-work", facts(told), parameters).cells]


def test_from_friday_evening_to_monday_at_ten_are_64_hours_and_20_minutes() -> None:
    row, [part] = response(
        applied("A1", "2026-03-06T17:40"),
        message("A1", "2026-03-06T17:41", automatic=True),
        message("A1", "2026-03-09T10:00"),
    )
    assert row.median.microseconds == row.km_median.microseconds == str((64 * 60 + 20) * 60 * 1_000_000)
    assert (part.told, part.answered) == ("message", at("2026-03-09T10:00"))


def test_an_answer_to_another_application_of_the_person_is_none() -> None:
    row, _ = response(applied("A1", "2026-03-01"), applied("A2", "2026-03-01"), message("A2", "2026-03-03"))
    assert (row.n, row.open) == (1, 1)


def test_what_has_no_time_of_day_is_answered_at_once() -> None:
    rejected = make(ApplicationRejected, stage="Applied", reason_type="we_rejected", **of("A1"))
    row, _ = response(applied("A1", "2026-03-01T12:00"), ("2026-03-01T12:00", rejected))
    assert (row.n, row.median.microseconds) == (1, "0")


def test_who_withdrew_unanswered_stays_left_out_when_the_application_is_reopened() -> None:
    withdrawn = make(ApplicationWithdrawn, stage="Applied", **of("A1"))
    reopened = make(ApplicationReopened, stage="Applied", **of("A1"))
    told = [applied("A1", "2026-03-01"), ("2026-03-02", withdrawn), ("2026-03-03", reopened)]
    report = computed("response-time", facts([*told, message("A1", "2026-03-04")]), {})
    assert report.left_out == {"withdrawn before an answer": 1}
    answered, _ = response(*told, message("A1", "2026-03-01T12:00"))
    assert answered.n == 1


def test_an_answer_after_the_period_counts_for_an_application_made_in_it() -> None:
    told = [applied("A1", "2026-03-31"), message("A1", "2026-04-02")]
    assert response(*told, period="2026-03")[0].n == 1
    assert response(*told, period="2026-03", as_of="2026-04-01")[0].open == 1


def test_of_two_that_a_merge_made_one_the_first_answer_to_either_counts_from_the_first_submission() -> None:
    joined = make(CandidatesMerged, person_id=of_name("person A2"), merged=of_name("person A1"),
                  application_map={of_name("A1"): of_name("A2")})  # fmt: skip
    row, [part] = response(
        applied("A1", "2026-03-01"), applied("A2", "2026-03-05"), message("A1", "2026-03-06"),
        message("A2", "2026-03-07"), ("2026-03-08", joined),
    )  # fmt: skip
    assert (row.n, row.median.days, part.application_id) == (1, 5.0, of_name("A2"))


def test_work_is_shown_by_recruiter_and_quarter_unless_asked_otherwise() -> None:
    told = [
        team("J1", MINA, "2026-01-01"), team("J1", THEO, "2026-03-01"),
        applied("A1", "2026-02-20"), message("A1", "2026-02-22"),
        ("2026-03-03", make(OfferAccepted, offer_id=uuid4(), **of("A1"))),
    ]  # fmt: skip
    rows = {row.group["recruiter"]: row for row in work(*told)}
    assert {name: row.group["quarter"] for name, row in rows.items()} == {str(MINA): "2026-Q1", str(THEO): "2026-Q1"}
    assert (rows[str(MINA)].responses, rows[str(MINA)].hires) == (1, 0)
    assert (rows[str(THEO)].responses, rows[str(THEO)].hires) == (0, 1)
    assert [row.group for row in work(*told, by=[""])] == [{}]
    assert [row.group for row in work(*told, by=["year"])] == [{"year": "2026"}]


def test_after_a_transfer_work_is_that_of_the_other_job() -> None:
    there = make(ApplicationTransferred, from_job=of_name("J1"), to_job=of_name("J2"), stage="Applied", **of("A1"))
    rows = work(
        team("J1", MINA, "2026-01-01"), team("J2", THEO, "2026-01-01"),
        applied("A1", "2026-02-01"), message("A1", "2026-02-02"), ("2026-02-03", there),
        interview(InterviewScheduled, "2026-02-04", job_id=of_name("J2"), end=at("2026-02-05T10:00")),
        interview(InterviewCompleted, "2026-02-05T10:00"),
        by=["recruiter"],
    )  # fmt: skip
    assert {row.group["recruiter"]: (row.responses, row.interviews) for row in rows} == {
        str(MINA): (1, 0), str(THEO): (0, 1),
    }  # fmt: skip


@pytest.mark.parametrize(("version", "held"), [(1, 1), (2, 0)])
def test_only_a_no_show_of_the_last_version_takes_an_interview_back(version: int, held: int) -> None:
    [row] = work(
        applied("A1", "2026-02-01"),
        interview(InterviewScheduled, "2026-02-04", end=at("2026-02-05T10:00")),
        interview(InterviewRescheduled, "2026-02-06", version=2, end=at("2026-02-09T10:00")),
        interview(InterviewCompleted, "2026-02-09T10:00", version=2),
        interview(InterviewNoShowRecorded, "2026-02-09T11:00", version=version, party="candidate"),
        by=[""],
    )
    assert row.interviews == held


def test_a_completion_of_a_version_that_was_moved_since_is_none() -> None:
    [row] = work(
        interview(InterviewScheduled, "2026-02-04", end=at("2026-02-05T10:00")),
        interview(InterviewCompleted, "2026-02-05T10:00"),
        interview(InterviewRescheduled, "2026-02-06", version=2, end=at("2026-02-09T10:00")),
        by=[""],
    )
    assert row.interviews == 0


def test_an_interview_of_an_application_that_nobody_told_of_counts_without_a_source() -> None:
    [row] = work(
        interview(InterviewScheduled, "2026-02-04", of_application="A9", end=at("2026-02-05T10:00")),
        interview(InterviewCompleted, "2026-02-05T10:00", of_application="A9"),
        by=["source"],
    )
    assert (row.group, row.interviews) == ({"source": None}, 1)
