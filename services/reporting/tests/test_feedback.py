"""Feedback: of whom it is asked, when it is due, and what became of it, where interviews and calendars change."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.world import World
from services.reporting.tests.adding_up import add_up
from services.reporting.tests.computing import NOW, computed
from services.reporting.tests.making import make, of_name
from services.reporting.tests.tables import asked
from shared.events.ats.interview import (
    InterviewCancelled,
    InterviewCompleted,
    InterviewNoShowRecorded,
    InterviewRescheduled,
    InterviewScheduled,
)
from shared.events.ats.job import JobTeamChanged
from shared.events.ats.scorecard import ScorecardRequested, ScorecardRevised, ScorecardSubmitted, ScorecardWaived
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberUpdated
from shared.events.event import Event

MINA, THEO, VERA = "Mina", "Theo", "Vera"
# A Tuesday; it is due a day later wherever nothing else is said.
END, DUE = "2026-06-02T10:00", "2026-06-03T10:00"
E7 = next(row.facts for row in asked() if row.title.startswith("E7"))
MICROSECOND = timedelta(microseconds=1)

Told = tuple[str, Event]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def history(*told: Told) -> list[Fact]:
    return [Fact(uuid4(), event, n, at(when), at(when)) for n, (when, event) in enumerate(told, start=1)]


def scheduled(*panel: str, when: str = "2026-05-20", end: str = END, version: int = 1) -> Told:
    own: dict[str, Any] = {"interview_id": of_name("I1"), "job_id": of_name("J1"), "version": version}
    return when, make(InterviewScheduled, **own, panel=[of_name(one) for one in panel], end=at(end))


def rescheduled(version: int, *panel: str, when: str, end: str = END) -> Told:
    own: dict[str, Any] = {"interview_id": of_name("I1"), "version": version}
    return when, make(InterviewRescheduled, **own, panel=[of_name(one) for one in panel], end=at(end))


def cancelled(version: int, when: str) -> Told:
    return when, make(InterviewCancelled, interview_id=of_name("I1"), version=version)


def missed(version: int, when: str, interviewer: str | None = None) -> Told:
    own: dict[str, Any] = {"interview_id": of_name("I1"), "version": version}
    who = {"party": "interviewer", "interviewer": of_name(interviewer)} if interviewer else {"party": "candidate"}
    return when, make(InterviewNoShowRecorded, **own, **who)


def card(model: type[Event], interviewer: str, when: str, **given: Any) -> Told:
    own: dict[str, Any] = {"interview_id": of_name("I1"), "interviewer": of_name(interviewer)}
    return when, make(model, scorecard_id=of_name(f"card of {interviewer}"), **own, **given)


def added(member: str, when: str, **given: Any) -> Told:
    return when, make(TeamMemberAdded, member_id=of_name(member), **{"zone": "UTC", **given})


def updated(member: str, when: str, **given: Any) -> Told:
    return when, make(TeamMemberUpdated, member_id=of_name(member), **given)


def parts(facts: list[Fact], **asked: Any) -> dict[str, Any]:
    """By interviewer, as of the end of June."""
    report = computed("feedback-sla", facts, {"as_of": at("2026-07-01"), **asked})
    add_up(report, asked)
    names = {of_name(name): name for name in (MINA, THEO, VERA)}
    return {names[part.interviewer]: part for cell in report.cells for part in cell.parts}


def states(facts: list[Fact], **asked: Any) -> dict[str, str]:
    return {name: part.state for name, part in parts(facts, **asked).items()}


def test_every_one_of_the_panel_owes_one_scorecard_and_nobody_else_any() -> None:
    told = history(
        scheduled(MINA, THEO, MINA), card(ScorecardRequested, VERA, "2026-05-20"),
        card(ScorecardSubmitted, MINA, "2026-06-02T12:00"), card(ScorecardSubmitted, VERA, "2026-06-02T12:00"),
    )  # fmt: skip
    assert states(told) == {MINA: "on_time", THEO: "missing"}


@pytest.mark.parametrize(
    ("came", "state"),
    [(at(END) - timedelta(days=1), "on_time"), (at(DUE), "on_time"), (at(DUE) + MICROSECOND, "late")],
)
def test_due_is_the_last_moment_in_time(came: datetime, state: str) -> None:
    told = history(scheduled(MINA), card(ScorecardSubmitted, MINA, came.isoformat().removesuffix("+00:00")))
    assert states(told) == {MINA: state}


def test_it_is_missing_once_it_is_past_due_and_counts_at_once_when_it_comes() -> None:
    told = history(scheduled(MINA, THEO), card(ScorecardSubmitted, THEO, "2026-06-02T09:00"))
    assert states(told, as_of=at("2026-06-02T09:30")) == {MINA: "pending", THEO: "on_time"}
    assert states(told, as_of=at(DUE)) == {MINA: "pending", THEO: "on_time"}
    assert states(told, as_of=at(DUE) + MICROSECOND) == {MINA: "missing", THEO: "on_time"}


def test_a_revision_neither_saves_nor_spoils_what_was_submitted() -> None:
    told = history(
        scheduled(MINA, THEO),
        card(ScorecardSubmitted, MINA, "2026-06-02T12:00"), card(ScorecardRevised, MINA, "2026-06-09T12:00"),
        card(ScorecardSubmitted, THEO, "2026-06-08T12:00"), card(ScorecardRevised, THEO, "2026-06-09T12:00"),
    )  # fmt: skip
    assert states(told) == {MINA: "on_time", THEO: "late"}
    assert parts(told)[THEO].submitted == at("2026-06-08T12:00")


def test_of_two_submissions_the_first_counts() -> None:
    told = history(
        scheduled(MINA),
        card(ScorecardSubmitted, MINA, "2026-06-09T12:00"), card(ScorecardSubmitted, MINA, "2026-06-02T12:00"),
    )  # fmt: skip
    assert states(told) == {MINA: "on_time"}


def test_a_candidate_who_did_not_come_excuses_all_and_an_interviewer_only_themselves() -> None:
    assert states(history(scheduled(MINA, THEO), missed(1, END))) == {MINA: "no_show", THEO: "no_show"}
    assert states(history(scheduled(MINA, THEO), missed(1, END, MINA))) == {MINA: "no_show", THEO: "missing"}


def test_a_no_show_also_takes_back_a_completion_and_is_found_out_later() -> None:
    completed = make(InterviewCompleted, interview_id=of_name("I1"), version=1)
    told = history(scheduled(MINA), (END, completed), missed(1, "2026-06-10"))
    assert states(told) == {MINA: "no_show"}
    assert states(told, as_of=at("2026-06-09")) == {MINA: "missing"}


def test_a_meeting_after_a_no_show_is_due_as_any_other() -> None:
    told = [scheduled(MINA), missed(1, END), rescheduled(2, MINA, when="2026-06-03", end="2026-06-09T10:00")]
    assert states(history(*told)) == {MINA: "missing"}
    assert states(history(*told, card(ScorecardSubmitted, MINA, "2026-06-10T10:00"))) == {MINA: "on_time"}
    assert states(history(*told, missed(2, "2026-06-09T10:00"))) == {MINA: "no_show"}


def test_a_cancelled_interview_owes_nothing_until_it_is_scheduled_again() -> None:
    told = [scheduled(MINA), cancelled(1, "2026-06-01")]
    assert states(history(*told)) == {MINA: "cancelled"}
    later = "2026-06-01T09:00"
    for again in (rescheduled(2, MINA, when=later), scheduled(MINA, when=later, version=2)):
        assert states(history(*told, again)) == {MINA: "missing"}
        assert states(history(*told, again, cancelled(2, "2026-06-02"))) == {MINA: "cancelled"}


def test_the_last_version_holds_whatever_day_it_is_said_to_be_of() -> None:
    told = history(rescheduled(2, MINA, when="2026-05-19", end="2026-06-09T10:00"), scheduled(MINA, THEO))
    assert {name: part.due for name, part in parts(told).items()} == {MINA: at("2026-06-10T10:00")}


def test_who_left_the_panel_owes_nothing_and_who_joined_it_does() -> None:
    told = [
        scheduled(MINA, THEO), rescheduled(2, THEO, VERA, when="2026-06-01", end="2026-06-04T10:00"),
        card(ScorecardWaived, MINA, "2026-06-01", reason="replaced"),
    ]  # fmt: skip
    assert states(history(*told)) == {THEO: "missing", VERA: "missing"}
    assert parts(history(*told))[THEO].due == at("2026-06-05T10:00")
    assert states(history(*told), as_of=at("2026-06-01")) == {MINA: "pending", THEO: "pending"}


def test_what_was_submitted_stays_so_however_the_interview_is_moved() -> None:
    told = history(
        scheduled(MINA), card(ScorecardSubmitted, MINA, "2026-06-04"),
        rescheduled(2, MINA, when="2026-06-05", end="2026-06-09T10:00"),
    )  # fmt: skip
    assert states(told) == {MINA: "on_time"}
    assert states(told, as_of=at("2026-06-05")) == {MINA: "late"}


def test_of_several_reasons_why_nothing_is_owed_the_meetings_come_before_the_cards() -> None:
    excused = [
        scheduled(MINA), card(ScorecardSubmitted, MINA, "2026-06-01"), card(ScorecardWaived, MINA, "2026-06-02"),
        missed(1, END), cancelled(1, "2026-06-03"),
    ]  # fmt: skip
    assert [states(history(*excused[: n + 1]))[MINA] for n in range(1, 5)] == [
        "on_time", "waived", "no_show", "cancelled",
    ]  # fmt: skip


def test_the_calendar_that_was_in_force_at_the_end_rules() -> None:
    def due(moved: str) -> datetime:
        told = scheduled(MINA, end="2026-04-02T15:00"), updated(MINA, moved, zone="UTC", cleared=("holiday_calendar",))
        moment: datetime = parts(history(berlin, *told))[MINA].due
        return moment

    # The end lies on the eve of Good Friday.
    berlin = added(MINA, "2026-01-01", zone="Europe/Berlin", holiday_calendar="DE-BE")
    assert due(moved="2026-04-02T15:00") == at("2026-04-03T15:00")
    assert due(moved="2026-04-02T15:01") == at("2026-04-07T15:00")


def test_somebody_never_heard_of_works_from_monday_to_friday_in_utc() -> None:
    told = history(scheduled(MINA, end="2026-04-03T23:30"), added(THEO, "2026-01-01", zone="Asia/Riyadh"))
    assert parts(told)[MINA].due == at("2026-04-06T23:30")


def test_a_calendar_that_nobody_knows_is_told_with_the_scorecard() -> None:
    told = history(added(MINA, "2026-01-01", holiday_calendar="XX-1"), scheduled(MINA, THEO))
    assert {name: part.note for name, part in parts(told).items()} == {
        MINA: "calendar 'XX-1' is not known: no holidays", THEO: None,
    }  # fmt: skip
    [cell] = computed("feedback-overdue", told, {"as_of": at("2026-07-01"), "interviewer": of_name(MINA)}).cells
    assert [part.note for part in cell.parts] == ["calendar 'XX-1' is not known: no holidays"]


def test_a_scorecard_counts_for_whose_the_job_was_when_it_was_due() -> None:
    def recruiter(member: str, since: str) -> Told:
        own: dict[str, Any] = {"job_id": of_name("J1"), "role": "recruiter", "member": of_name(member)}
        return since, make(JobTeamChanged, **own, since=at(since))

    told = history(recruiter(THEO, "2026-01-01"), recruiter(VERA, "2026-06-03"), scheduled(MINA))
    [cell] = computed("feedback-sla", told, {"by": ["recruiter", "month"]}).cells
    assert cell.row.group == {"recruiter": str(of_name(VERA)), "month": "2026-06"}
    [cell] = computed("feedback-sla", told, {"by": ["interviewer"]}).cells
    assert cell.row.group == {"interviewer": str(of_name(MINA))}


def test_ages_count_from_when_it_was_due() -> None:
    told = history(scheduled(MINA, THEO, end="2026-06-05T10:00"))
    [cell] = computed("feedback-overdue", told, {"as_of": at("2026-06-15T11:00")}).cells
    hours = {"n": 2, "working": 5 * 24 + 1, "elapsed": 7 * 24 + 1, "oldest": 7 * 24 + 1}
    found = {
        name: int(getattr(cell.row, name).microseconds) // 3_600_000_000 for name in ("working", "elapsed", "oldest")
    }
    assert {"n": cell.row.n, **found} == hours


@pytest.mark.parametrize("asked_for", [{}, {"interviewer": of_name("U1")}, {"period": "2026-03"}], ids=str)
@pytest.mark.parametrize("report", ["feedback-sla", "feedback-overdue"])
def test_everybody_on_a_panel_is_counted_or_left_out_with_a_reason(report: str, asked_for: dict[str, Any]) -> None:
    answer = computed(report, E7, asked_for)
    counted = sum(len(cell.parts) for cell in answer.cells)
    panels = [interview.time.panel for interview in World(E7, Clocks(NOW, NOW)).interviews]
    assert counted + answer.left_out.total() == sum(len(panel) for panel in panels) == 10
