"""Made-up histories obey what real logs obey, and tell of enough to be worth asking about."""

from collections import Counter
from uuid import UUID

from hypothesis import given, settings

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
from shared.events.ats.job import JobEvent, JobOpened
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
from tests.oracle.answers import answer
from tests.oracle.clocks import world
from tests.oracle.happened import Happened, of_type
from tests.oracle.histories import histories
from tests.oracle.made_up.scribe import stream_of
from tests.oracle.plans import Plans
from tests.oracle.test_oracle import after_all, few

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
@given(histories())
def test_streams_are_whole_and_in_order(log: list[Happened]) -> None:
    assert 20 <= len(log) <= 150
    assert len({happened.id for happened in log}) == len(log)
    for service in ("ats", "crm"):
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

    @settings(few, max_examples=60, derandomize=True)
    @given(histories())
    def look(log: list[Happened]) -> None:
        by_known, by_occurred = (sorted(log, key=lambda h: h.known), sorted(log, key=lambda h: (h.occurred, h.known)))
        seen["late"] += by_known != by_occurred
        seen.update(type(happened.event).__name__ for happened in log)
        for report in ("hires", "time-to-fill", "days-to-decision"):
            seen[report] += answer(report, {}, log, after_all(log))[0]["n"]

    look()
    rare = {"AcceptedWithoutSeat", "RequisitionClosed", "OfferDeadlineExtended", "ApplicationReopened", "JobClosed"}
    for what in rare | {"late", "hires", "time-to-fill", "days-to-decision", "CandidatesMerged", "ProspectLinked"}:
        assert seen[what] >= 1, what
