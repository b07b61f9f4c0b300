"""Made-up histories obey what real logs obey, and tell of enough to be worth asking about."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationEvent,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    CandidateHired,
    HireReversed,
)
from shared.events.ats.approval import ApprovalDecided
from shared.events.ats.interview import InterviewCompleted, InterviewTime
from shared.events.ats.job import JobEvent, JobOpened, JobTerms
from shared.events.ats.offer import (
    AcceptedWithoutSeat,
    OfferAccepted,
    OfferApproved,
    OfferDeadlineExtended,
    OfferDeclined,
    OfferDrafted,
    OfferEvent,
    OfferExpired,
    OfferExtended,
    OfferReneged,
    OfferRescinded,
    OfferRevised,
)
from shared.events.event import Event
from tests.oracle.answers import FOUND, answer, left_out
from tests.oracle.clocks import world
from tests.oracle.happened import Happened, of_type
from tests.oracle.histories import ABOUT, EVERYTHING, histories
from tests.oracle.left_out import (
    CANCELLED,
    DID_NOT_START,
    ENTRY_NOT_KNOWN,
    IMPOSSIBLE,
    LEAD,
    MISSED,
    NEVER_POSTED,
    NOT_COMPLETED,
    NOT_STARTED,
    UNDONE,
    UNKNOWN_APPLICATION,
    WITHOUT_REQUEST,
)
from tests.oracle.made_up.company import COUNTRIES, ZONES
from tests.oracle.made_up.scribe import stream_of
from tests.oracle.pasts import past
from tests.oracle.plans import Plans
from tests.oracle.rounds import rounds
from tests.oracle.test_oracle import after_all, few, in_any_order

AFTER: dict[type[Event], set[type[Event]]] = {
    OfferDrafted: set(),
    OfferRevised: {OfferDrafted, OfferApproved, OfferExtended, OfferDeadlineExtended, OfferDeclined, OfferExpired},
    OfferApproved: {OfferDrafted, OfferRevised},
    OfferExtended: {OfferApproved},
    OfferExpired: {OfferExtended, OfferDeadlineExtended},
    OfferDeadlineExtended: {OfferExpired},
    OfferAccepted: {OfferExtended, OfferDeadlineExtended},
    OfferDeclined: {OfferExtended, OfferDeadlineExtended},
    AcceptedWithoutSeat: {OfferAccepted},
    OfferReneged: {OfferAccepted, AcceptedWithoutSeat},
    OfferRescinded: {OfferExtended, OfferDeadlineExtended, OfferAccepted, AcceptedWithoutSeat},
}
"""Each event of an offer, and what may stand before it (rules X2)."""

LEAVING = (ApplicationRejected, ApplicationWithdrawn)


def streams(log: list[Happened]) -> dict[str, list[Happened]]:
    found: dict[str, list[Happened]] = {}
    for happened in log:
        found.setdefault(stream_of(happened.event), []).append(happened)
    return found


@few
@given(st.sampled_from([EVERYTHING, *ABOUT.values()]).flatmap(histories))
def test_streams_are_whole_and_in_order(log: list[Happened]) -> None:
    # What happens at once is told whole: of a crowd that comes, also beyond the end.
    assert 20 <= len(log) <= 200
    assert len({happened.id for happened in log}) == len(log)
    for service in ("ats", "crm", "notifier"):
        written = [happened for happened in log if happened.service == service]
        assert [happened.position for happened in written] == list(range(1, len(written) + 1))
        assert [happened.known for happened in written] == sorted(happened.known for happened in written)
    for stream in streams(log).values():
        assert [happened.version for happened in stream] == list(range(1, len(stream) + 1))
        assert all(happened.occurred <= happened.known for happened in stream)
        if not isinstance(stream[0].event, JobEvent):
            assert [happened.occurred for happened in stream] == sorted(happened.occurred for happened in stream)


@few
@given(histories())
def test_offers_obey_their_states(log: list[Happened]) -> None:
    for stream in streams(log).values():
        events = [happened.event for happened in stream if isinstance(happened.event, OfferEvent)]
        for before, event in zip([None, *events], events, strict=False):
            assert type(event) in AFTER
            assert (type(before) in AFTER[type(event)]) == (before is not None)


@few
@given(histories())
def test_applications_obey_their_states(log: list[Happened]) -> None:
    for stream in streams(log).values():
        state = stage = ""
        for event in (happened.event for happened in stream if isinstance(happened.event, ApplicationEvent)):
            match event:
                case ApplicationSubmitted():
                    assert not state
                    state, stage = "active", event.stage
                case ApplicationAdvanced() | ApplicationMovedBack():
                    assert state == "active"
                    assert event.from_stage != event.to_stage
                    stage = event.to_stage
                case ApplicationTransferred():
                    assert state == "active"
                    stage = event.stage
                case ApplicationRejected() | ApplicationWithdrawn():
                    assert state == "active"
                    state, stage = "closed", event.stage
                case ApplicationReopened():
                    assert state == "closed"
                    state, stage = "active", event.stage
                case CandidateHired():
                    assert state == "active"
                    state = "hired"
                case HireReversed():
                    assert state == "hired"
                    state = "active"
            assert stage or not state


@few
@given(histories(("applications", "company")))
def test_moves_are_between_stages_of_the_plan_in_force(log: list[Happened]) -> None:
    plans = Plans(world(log, after_all(log), after_all(log)))
    known = {event.job_id for _, event in of_type(log, JobOpened)}
    for stream in streams(log).values():
        job = UUID(int=0)
        for happened in stream:
            match happened.event:
                case ApplicationSubmitted(job_id=job) | ApplicationTransferred(to_job=job):
                    assert job
                case ApplicationAdvanced() | ApplicationMovedBack() as event if job in known:
                    places = {s.id: s.order for s in plans.stages(job, happened.occurred, event.to_stage)}
                    forward = isinstance(event, ApplicationAdvanced)
                    assert (places[event.from_stage] < places[event.to_stage]) == forward
                case ApplicationRejected() | ApplicationReopened() as event if job in known:
                    assert plans.stages(job, happened.occurred, event.stage)


def test_histories_tell_of_everything() -> None:
    """Not each time: but none of these is hard to find."""
    seen: Counter[str] = Counter()

    @settings(few, max_examples=200, derandomize=True)
    @given(histories())
    def look(log: list[Happened]) -> None:
        by_known, by_occurred = (sorted(log, key=lambda h: h.known), sorted(log, key=lambda h: (h.occurred, h.known)))
        seen["late"] += by_known != by_occurred
        seen.update(type(happened.event).__name__ for happened in log)
        for report in ("hires", "time-to-fill", "days-to-decision"):
            seen[report] += answer(report, {}, log, after_all(log))[0]["n"]
        seen["internal"] += answer("hires", {"internal": "true"}, log, after_all(log))[0]["n"]
        for by in ("recruiter", "hiring_manager", "department"):
            then, now = (_hires(log, by, dimension) for dimension in ("counted", "current"))
            seen[f"other {by} now"] += then != now
        terms = [(event.zone, event.country) for _, event in of_type(log, JobTerms)]
        seen.update(word or "no country" for words in terms for word in words)

    look()
    rare = {"AcceptedWithoutSeat", "RequisitionClosed", "OfferDeadlineExtended", "ApplicationReopened", "JobClosed"}
    for what in rare | {
        "late",
        "OccurrenceCorrected",
        "hires",
        "time-to-fill",
        "days-to-decision",
        "CandidatesMerged",
        "ProspectLinked",
        "internal",
        "other recruiter now",
        "other hiring_manager now",
        "other department now",
        "no country",
        *ZONES,
        *(country for country in COUNTRIES if country),
    }:
        assert seen[what] >= 1, what


def _hires(log: list[Happened], by: str, dimension: str) -> list[str]:
    return in_any_order(answer("hires", {"by": (by,), "dimension": dimension}, log, after_all(log)))


@few
@given(histories(ABOUT["approvals"]))
def test_votes_are_cast_once_in_the_group_that_is_open(log: list[Happened]) -> None:
    for stream in streams(log).values():
        seen = past(stream, after_all(log), after_all(log))
        voted: set[tuple[int, UUID]] = set()
        for of in rounds(seen):
            for happened, event in of_type(seen.world, ApprovalDecided):
                step = of.steps[event.step - 1]
                by = (event.step, event.on_behalf_of or event.approver)
                assert by not in voted
                assert step.opened
                assert step.opened <= happened.occurred <= (step.closed or happened.occurred)
                voted.add(by)


@few
@given(histories(ABOUT["feedback-sla"]))
def test_interviews_are_versioned_and_end_when_they_are_over(log: list[Happened]) -> None:
    for stream in streams(log).values():
        versions = [happened.event.version for happened in stream if isinstance(happened.event, InterviewTime)]
        assert versions == list(range(1, len(versions) + 1))
        for happened, event in of_type(stream, InterviewCompleted):
            (held,) = [told for _, told in of_type(stream, InterviewTime) if told.version == event.version]
            assert held.end == happened.occurred


TOLD: dict[str, Sequence[str]] = {
    "approvals": ("n", "rejected", "skipped", "open", "voided"),
    "feedback-sla": ("rate", "late", "missing", "pending", "no_show", "waived", "cancelled"),
    "response-time": ("n", "km_median", "open"),
    "recruiter-work": ("hires", "interviews", "responses"),
    "pipeline-health": (
        "active", "expected", "open_seats", "health", "untouched", "waiting", "stale", "unknown",
    ),
    "adverse-impact": (
        "reference", "undisclosed", "too few to say", "flagged",
    ),
    "time-to-schedule": (
        "n", "km_median", "open", "reschedules", CANCELLED, MISSED, IMPOSSIBLE, WITHOUT_REQUEST,
    ),
    "interviews-per-hire": (
        "hires", "interviews", "per_hire", "interviewer_time", "interviewer_time_per_hire",
        NOT_COMPLETED, MISSED, IMPOSSIBLE, LEAD, UNKNOWN_APPLICATION,
    ),
    "engagement": ("opened", "clicked", "replied", "engaged", "handed_over", "applied", "objected", "complained"),
    "source-effectiveness": ("hires", "interviewed"),
    "time-to-fill": ("n", "net", "gross", "open", NEVER_POSTED),
    "time-to-start": ("n", "median", UNDONE, DID_NOT_START, NOT_STARTED),
    "hire-chance": ("reached", "hired", ENTRY_NOT_KNOWN),
    "time-in-stage": ("n", "open", ENTRY_NOT_KNOWN),
}  # fmt: skip
"""What each report must tell apart."""


@pytest.mark.parametrize("report", TOLD)
def test_histories_tell_of_every_state(report: str) -> None:
    found: set[str] = set()

    @settings(few, max_examples=80, derandomize=True)
    @given(histories(ABOUT.get(report, EVERYTHING)))
    def look(log: list[Happened]) -> None:
        if found.issuperset(TOLD[report]):
            return
        midway = log[len(log) * 3 // 4].occurred + timedelta(days=1)
        for asked in ({}, {"by": ("recruiter",)}, {"as_of": midway}, {"end": "held"}, {"start": "posting"}):
            if report in FOUND:
                found.update(left_out(report, asked, log, after_all(log)))
            for row in answer(report, asked, log, after_all(log)):
                found.update(str(row.get("verdict")) if name == "verdict" else name for name in row if _told(row[name]))

    look()
    assert set(TOLD[report]) - found == set()


def _told(value: Any) -> bool:
    return bool(value[0] if isinstance(value, tuple) else value)
