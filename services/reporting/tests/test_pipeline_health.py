"""The pipeline's corners: the literal figures of the rules, whose chances, which seats, and what counts as stale."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from services.reporting.metrics.chances import year_before
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Number
from services.reporting.metrics.pipeline_health import PipelineHealthPart, PipelineHealthRow, expected, health
from services.reporting.tests.computing import computed
from services.reporting.tests.making import make, of_name, plan_facts
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    SourceAttributed,
)
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import JobClosed, JobOpened, JobTeamChanged, JobUpdated
from shared.events.ats.offer import OfferAccepted, OfferExpired
from shared.events.ats.opening import OpeningOpened
from shared.events.ats.requisition import RequisitionHeld, RequisitionResumed
from shared.events.ats.scorecard import ScorecardSubmitted
from shared.events.event import Event

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STAGES = (("Applied", "applied"), ("Screen", "screened"), ("Offer", "offer"))

Told = tuple[datetime | str, Event]


def of(name: str) -> dict[str, Any]:
    return {"application_id": of_name(name), "person_id": of_name(f"person {name}")}


def opened(job: str, department: str = "Sales") -> list[Told]:
    plan, open_job = plan_facts(job, f"R{job}", 1, STAGES, None)
    assert isinstance(open_job, JobOpened)
    return [(LONG_AGO, plan), (LONG_AGO, open_job.model_copy(update={"department": department}))]


def applied(name: str, when: str, job: str = "J1") -> Told:
    return when, make(ApplicationSubmitted, job_id=of_name(job), stage="Applied", source="agency", **of(name))


def accepted(name: str, when: str) -> Told:
    return when, make(OfferAccepted, offer_id=of_name(f"offer {name}"), opening_id=of_name("S"), **of(name))


def rejected(name: str, when: str) -> Told:
    return when, make(ApplicationRejected, stage="Applied", reason_type="we_rejected", **of(name))


def history(*told: Told) -> list[Fact]:
    found = []
    for n, (when, event) in enumerate(told, start=1):
        at = when if isinstance(when, datetime) else datetime.fromisoformat(when).replace(tzinfo=UTC)
        found.append(Fact(uuid4(), event, n, at, at))
    return found


def cells(*told: Told, **parameters: Any) -> list[tuple[PipelineHealthRow, Sequence[PipelineHealthPart]]]:
    report = computed("pipeline-health", history(*told), {"as_of": NOW, **parameters}, NOW)
    return [(cell.row, cell.parts) for cell in report.cells]


def row(*told: Told, **parameters: Any) -> PipelineHealthRow:
    [(found, _)] = cells(*told, **parameters)
    return found


def chances(*told: Told) -> set[tuple[str | None, str | None, int | None, int]]:
    [(_, parts)] = cells(*told)
    return {
        (part.milestone, part.department, part.chance.count, part.chance.of)
        for part in parts
        if part.kind == "application" and part.chance
    }


def test_the_figures_of_the_rules() -> None:
    standing = {Fraction(1, 86): 40, Fraction(1, 15): 12, Fraction(10, 47): 5, Fraction(2, 3): 1}
    hires = expected(standing.items())
    assert hires == Fraction(20, 43) + Fraction(4, 5) + Fraction(50, 47) + Fraction(2, 3)
    assert Number.of(hires) == Number(exact="90812/30315", shown=3.0)
    assert Number.of(health(hires, 2)) == Number(exact="45406/30315", shown=1.5)


def test_without_an_open_seat_there_is_no_health() -> None:
    assert health(Fraction(3), 0) is None
    assert row(*opened("J1"), applied("A1", "2026-06-30")).health.note == "no data"


def test_it_is_asked_of_a_moment_and_not_of_a_period() -> None:
    with pytest.raises(ValidationError, match="give as_of, and no period"):
        computed("pipeline-health", [], {"period": "2026-03"})


@pytest.mark.parametrize("by", ["month", "source"])
def test_it_is_not_cut_by_time_or_source(by: str) -> None:
    with pytest.raises(ValidationError, match="'recruiter' or 'hiring_manager'"):
        computed("pipeline-health", [], {"by": [by]})


@pytest.mark.parametrize(
    ("end", "zone", "start"),
    [
        ("2026-04-02T00:00Z", "UTC", "2025-04-02T00:00Z"),
        ("2025-02-28T12:00Z", "UTC", "2024-02-28T12:00Z"),
        ("2024-02-29T12:00Z", "UTC", "2023-02-28T12:00Z"),
        # In 2026 summer time had begun by 29 March at noon, in 2025 not before the 30th.
        ("2026-03-29T10:00Z", "Europe/Berlin", "2025-03-29T11:00Z"),
    ],
)
def test_twelve_months_are_those_of_the_calendar_in_the_zone(end: str, zone: str, start: str) -> None:
    year = year_before(datetime.fromisoformat(end), ZoneInfo(zone))
    assert (year.start, year.end) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


def past(people: int, job: str, hired: int) -> list[Told]:
    names = [f"{job} {n}" for n in range(people)]
    return [
        *(applied(name, "2025-06-01", job) for name in names),
        *(accepted(name, "2025-07-01") for name in names[:hired]),
        *(rejected(name, "2025-07-01") for name in names[hired:]),
    ]


@pytest.mark.parametrize(("people", "chance"), [(30, ("applied", "Sales", 3, 30)), (29, ("applied", None, 13, 49))])
def test_a_department_tells_the_chance_from_thirty_on_below_it_the_company(
    people: int, chance: tuple[str | None, str | None, int | None, int]
) -> None:
    told = [*opened("J1"), *opened("J2", "Support"), *past(people, "J1", 3), *past(20, "J2", 10)]
    assert chances(*told, applied("A1", "2026-06-20")) == {chance}


def test_the_department_is_that_at_submission_of_those_before_and_of_those_under_way() -> None:
    moved = make(JobUpdated, job_id=of_name("J1"), requisition_id=of_name("RJ1"), department="Support")
    told = [*opened("J1"), *past(30, "J1", 3), ("2026-01-01", moved), *opened("J2")]
    assert chances(*told, applied("A1", "2026-06-20")) == {("applied", None, 3, 30)}
    assert chances(*told, applied("A1", "2026-06-20", "J2")) == {("applied", "Sales", 3, 30)}


def test_who_is_hired_reached_the_milestones_that_were_jumped() -> None:
    told = [*opened("J1"), *past(2, "J1", 1)]
    advanced = make(ApplicationAdvanced, from_stage="Applied", to_stage="Screen", **of("A1"))
    assert chances(*told, applied("A1", "2026-06-20"), ("2026-06-21", advanced)) == {("screened", None, 1, 1)}


def test_who_stands_where_nobody_came_in_that_time_is_unknown_and_counts_for_nothing() -> None:
    found = row(*opened("J1"), applied("A1", "2026-06-20"))
    assert (found.active, found.unknown, found.expected.exact) == (1, 1, "0")


def test_a_chance_can_be_traced_to_those_it_was_counted_from() -> None:
    told = history(*opened("J1"), *past(3, "J1", 1), applied("A1", "2026-06-20"))
    [applied_, *_] = computed("hire-chance", told, {"as_of": NOW}, NOW).cells
    assert (applied_.row.milestone, applied_.row.reached, applied_.row.hired.count) == ("applied", 3, 1)
    events = {event for part in applied_.parts for event in part.events}
    named = {type(fact.event).__name__ for fact in told if fact.id in events}
    assert (named, len(events)) == ({"ApplicationSubmitted", "OfferAccepted"}, 4)


@pytest.mark.parametrize(("asked", "reached"), [({}, 3), ({"period": "2026-06"}, 1), ({"period": "2025-06"}, 3)])
def test_without_a_period_chances_are_of_those_who_had_the_time_to_be_hired(asked: Any, reached: int) -> None:
    told = history(*opened("J1"), *past(3, "J1", 1), applied("A1", "2026-06-20"))
    [cell, *_] = computed("hire-chance", told, {"as_of": NOW, **asked}, NOW).cells
    assert (cell.row.milestone, cell.row.reached) == ("applied", reached)
    if not asked:
        [later, *_] = computed("hire-chance", told, asked, NOW).cells
        assert later.row == cell.row


def test_a_seat_of_several_jobs_counts_once_in_each_group() -> None:
    jobs = tuple(of_name(job) for job in ("J1", "J2", "J3"))
    seat = make(OpeningOpened, opening_id=of_name("S1"), requisition_id=of_name("RJ1"), jobs=jobs)
    told = [*opened("J1"), *opened("J2"), *opened("J3", "Support"), ("2026-06-01", seat)]
    assert row(*told).open_seats == 1
    assert [found.open_seats for found, _ in cells(*told, by=("job",))] == [1, 1, 1]
    assert [(found.group, found.open_seats, found.active) for found, _ in cells(*told, by=("department",))] == [
        ({"department": "Sales"}, 1, 0),
        ({"department": "Support"}, 1, 0),
    ]


def test_groups_are_those_of_today() -> None:
    def recruits(member: str, since: str) -> Told:
        at = datetime.fromisoformat(since).replace(tzinfo=UTC)
        return since, make(JobTeamChanged, job_id=of_name("J1"), role="recruiter", member=of_name(member), since=at)

    told = [*opened("J1"), applied("A1", "2026-02-01"), recruits("U1", "2026-01-01"), recruits("U2", "2026-03-01")]
    [(found, _)] = cells(*told, by=("recruiter",))
    assert found.group == {"recruiter": str(of_name("U2"))}


def test_a_transfer_takes_an_application_to_the_other_job() -> None:
    there = make(ApplicationTransferred, from_job=of_name("J1"), to_job=of_name("J2"), stage="Screen", **of("A1"))
    told = [*opened("J1"), *opened("J2"), applied("A1", "2026-06-01"), ("2026-06-02", there)]
    assert row(*told, job=of_name("J1")).active == 0
    assert row(*told, job=of_name("J2")).active == 1


def test_a_job_that_was_opened_again_and_a_requisition_that_was_resumed_count() -> None:
    closed = make(JobClosed, job_id=of_name("J1"), requisition_id=of_name("RJ1"))
    held, resumed = (make(of, requisition_id=of_name("RJ1")) for of in (RequisitionHeld, RequisitionResumed))
    told = [*opened("J1"), applied("A1", "2026-06-01"), ("2026-06-02", closed), ("2026-06-03", held)]
    assert row(*told).active == 0
    assert row(*told, ("2026-06-04", resumed)).active == 0
    again = opened("J1")[1][1]
    assert row(*told, ("2026-06-04", resumed), ("2026-06-05", again)).active == 1


@pytest.mark.parametrize(("seconds", "untouched"), [(0, 0), (1, 1)])
def test_untouched_is_more_than_fourteen_days(seconds: int, untouched: int) -> None:
    seen = NOW - timedelta(days=14, seconds=seconds)
    card = make(ScorecardSubmitted, scorecard_id=uuid4(), **of("A1"))
    found = row(*opened("J1"), applied("A1", "2026-06-01"), (seen, card))
    assert (found.untouched, found.waiting, found.stale) == (untouched, 0, untouched)


@pytest.mark.parametrize(("seconds", "waiting"), [(0, 0), (1, 1)])
def test_waiting_is_more_than_ninety_days(seconds: int, waiting: int) -> None:
    _, submitted = applied("A1", "2026-04-02")
    found = row(*opened("J1"), (NOW - timedelta(days=90, seconds=seconds), submitted))
    assert (found.untouched, found.waiting, found.stale) == (1, waiting, 1)


def test_a_timer_and_a_source_corrected_after_that_moment_touch_nothing() -> None:
    ran_out = make(OfferExpired, offer_id=uuid4(), **of("A1"))
    corrected = make(SourceAttributed, view="application", new="referral", **of("A1"))
    told = [*opened("J1"), applied("A1", "2026-06-01"), ("2026-06-29", ran_out), ("2026-07-02", corrected)]
    later = NOW + timedelta(days=9)
    facts = [replace(fact, by_person=fact.event is not ran_out) for fact in history(*told)]
    [cell] = computed("pipeline-health", facts, {"as_of": NOW, "known_at": later}, later).cells
    assert cell.row.untouched == 1


def test_what_no_person_has_done_anything_about_is_untouched_since_it_came() -> None:
    for days, untouched in ((14, 0), (15, 1)):
        told = history(*opened("J1"), (NOW - timedelta(days=days), applied("A1", "")[1]))
        facts = [replace(fact, by_person=False) for fact in told]
        [cell] = computed("pipeline-health", facts, {"as_of": NOW}, NOW).cells
        assert cell.row.untouched == untouched


@pytest.mark.parametrize(
    ("meanwhile", "waiting"),
    [
        ((), 1),
        ((("2026-04-01", RequisitionHeld), ("2026-05-01", RequisitionResumed)), 0),
        ((("2026-05-01", ApplicationRejected), ("2026-05-02", ApplicationReopened)), 0),
    ],
)
def test_more_than_ninety_days_in_a_stage_are_those_since_it_stands_there_less_holds(
    meanwhile: Sequence[tuple[str, type[Event]]], waiting: int
) -> None:
    own = {**of("A1"), "stage": "Applied", "requisition_id": of_name("RJ1")}
    told = [(when, make(model, **own)) for when, model in meanwhile]
    touched = make(ScorecardSubmitted, scorecard_id=uuid4(), **of("A1"))
    found = row(*opened("J1"), applied("A1", "2026-03-20"), *told, ("2026-06-30", touched))
    assert (found.untouched, found.waiting, found.stale) == (0, waiting, waiting)


def test_two_that_a_merge_made_one_count_once_and_what_was_done_about_either_counts() -> None:
    card = make(ScorecardSubmitted, scorecard_id=uuid4(), **of("A1"))
    joined = make(CandidatesMerged, person_id=of_name("person A2"), merged=of_name("person A1"),
                  application_map={of_name("A1"): of_name("A2")})  # fmt: skip
    told = [*opened("J1"), applied("A1", "2026-06-01"), applied("A2", "2026-06-02"), ("2026-06-25", card)]
    assert (row(*told).active, row(*told).untouched) == (2, 1)
    assert [getattr(row(*told, ("2026-06-26", joined)), name) for name in ("active", "untouched")] == [1, 0]
